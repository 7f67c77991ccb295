#include "store/query/words.h"

#include "store/base/text.h"
#include "store/base/time_text.h"
#include "store/query/fts_query.h"
#include "store/query/match.h"
#include "store/query/row_filter.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace aimem::query {
namespace {

constexpr std::size_t kRowsRead = 50;        // the best hits, read whole
constexpr std::size_t kRowsMatched = 400;    // the hits they are chosen from
constexpr std::size_t kWordsWeighed = 60;    // each costs a look into the index
constexpr std::size_t kFrequencyMax = 2000;  // counted up to here
constexpr std::size_t kShortestWord = 3;     // bytes
constexpr double kSameTopic = 0.5;
constexpr double kSameText = 0.95;
constexpr double kOtherText = 0.5;

using Counts = std::map<std::string, double, std::less<>>;

bool is_word_byte(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || (c & 0x80) != 0;
}

// Every word, lower case (ASCII), with apostrophes inside: don't.
Counts all_words(std::string_view text) {
    Counts out;
    std::string one;
    for (std::size_t at = 0; at <= text.size(); ++at) {
        const bool inside =
            at < text.size() &&
            (is_word_byte(text[at]) || (text[at] == '\'' && !one.empty() && at + 1 < text.size() &&
                                        is_word_byte(text[at + 1])));
        if (inside)
            one += text[at];
        else if (!one.empty())
            out[lower_ascii(std::exchange(one, {}))] += 1.0;
    }
    return out;
}

Counts counts_of(std::string_view text) {
    Counts out = all_words(text);
    std::erase_if(out, [](const auto& entry) { return is_stop_word(entry.first); });
    return out;
}

bool is_number(std::string_view word) {
    return std::all_of(word.begin(), word.end(),
                       [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

// The words with the biggest weight once rarity in the store counts too.
std::vector<std::string> weighed(sqlite::Database& db, const Counts& counts,
                                 std::size_t words_max) {
    std::vector<std::pair<double, std::string>> order;
    for (const auto& [word, count] : counts)
        if (word.size() >= kShortestWord && !is_number(word)) order.emplace_back(-count, word);
    std::sort(order.begin(), order.end());
    order.resize(std::min(order.size(), kWordsWeighed));
    for (auto& [weight, one] : order) {
        const auto rows = static_cast<double>(count_matches(db, word(one, 0), kFrequencyMax));
        weight *= std::log(1.0 + static_cast<double>(kFrequencyMax) / (1.0 + rows));
    }
    std::sort(order.begin(), order.end());
    std::vector<std::string> out;
    for (auto& [weight, one] : order)
        if (out.size() < words_max) out.push_back(std::move(one));
    return out;
}

std::vector<Match> best_rows(sqlite::Database& db, std::string_view text, Expression narrowed) {
    narrowed = all_of({std::move(narrowed), in_sight()});
    auto matches = best_matches(db, {.terms = query_terms(text),
                                     .need = Need::any_word,
                                     .narrowed = narrowed,
                                     .rows_max = kRowsMatched});
    std::sort(matches.begin(), matches.end(),
              [](const Match& a, const Match& b) { return a.relevance > b.relevance; });
    matches.resize(std::min(matches.size(), kRowsRead));
    return matches;
}

bool negated(const Counts& counts) {
    constexpr std::array<std::string_view, 12> words{"not",    "no",      "never",   "none",
                                                     "don't",  "doesn't", "isn't",   "won't",
                                                     "cannot", "can't",   "without", "stop"};
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return counts.contains(word); });
}

std::set<std::string> numbers_in(const Counts& counts) {
    std::set<std::string> out;
    for (const auto& [word, count] : counts)
        if (std::isdigit(static_cast<unsigned char>(word[0])) != 0) out.insert(word);
    return out;
}

double cosine(const Counts& a, const Counts& b) {
    double dot = 0.0;
    double length_a = 0.0;
    double length_b = 0.0;
    for (const auto& [word, count] : a) {
        length_a += count * count;
        if (const auto found = b.find(word); found != b.end()) dot += count * found->second;
    }
    for (const auto& [word, count] : b) length_b += count * count;
    if (dot == 0.0) return 0.0;
    return std::min(1.0, dot / std::sqrt(length_a * length_b));
}

}  // namespace

Result<std::vector<std::string>> related_words(sqlite::Database& db, std::string_view question,
                                               std::size_t words_max) {
    const sqlite::ReadTransaction view(db);
    const Counts asked = counts_of(question);
    Counts together;
    for (const Match& match : best_rows(db, question, {})) {
        const Memory memory = memory_at(db, match.rowid);
        if (memory.id.empty()) continue;  // not to be seen
        std::string shown = memory.title;
        for (const std::string& tag : memory.tags) shown += ' ' + tag;
        for (const auto& [one, count] : counts_of(shown))
            if (!asked.contains(one)) together[one] += 1.0;
    }
    return weighed(db, together, words_max);
}

Result<std::vector<std::string>> telling_words(sqlite::Database& db, std::string_view text,
                                               std::size_t words_max) {
    const sqlite::ReadTransaction view(db);
    return weighed(db, counts_of(text), words_max);
}

double likeness(std::string_view a, std::string_view b) {
    return cosine(counts_of(a), counts_of(b));
}

Result<Nearest> nearest(sqlite::Database& db, std::string_view title, std::string_view content,
                        const std::optional<std::string>& ns, std::int64_t now_ns) {
    const sqlite::ReadTransaction view(db);
    const std::string text = std::string(title) + ' ' + std::string(content);
    const Counts wanted = counts_of(text);
    const std::string now = time_text(now_ns);
    Nearest out;
    for (const Match& match : best_rows(db, text, ns ? in_namespaces({*ns}) : Expression{})) {
        Memory memory = memory_at(db, match.rowid);
        if (memory.id.empty()) continue;  // not to be seen
        if ((ns && memory.ns != *ns) || (memory.expires_at && *memory.expires_at <= now)) continue;
        out.scanned += 1;
        const double alike = cosine(wanted, counts_of(memory.title + ' ' + memory.content));
        if (out.memory && alike <= out.likeness) continue;
        out.likeness = alike;
        out.memory = std::move(memory);
    }
    return out;
}

Contrast contrast(const Memory& a, const Memory& b) {
    const Counts content_a = counts_of(a.content);
    const Counts content_b = counts_of(b.content);
    Contrast out;
    out.title_likeness = likeness(a.title, b.title);
    out.content_likeness = cosine(content_a, content_b);
    out.negation_differs = negated(all_words(a.content)) != negated(all_words(b.content));
    out.numbers_differ = numbers_in(content_a) != numbers_in(content_b);
    const bool one_topic = out.title_likeness >= kSameTopic || out.content_likeness >= kSameTopic;
    const bool differ =
        out.negation_differs || out.numbers_differ || out.content_likeness < kOtherText;
    out.contradicts =
        one_topic && differ && a.content != b.content &&
        (out.content_likeness < kSameText || out.negation_differs || out.numbers_differ);
    return out;
}

}  // namespace aimem::query
