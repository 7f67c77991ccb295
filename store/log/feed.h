// Reading the change feed: own rows after a cursor, all rows, or named keys, always closed over
// their atomic groups: a row in a group brings the current rows of all members, or a peer could see
// half of it (design: replication.md 2.4, 2.10). SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/exchange.h"
#include "store/sqlite/sqlite.h"

#include <optional>
#include <string>
#include <vector>

namespace aimem {

// `keys` and every key their groups bring along, in the order found.
std::vector<std::string> group_closure(sqlite::Database& db, std::vector<std::string> keys);

// The current rows that the groups of these freshly written ones bring along.
std::vector<FeedRow> companions_of(sqlite::Database& db, const std::vector<FeedRow>& rows);

FeedPage own_rows_after(sqlite::Database& db, std::int64_t seq, std::size_t rows_max,
                        std::size_t bytes_max);
FeedPage all_rows_after(sqlite::Database& db, std::int64_t seq, std::size_t rows_max);
std::vector<Change> changes_of(sqlite::Database& db, const std::vector<std::string>& keys);

struct SomeChanges {
    std::vector<Change> changes{};  // of the first `taken` keys, with the closure of their groups
    std::size_t taken = 0;
};
// As many of these keys as fit `bytes_max`, at least one.
SomeChanges some_changes_of(sqlite::Database& db, const std::vector<std::string>& keys,
                            std::size_t bytes_max);

Identity read_identity(sqlite::Database& db);
// When the first own row behind this place of the feed was written (its stamp); nothing when there
// is none.
std::optional<std::int64_t> first_own_stamp_after(sqlite::Database& db, std::int64_t seq);

std::vector<PeerCursor> read_cursors(sqlite::Database& db);
void write_cursor(sqlite::Database& db, const PeerCursor& cursor);

}  // namespace aimem
