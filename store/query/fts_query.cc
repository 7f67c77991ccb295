#include "store/query/fts_query.h"

#include "store/base/text.h"
#include "store/model/limits.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace aimem::query {
namespace {

constexpr std::size_t kWordBytes = 256;  // a longer word is cut
constexpr std::string_view kOperatorChars = "\"*^{}():|+";

constexpr auto kStopWords = std::to_array<std::string_view>(
    {"a",       "about",  "above",   "after", "again",  "against", "all",     "am",    "an",
     "and",     "any",    "are",     "as",    "at",     "be",      "because", "been",  "before",
     "being",   "below",  "between", "both",  "but",    "by",      "can",     "could", "did",
     "do",      "does",   "doing",   "down",  "during", "each",    "few",     "for",   "from",
     "further", "had",    "has",     "have",  "having", "he",      "her",     "here",  "hers",
     "him",     "his",    "how",     "i",     "if",     "in",      "into",    "is",    "it",
     "its",     "just",   "may",     "me",    "might",  "more",    "most",    "must",  "my",
     "near",    "no",     "nor",     "not",   "of",     "off",     "on",      "once",  "only",
     "or",      "other",  "our",     "ours",  "out",    "over",    "own",     "same",  "shall",
     "she",     "should", "so",      "some",  "such",   "than",    "that",    "the",   "their",
     "theirs",  "them",   "then",    "there", "these",  "they",    "this",    "those", "through",
     "to",      "too",    "under",   "until", "up",     "us",      "very",    "was",   "we",
     "were",    "what",   "when",    "where", "which",  "while",   "who",     "whom",  "whose",
     "why",     "will",   "with",    "would", "you",    "your",    "yours"});
static_assert(std::is_sorted(kStopWords.begin(), kStopWords.end()));

constexpr std::size_t kStopWordBytes =
    std::max_element(kStopWords.begin(), kStopWords.end(),
                     [](auto one, auto other) { return one.size() < other.size(); }) -> size();

struct Range {
    char32_t first;
    char32_t last;
};

// Invisible code points that 0.6.3 removes before it looks at words.
constexpr auto kInvisible = std::to_array<Range>({{0x00ad, 0x00ad},
                                                  {0x034f, 0x034f},
                                                  {0x061c, 0x061c},
                                                  {0x180e, 0x180e},
                                                  {0x200b, 0x200f},
                                                  {0x202a, 0x202e},
                                                  {0x2060, 0x2064},
                                                  {0x2066, 0x2069},
                                                  {0xfe00, 0xfe0f},
                                                  {0xfeff, 0xfeff}});

// Beyond ASCII nearly everything is a letter or digit to the index, but for these blocks of marks
// and signs. A rare wrong guess costs one word that finds nothing.
constexpr auto kSigns = std::to_array<Range>(
    {{0x0080, 0x00a9}, {0x00ab, 0x00b1}, {0x00b4, 0x00b4},   {0x00b6, 0x00b8},  {0x00bb, 0x00bb},
     {0x00bf, 0x00bf}, {0x00d7, 0x00d7}, {0x00f7, 0x00f7},   {0x2000, 0x206f},  {0x20a0, 0x20cf},
     {0x2190, 0x245f}, {0x2500, 0x2775}, {0x2794, 0x2bff},   {0x2e00, 0x2e7f},  {0x3000, 0x3004},
     {0x3008, 0x3020}, {0xfe10, 0xfe6f}, {0xff01, 0xff0f},   {0xff1a, 0xff20},  {0xff3b, 0xff40},
     {0xff5b, 0xff65}, {0xffe0, 0xfffd}, {0x1f000, 0x1faff}, {0xe0000, 0xe0fff}});

template <std::size_t N>
bool within(char32_t c, const std::array<Range, N>& ranges) noexcept {
    return std::any_of(ranges.begin(), ranges.end(),
                       [c](Range range) { return range.first <= c && c <= range.last; });
}

bool is_ascii_word_char(char32_t c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_word_char(char32_t c) noexcept {
    return c < 0x80 ? is_ascii_word_char(c) : !within(c, kSigns) && !within(c, kInvisible);
}

bool is_space(char32_t c) noexcept {
    return c <= 0x20 || c == 0x7f || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

struct Decoded {
    char32_t c;
    std::size_t bytes;
};

// The code point at `at`; a byte that begins none stands for itself, so that any text gets through.
Decoded decode(std::string_view text, std::size_t at) noexcept {
    const auto byte = [&](std::size_t i) {
        return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
    };
    const char32_t lead = byte(at);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc0 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                                             : 4;
    if (length < 2 || at + length > text.size()) return {lead, 1};
    char32_t c = lead & (0xffu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xc0u) != 0x80) return {lead, 1};
        c = (c << 6u) | (byte(at + i) & 0x3fu);
    }
    return {c, length};
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words(1);
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;  // of what most texts are made of; none of it is invisible
        while (end < text.size() && text[end] > ' ' && text[end] < '\x7f') ++end;
        if (end > at) {
            words.back().append(text, at, std::min(end - at, kWordBytes - words.back().size()));
            at = end;
            continue;
        }
        const auto [c, bytes] = decode(text, at);
        if (is_space(c)) {
            if (!words.back().empty()) words.emplace_back();
        } else if (!within(c, kInvisible) && words.back().size() + bytes <= kWordBytes) {
            words.back().append(text, at, bytes);
        }
        at += bytes;
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

bool is_operator(std::string_view lower) {
    return lower == "and" || lower == "or" || lower == "not" || lower == "near";
}

// The word as the stop list has it: lower case, without marks around it.
std::string bare(std::string lower) {
    const auto plain = [](char c) {
        return is_ascii_word_char(static_cast<unsigned char>(c));
    };
    if (std::all_of(lower.begin(), lower.end(), plain)) return lower;
    std::size_t first = 0;
    while (first < lower.size() && !is_word_char(decode(lower, first).c))
        first += decode(lower, first).bytes;
    std::size_t end = first;
    for (std::size_t at = first; at < lower.size();) {
        const auto [c, bytes] = decode(lower, at);
        at += bytes;
        if (is_word_char(c)) end = at;
    }
    return lower.substr(first, end - first);
}

struct Term {
    std::string word{};  // as it was written, without operator characters
    std::string bare{};
};

// The distinct words of a text in their order: the telling ones, or the stop words when there is
// nothing else.
std::vector<Term> terms_of(std::string_view text) {
    std::vector<Term> telling;
    std::vector<Term> stop_words;
    const auto known = [&](const std::string& key) {
        const auto same = [&key](const Term& term) {
            return term.bare == key;
        };
        return std::any_of(telling.begin(), telling.end(), same) ||
               std::any_of(stop_words.begin(), stop_words.end(), same);
    };
    for (std::string& word : split(text)) {
        std::string lower = lower_ascii(word);
        if (is_operator(lower)) continue;
        const auto removed = [](char c) {
            return kOperatorChars.find(c) != std::string_view::npos;
        };
        if (std::erase_if(word, removed) > 0) lower = lower_ascii(word);
        if (!has_word_char(word)) continue;
        std::string key = bare(std::move(lower));
        if (known(key)) continue;
        auto& kind = is_stop_word(key) ? stop_words : telling;
        if (kind.size() < limits::query_terms) kind.push_back({std::move(word), std::move(key)});
        if (telling.size() == limits::query_terms) break;
    }
    return telling.empty() ? stop_words : telling;
}

// "text" as an FTS5 string; a quote in it is doubled, a NUL would end the expression.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c == '\0' ? ' ' : c;
    }
    return out + '"';
}

