// One memory, several ids: after a title clash the ids of all members lead to the visible row, and
// after the clash was settled by a local write the tombstones of the losers still do.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/sqlite/sqlite.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

inline constexpr int kMergesMax = 8;  // so many in a row are followed from an old id

// The id under which this memory is in the memories table, if it is live; exact ids only.
std::optional<std::string> visible_id(sqlite::Database& db, std::string_view id);

// The same for what people type: an exact id, an id that leads on, or a prefix that fits one live
// memory only. Errc::not_found; Errc::invalid_argument when it is ambiguous, naming the candidates
// (at most limits::id_prefix_candidates).
Result<std::string> resolve_id(sqlite::Database& db, std::string_view id_or_prefix);

// Ids of the live registers behind one visible row (itself alone unless titles clash).
std::vector<std::string> clash_members(sqlite::Database& db, std::string_view visible);

// Every id that leads to this visible row: clash members and merged tombstones, the row's own id
// first.
std::vector<std::string> names_of(sqlite::Database& db, std::string_view visible);

}  // namespace aimem
