// Finding by words: recall (any word, ranked) and search (every word, ranked). Each call is one
// consistent view, writes nothing, and costs the same at any size of the store but for the matching
// itself (query/match.h). Formulas: query/score.h. Errors of
// the caller are values, of the database SqliteError. Not inside another transaction.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/query/queries.h"
#include "store/sqlite/sqlite.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::query {

// Scores are as computed; doors show three decimals.
Result<RecallAnswer> recall(sqlite::Database& db, const RecallQuery& query, std::int64_t now_ns);

Result<std::vector<Memory>> search(sqlite::Database& db, const SearchQuery& query,
                                   std::int64_t now_ns);

}  // namespace aimem::query
