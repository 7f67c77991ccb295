// What must be known of a row beside the row itself before a node of 0.6.3 can be told it: whether
// its title has changed, other ids of it, what a deletion there would take along. What was told to
// whom is not kept: a memory that ever was renamed or archived is told as deleted and then as new,
// each time it changes; that is right whatever the other side has, and after a lost ack or another
// node's rename as well, which a table of what this node sent would not be (design: replication.md
// 4). Reads one consistent view. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/exchange.h"
#include "store/model/memory.h"
#include "store/model/records.h"
#include "store/sqlite/sqlite.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aimem {

struct RowNote {
    bool untold = false;   // nothing can be said of it there, or nothing is left of it here
    bool moved = false;    // see Past
    bool shelved = false;  // see Past
    std::int64_t title_before = 0;          // see Past::title; of a row that is gone
    bool title_taken = false;               // archived: a live memory bears its title now
    std::vector<std::string> other_ids{};   // dead: ids that led to it
    std::vector<Link> links{};              // live and to be deleted first: what goes with it;
                                            // of a link: itself, between the ids that show
    std::vector<Standard> standards{};      // likewise
    std::optional<PendingState> pending{};  // of anything about a pending action
};

struct ToldPage {
    FeedPage page{};  // the ends of links and the memories of standards are among the rows
    std::map<std::string, RowNote> notes{};  // by key
};

struct WaitedRow {  // somebody waits until a peer has this row or a newer version of it
    std::int64_t seq = 0;
    std::string key{};
};

// Own rows as own_rows_after gives them, and of `waited` those whose place lies in the page
// although another version has taken a later one.
ToldPage rows_to_tell(sqlite::Database& db, std::int64_t seq, std::size_t rows_max,
                      std::size_t bytes_max, const std::vector<WaitedRow>& waited);

}  // namespace aimem
