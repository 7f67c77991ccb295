#include "store/query/similar_titles.h"

#include "store/base/hash.h"
#include "store/base/text.h"
#include "store/base/time_text.h"
#include "store/query/fts_query.h"

#include <algorithm>
#include <bitset>
#include <utility>

namespace aimem::query {
namespace {

constexpr std::size_t kTitleWords = 2;       // of a title, by which others alike are found
constexpr std::int64_t kTitlesLookedAt = 8;  // the newest of them
constexpr std::int64_t kNewestRows = 8192;   // and no older than these
constexpr std::size_t kRowsLookedAt = 64;    // of those whose titles are in memory
constexpr std::size_t kSimilarTitles = 5;
constexpr std::size_t kCallsBeforeLoad = 8;  // to read so many titles costs as much as 100 searches

template <typename Words, typename Has>
bool has_half(const Words& asked, Has has) {
    const auto count = std::count_if(asked.begin(), asked.end(), std::move(has));
    return static_cast<std::size_t>(count) * 2 >= asked.size();
}

// Whether a text may hold half of these words: spares most titles a look at their own words.
// Characters that are left out of words, or that are not ASCII, make it say yes.
bool may_share_half(const std::vector<std::string>& asked, std::string_view title) {
    const auto plain = [](char c) {
        return c >= ' ' && c != '\x7f' &&
               std::string_view("\"*^{}():|+").find(c) == std::string_view::npos;
    };
    if (!std::all_of(title.begin(), title.end(), plain)) return true;
    const std::string lower = lower_ascii(title);
    return has_half(asked,
                    [&](const std::string& term) { return lower.find(term) != std::string::npos; });
}

bool share_half(const std::vector<std::string>& asked, std::string_view title) {
    if (!may_share_half(asked, title)) return false;
    const auto theirs = bare_terms(title);
    return has_half(asked, [&](const std::string& term) {
        return std::find(theirs.begin(), theirs.end(), term) != theirs.end();
    });
}

// id, title, expires_at, namespace of a row that may be like it.
bool is_told(const sqlite::Statement::Cursor& row, std::string_view ns, std::string_view now) {
    return row.text(3) == ns && (row.is_null(2) || row.text(2) > now);
}

std::uint32_t hash_of(std::string_view word) {
    return static_cast<std::uint32_t>(hash64(word));
}

std::uint64_t mark_of(std::uint32_t hash) noexcept {
    return std::uint64_t{1} << (hash % 64);
}

// Rows that were looked at. Most rows are new, which a bit says without a search.
class LookedAt {
public:
    LookedAt() { rowids_.reserve(kRowsLookedAt); }
    bool insert(std::int64_t rowid) {
        const std::size_t bit = static_cast<std::uint64_t>(rowid) % bits_.size();
        if (bits_.test(bit) && std::find(rowids_.begin(), rowids_.end(), rowid) != rowids_.end())
            return false;
        bits_.set(bit);
        rowids_.push_back(rowid);
        return true;
    }
    std::size_t size() const noexcept { return rowids_.size(); }

private:
    std::bitset<512> bits_;
    std::vector<std::int64_t> rowids_;
};

// Long words are rare words, and every word more costs a search of its own. In their order.
std::vector<std::string> longest_of(const std::vector<std::string>& words) {
    std::vector<std::string> out;
    for (const std::string& word : words) {
        const auto shorter = std::find_if(out.begin(), out.end(), [&](const std::string& other) {
            return other.size() < word.size();
        });
        if (shorter == out.end() && out.size() == kTitleWords) continue;
        out.insert(shorter, word);
        if (out.size() > kTitleWords) out.pop_back();
    }
    return out;
}

}  // namespace

// On the path of a store, so it looks at a handful of rows and no further.
std::vector<std::string> similar_titles(sqlite::Database& db, std::string_view title,
                                        std::string_view ns, std::int64_t now_ns,
                                        std::string_view except) {
    const std::vector<std::string> asked = bare_terms(title);
    std::vector<Expression> words;
    for (const std::string& term : longest_of(query_terms(title)))
        words.push_back(word_in_title(term));
    if (words.empty()) return {};
    const std::string now = time_text(now_ns);
    std::vector<std::string> ids;
    for (auto row = db.sql("SELECT m.id, m.title, m.expires_at, m.namespace FROM memories_fts "
                           "JOIN memories m ON m.rowid = memories_fts.rowid "
                           "WHERE memories_fts MATCH ?1 "
                           "AND memories_fts.rowid > (SELECT max(rowid) FROM memories) - ?3 "
                           "ORDER BY memories_fts.rowid DESC LIMIT ?2")
                        .bind(any_of(words).text, kTitlesLookedAt, kNewestRows);
         ids.size() < kSimilarTitles && row.step();) {
        if (row.text(0) != except && is_told(row, ns, now) && share_half(asked, row.text(1)))
            ids.push_back(row.string(0));
    }
    return ids;
}

void RecentTitles::forget_all_but(std::size_t kept) {
    const auto older = static_cast<std::ptrdiff_t>(entries_.size() - kept);
    first_entry_ += static_cast<std::size_t>(older);
    const std::size_t first_word = entries_[static_cast<std::size_t>(older)].first;
    const auto gone = static_cast<std::ptrdiff_t>(first_word - first_word_);
    entries_.erase(entries_.begin(), entries_.begin() + older);
    words_.erase(words_.begin(), words_.begin() + gone);
    first_word_ = first_word;
    std::erase_if(newest_, [first_word](const auto& one) { return one.second < first_word; });
}

void RecentTitles::ask(std::string_view title) {
    if (title == asked_.title) return;
    asked_.title = title;
    asked_.words = bare_terms(title);
    asked_.hashes.clear();
    for (const std::string& word : asked_.words) asked_.hashes.push_back(hash_of(word));
}

void RecentTitles::add(std::int64_t rowid, std::string_view title) {
    constexpr auto kept = static_cast<std::size_t>(kNewestRows);
    if (entries_.size() >= 2 * kept) forget_all_but(kept);
    ask(title);
    Entry entry{rowid, hash64(title), 0, first_word_ + words_.size(), 0};
    for (const std::uint32_t hash : asked_.hashes) {
        entry.marks |= mark_of(hash);
        const auto [newest, is_new] = newest_.try_emplace(hash, 0);
        words_.push_back({hash, first_entry_ + entries_.size(), is_new ? kNone : newest->second});
        newest->second = first_word_ + words_.size() - 1;
    }
    entry.count = first_word_ + words_.size() - entry.first;
    entries_.push_back(entry);
}

void RecentTitles::load(sqlite::Database& db) {
    entries_.clear();
    words_.clear();
    newest_.clear();
    first_entry_ = first_word_ = 0;
    std::vector<std::pair<std::int64_t, std::string>> newest;
    for (auto row = db.sql("SELECT rowid, title FROM memories ORDER BY rowid DESC LIMIT ?1")
                        .bind(kNewestRows);
         row.step();)
        newest.emplace_back(row.int64(0), row.string(1));
    std::for_each(newest.rbegin(), newest.rend(),
                  [this](const auto& one) { add(one.first, one.second); });
    auto last = db.sql("SELECT seq FROM repl_row ORDER BY seq DESC LIMIT 1").bind();
    seen_ = last.step() ? last.int64(0) : 0;
    loaded_ = true;
}

void RecentTitles::catch_up(sqlite::Database& db) {
    std::int64_t rows = 0;
    for (auto row = db.sql("SELECT r.seq, m.rowid, m.title FROM repl_row r LEFT JOIN memories m "
                           "ON m.id = substr(r.key, 3) AND r.key >= 'm:' AND r.key < 'm;' "
                           "WHERE r.seq > ?1 ORDER BY r.seq LIMIT ?2")
                        .bind(seen_, kNewestRows);
         row.step();) {
        seen_ = row.int64(0);
        if (!row.is_null(1)) add(row.int64(1), row.text(2));
        ++rows;
    }
    if (rows == kNewestRows) load(db);  // there may be many more
}

bool RecentTitles::shares_half(const Entry& entry) const {
    const auto marked = [&](std::uint32_t hash) {
        return (entry.marks & mark_of(hash)) != 0;
    };
    if (!has_half(asked_.hashes, marked)) return false;
    const auto first = words_.begin() + static_cast<std::ptrdiff_t>(entry.first - first_word_);
    const auto last = first + static_cast<std::ptrdiff_t>(entry.count);
    return has_half(asked_.hashes, [&](std::uint32_t hash) {
        return std::any_of(first, last, [hash](const Word& word) { return word.hash == hash; });
    });
}

// What the row is by now counts: it may be another's, or have another title.
std::optional<std::string> RecentTitles::if_similar(sqlite::Database& db, const Entry& entry,
                                                    std::string_view ns,
                                                    std::string_view now) const {
    auto row = db.sql("SELECT id, title, expires_at, namespace FROM memories WHERE rowid = ?1")
                   .bind(entry.rowid);
    if (!row.step() || !is_told(row, ns, now)) return std::nullopt;
    if (hash64(row.text(1)) != entry.title && !share_half(asked_.words, row.text(1)))
        return std::nullopt;
    return row.string(0);
}

// Follows the words from their newest titles back.
std::optional<std::size_t> RecentTitles::next_with(std::vector<std::size_t>& words) const {
    std::optional<std::size_t> newest;
    for (const std::size_t at : words)
        if (at != kNone && at >= first_word_)
            newest = std::max(newest.value_or(0), words_[at - first_word_].entry);
    if (!newest) return std::nullopt;
    for (std::size_t& at : words)
        while (at != kNone && at >= first_word_ && words_[at - first_word_].entry == *newest)
            at = words_[at - first_word_].before;
    return newest;
}

std::vector<std::string> RecentTitles::similar(sqlite::Database& db, std::string_view title,
                                               std::string_view ns, std::int64_t now_ns,
                                               std::string_view except) {
    if (!loaded_ && ++calls_ <= kCallsBeforeLoad)
        return similar_titles(db, title, ns, now_ns, except);
    if (loaded_)
        catch_up(db);
    else
        load(db);
    ask(title);
    std::vector<std::size_t> words;
    for (const std::string& word : longest_of(asked_.words))
        if (const auto found = newest_.find(hash_of(word)); found != newest_.end())
            words.push_back(found->second);

    const std::string now = time_text(now_ns);
    const std::size_t oldest =
        first_entry_ + entries_.size() - std::min<std::size_t>(entries_.size(), kNewestRows);
    std::vector<std::string> ids;
    LookedAt looked_at;
    for (auto at = next_with(words);
         at && *at >= oldest && looked_at.size() < kRowsLookedAt && ids.size() < kSimilarTitles;
         at = next_with(words)) {
        const Entry& entry = entries_[*at - first_entry_];
        if (!looked_at.insert(entry.rowid) || !shares_half(entry)) continue;
        if (auto id = if_similar(db, entry, ns, now); id && *id != except)
            ids.push_back(std::move(*id));
    }
    return ids;
}

void RecentTitles::wrote(sqlite::Database& db, std::string_view title, std::int64_t seq) {
    if (!loaded_ || seq != seen_ + 1) return;
    add(db.last_insert_rowid(), title);
    seen_ = seq;
}

void RecentTitles::rewind(std::int64_t seq) noexcept {
    seen_ = std::min(seen_, seq);
}

}  // namespace aimem::query
