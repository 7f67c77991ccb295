// Names that begin with what somebody has typed so far, in text order, at most `rows_max`. Each
// costs a walk along an index; tags and authors are looked for in the newest memories only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/sqlite/sqlite.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::query {

inline constexpr std::size_t kRowsLookedAt = 5'000;

using Names = std::vector<std::string>;
Result<Names> namespaces_like(sqlite::Database& db, std::string_view prefix, std::size_t rows_max);
Result<Names> ids_like(sqlite::Database& db, std::string_view prefix, std::size_t rows_max);
Result<Names> tags_like(sqlite::Database& db, std::string_view prefix, std::size_t rows_max);
Result<Names> authors_like(sqlite::Database& db, std::string_view prefix, std::size_t rows_max);

}  // namespace aimem::query
