#include "store/query/similar_titles.h"

#include "store/base/hash.h"
#include "store/base/text.h"
#include "store/base/time_text.h"
#include "store/query/fts_query.h"

#include <algorithm>
#include <bit>

namespace aimem::query {
namespace {

constexpr std::size_t kTitleWords = 2;       // of a title, by which others alike are found
constexpr std::int64_t kTitlesLookedAt = 8;  // the newest of them
constexpr std::int64_t kNewestRows = 8192;   // and no older than these
constexpr std::size_t kSimilarTitles = 5;
constexpr std::size_t kCallsBeforeLoad = 8;  // to read so many titles costs as much as 100 searches

// Whether a text may hold half of these words: spares most titles a look at their own words.
// Characters that are left out of words, or that are not ASCII, make it say yes.
bool may_share_half(const std::vector<std::string>& asked, std::string_view title) {
    const auto plain = [](char c) {
        return c >= ' ' && c != '\x7f' &&
               std::string_view("\"*^{}():|+").find(c) == std::string_view::npos;
    };
    if (!std::all_of(title.begin(), title.end(), plain)) return true;
    const std::string lower = lower_ascii(title);
    const auto shared = std::count_if(asked.begin(), asked.end(), [&](const std::string& term) {
        return lower.find(term) != std::string::npos;
    });
    return static_cast<std::size_t>(shared) * 2 >= asked.size();
}

// On the path of every store, so it looks at a handful of rows and no further.

bool share_half(const std::vector<std::string>& asked, std::string_view title) {
    if (!may_share_half(asked, title)) return false;
    const auto theirs = bare_terms(title);
    const auto shared = std::count_if(asked.begin(), asked.end(), [&](const auto& term) {
        return std::find(theirs.begin(), theirs.end(), term) != theirs.end();
    });
    return static_cast<std::size_t>(shared) * 2 >= asked.size();
}

// id, title, expires_at, namespace of a row that may be like it.
bool is_similar(const sqlite::Statement::Cursor& row, const std::vector<std::string>& asked,
                std::string_view ns, std::string_view now) {
    if (row.text(3) != ns) return false;
    if (!row.is_null(2) && row.text(2) <= now) return false;
    return share_half(asked, row.text(1));
}

std::uint32_t hash_of(std::string_view word) {
    return static_cast<std::uint32_t>(hash64(word));
}

std::uint64_t bit_of(std::uint32_t hash) {
    return std::uint64_t{1} << (hash & 63U);
}

// Long words are rare words, and every word more costs a search of its own.
void keep_longest(std::vector<std::string>& terms) {
    std::stable_sort(terms.begin(), terms.end(),
                     [](const auto& x, const auto& y) { return x.size() > y.size(); });
    if (terms.size() > kTitleWords) terms.resize(kTitleWords);
}

}  // namespace

std::vector<std::string> similar_titles(sqlite::Database& db, std::string_view title,
                                        std::string_view ns, std::int64_t now_ns,
                                        std::string_view except) {
    const std::vector<std::string> asked = bare_terms(title);
    auto terms = query_terms(title);
    keep_longest(terms);
    std::vector<Expression> words;
    words.reserve(terms.size());
    for (const std::string& term : terms) words.push_back(word_in_title(term));
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
        if (row.text(0) != except && is_similar(row, asked, ns, now)) ids.push_back(row.string(0));
    }
    return ids;
}

void RecentTitles::add(std::int64_t rowid, std::string_view title) {
    constexpr auto kept = static_cast<std::size_t>(kNewestRows);
    if (entries_.size() >= 2 * kept) {
        const auto older = static_cast<std::ptrdiff_t>(entries_.size() - kept);
        const std::size_t gone = entries_[static_cast<std::size_t>(older)].first;
        entries_.erase(entries_.begin(), entries_.begin() + older);
        masks_.erase(masks_.begin(), masks_.begin() + older);
        words_.erase(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(gone));
        for (Entry& entry : entries_) entry.first -= gone;
    }
    Entry entry{rowid, words_.size(), 0};
    std::uint64_t mask = 0;
    for (const std::string& term : bare_terms(title)) {
        words_.push_back(hash_of(term));
        mask |= bit_of(words_.back());
    }
    entry.count = words_.size() - entry.first;
    entries_.push_back(entry);
    masks_.push_back(mask);
}

void RecentTitles::load(sqlite::Database& db) {
    entries_.clear();
    masks_.clear();
    words_.clear();
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

bool RecentTitles::shares_half(const Entry& entry, const std::vector<std::uint32_t>& asked) const {
    const auto first = words_.begin() + static_cast<std::ptrdiff_t>(entry.first);
    const auto last = first + static_cast<std::ptrdiff_t>(entry.count);
    const auto shared = std::count_if(asked.begin(), asked.end(), [&](std::uint32_t hash) {
        return std::find(first, last, hash) != last;
    });
    return static_cast<std::size_t>(shared) * 2 >= asked.size();
}

std::vector<std::string> RecentTitles::similar(sqlite::Database& db, std::string_view title,
                                               std::string_view ns, std::int64_t now_ns,
                                               std::string_view except) {
    if (!loaded_ && ++calls_ <= kCallsBeforeLoad)
        return similar_titles(db, title, ns, now_ns, except);
    loaded_ ? catch_up(db) : load(db);
    const std::vector<std::string> asked = bare_terms(title);
    std::vector<std::uint32_t> hashes;
    hashes.reserve(asked.size());
    for (const std::string& term : asked) hashes.push_back(hash_of(term));
    auto longest = asked;
    keep_longest(longest);
    std::uint64_t wanted = 0;
    for (const std::string& term : longest) wanted |= bit_of(hash_of(term));
    std::uint64_t mask = 0;
    for (const std::uint32_t hash : hashes) mask |= bit_of(hash);
    // Words of one bit may count once: so many must be found in it at least.
    const int spare = static_cast<int>(hashes.size()) - std::popcount(mask);
    const int needed = static_cast<int>((hashes.size() + 1) / 2) - spare;

    const std::string now = time_text(now_ns);
    const std::size_t oldest =
        entries_.size() - std::min<std::size_t>(entries_.size(), kNewestRows);
    std::vector<std::string> ids;
    for (std::size_t at = entries_.size(); at > oldest && ids.size() < kSimilarTitles; --at) {
        const std::uint64_t theirs = masks_[at - 1];
        if ((theirs & wanted) == 0 || std::popcount(theirs & mask) < needed) continue;
        const Entry& entry = entries_[at - 1];
        if (!shares_half(entry, hashes)) continue;
        // What the row is by now counts: it may be another's, or have another title.
        auto row = db.sql("SELECT id, title, expires_at, namespace FROM memories WHERE rowid = ?1")
                       .bind(entry.rowid);
        if (!row.step() || row.text(0) == except || !is_similar(row, asked, ns, now)) continue;
        if (std::find(ids.begin(), ids.end(), row.text(0)) == ids.end())
            ids.push_back(row.string(0));
    }
    return ids;
}

void RecentTitles::rewind(std::int64_t seq) noexcept {
    seen_ = std::min(seen_, seq);
}

}  // namespace aimem::query
