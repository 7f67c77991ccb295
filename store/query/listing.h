// Finding without words: one memory by id, pages in rank order, what changed since, links, archive,
// counts. Every read is a walk along an index (query_plan_test.cc holds that); only stats counts
// whole indexes. Errors of the caller are values, of the database SqliteError. Functions that read
// more than once open a transaction of their own: not inside another one. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/query/queries.h"
#include "store/sqlite/sqlite.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::query {

// By id, by an id that leads on, or by a prefix that fits one memory only. Expired rows too.
Result<Memory> get(sqlite::Database& db, std::string_view id_or_prefix);
Result<MemoryWithLinks> get_with_links(sqlite::Database& db, std::string_view id_or_prefix);

// Both directions, oldest first; an id that leads on is followed, an unknown one has none.
Result<std::vector<Link>> links_of(sqlite::Database& db, std::string_view id);

// Priority first, then newest. Expired rows are hidden.
Result<std::vector<Memory>> list(sqlite::Database& db, const ListQuery& query, std::int64_t now_ns);

// Latest archived first.
Result<std::vector<Archived>> archived(sqlite::Database& db, const ArchiveQuery& query);

// Memories written after `since` in the order of updated_at, expired ones included. A page never
// ends between two rows of the same updated_at, so it may be longer than rows_max.
Result<std::vector<Memory>> updated_since(sqlite::Database& db,
                                          const std::optional<std::string>& since,
                                          std::size_t rows_max);

// Everything there is, expired rows included; lists with the biggest count first.
Result<Stats> stats(sqlite::Database& db, std::int64_t now_ns);

}  // namespace aimem::query
