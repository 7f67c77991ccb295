// Memories with a title like that of one about to be stored. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/sqlite/sqlite.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aimem::query {

// Ids of live memories of this namespace whose titles share at least half of the telling words of
// `title`, but for that of `except`; among the newest, by its two longest words; at most 5, newest
// first.
std::vector<std::string> similar_titles(sqlite::Database& db, std::string_view title,
                                        std::string_view ns, std::int64_t now_ns,
                                        std::string_view except = {});

// The same, and further back, for a writer that asks often: after the first few calls the words of
// the newest titles are in memory (a few MiB), and each call first takes up what was written since,
// by whatever process, from the feed; it looks at no more than 64 of them. One for each connection
// that writes; call inside its transaction.
class RecentTitles {
public:
    std::vector<std::string> similar(sqlite::Database& db, std::string_view title,
                                     std::string_view ns, std::int64_t now_ns,
                                     std::string_view except = {});

    // A new row of this title was just inserted, by the last INSERT of this connection, and is at
    // this place of the feed. May be left untold: then it is read from the feed.
    void wrote(sqlite::Database& db, std::string_view title, std::int64_t seq);

    // Places of the feed after this one were rolled back and will be given out again.
    void rewind(std::int64_t seq) noexcept;

private:
    // Entries and words are numbered from the first there ever was.
    static constexpr std::size_t kNone = SIZE_MAX;
    struct Entry {
        std::int64_t rowid = 0;
        std::uint64_t title = 0;  // hash
        std::uint64_t marks = 0;  // one of 64 for each word
        std::size_t first = 0;    // of its words
        std::size_t count = 0;
    };
    struct Asked {
        std::string title{};
        std::vector<std::string> words{};
        std::vector<std::uint32_t> hashes{};
    };
    struct Word {
        std::uint32_t hash = 0;
        std::size_t entry = 0;
        std::size_t before = kNone;  // the same word in an older title
    };
    void forget_all_but(std::size_t kept);
    std::optional<std::size_t> next_with(std::vector<std::size_t>& words) const;
    void load(sqlite::Database& db);
    void catch_up(sqlite::Database& db);
    void add(std::int64_t rowid, std::string_view title);
    void ask(std::string_view title);
    bool shares_half(const Entry& entry) const;
    std::optional<std::string> if_similar(sqlite::Database& db, const Entry& entry,
                                          std::string_view ns, std::string_view now) const;

    std::size_t calls_ = 0;
    bool loaded_ = false;
    std::int64_t seen_ = 0;         // place in the feed up to which titles are known
    std::vector<Entry> entries_{};  // oldest first; a row that was written twice is here twice
    std::vector<Word> words_{};
    std::size_t first_entry_ = 0;  // number of entries_[0]
    std::size_t first_word_ = 0;
    std::unordered_map<std::uint32_t, std::size_t> newest_{};  // hash -> the word's newest place
    Asked asked_{};  // last: its title is the next to be written, as a rule
};

}  // namespace aimem::query