std::string hex(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return out;
}

Expression joined(const std::vector<Expression>& parts, std::string_view by) {
    Expression out;
    std::size_t used = 0;
    for (const Expression& part : parts) {
        if (part.text.empty()) continue;
        if (++used > 1) out.text += by;
        out.text += "(" + part.text + ")";
        out.phrases.insert(out.phrases.end(), part.phrases.begin(), part.phrases.end());
    }
    return out;
}

}  // namespace

bool is_stop_word(std::string_view lower_case) noexcept {
    return lower_case.size() <= kStopWordBytes &&
           std::binary_search(kStopWords.begin(), kStopWords.end(), lower_case);
}

bool has_word_char(std::string_view utf8) noexcept {
    for (std::size_t at = 0; at < utf8.size();) {
        const auto [c, bytes] = decode(utf8, at);
        if (is_word_char(c)) return true;
        at += bytes;
    }
    return false;
}

std::vector<std::string> query_terms(std::string_view question) {
    std::vector<std::string> out;
    for (Term& term : terms_of(question)) out.push_back(std::move(term.word));
    return out;
}

std::vector<std::string> bare_terms(std::string_view text) {
    std::vector<std::string> out;
    for (Term& term : terms_of(text)) out.push_back(std::move(term.bare));
    return out;
}

Expression word(std::string_view term, int number) {
    return {quoted(term), {number}};
}

Expression word_in_title(std::string_view term) {
    return word("aim0h" + std::string(term), Expression::facet);
}

Expression any_of(const std::vector<Expression>& parts) {
    return joined(parts, " OR ");
}

Expression all_of(const std::vector<Expression>& parts) {
    return joined(parts, " AND ");
}

Expression any_pair_of(const std::vector<Expression>& parts) {
    std::vector<Expression> pairs;
    for (auto one = parts.begin(); one != parts.end() && std::next(one) != parts.end(); ++one)
        pairs.push_back(all_of({*one, any_of({std::next(one), parts.end()})}));
    return any_of(pairs);
}

Expression with_optional(const Expression& needed, const Expression& also,
                         const Expression& certain) {
    if (also.text.empty()) return needed;
    return all_of({needed, any_of({also, certain})});
}

Expression in_namespaces(const std::vector<std::string>& namespaces) {
    std::vector<Expression> parts;
    parts.reserve(namespaces.size());
    for (const auto& ns : namespaces) parts.push_back(word("aim0n" + hex(ns), Expression::facet));
    return any_of(parts);
}

Expression of_tier(Tier tier) {
    return word(fmt::format("aim0t{}", to_string(tier)), Expression::facet);
}

Expression of_tag(std::string_view tag) {
    if (!has_word_char(tag)) return {};
    return {"tags : " + quoted(tag), {Expression::facet}};
}

Expression of_agent(std::string_view agent_id) {
    return word("aim0a" + hex(agent_id), Expression::facet);
}

Expression of_scope(std::string_view scope) {
    return word(fmt::format("aim0s{}", scope), Expression::facet);
}

Expression of_priority_at_least(int priority) {
    std::vector<Expression> parts;
    for (int p = priority; p <= limits::priority_max; ++p)
        parts.push_back(word(fmt::format("aim0p{}", p), Expression::facet));
    return any_of(parts);
}

}  // namespace aimem::query
