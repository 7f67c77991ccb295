// Questions that SQL asks of C++. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/sqlite/sqlite.h"

#include <functional>
#include <span>
#include <string_view>

namespace aimem::sqlite {

using PredicateValues = std::span<const std::string_view>;  // as text; NULL is empty

inline constexpr int kPredicateValuesMax = 4;

// `name` with so many values can be called in the SQL of this connection. What it refers to must
// outlive the connection; an exception in it makes the statement fail. Throws SqliteError.
void add_predicate(Database& db, const char* name, int values,
                   std::function<bool(PredicateValues)> predicate);

}  // namespace aimem::sqlite
