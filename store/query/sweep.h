// Which live memories a sweep means; expired ones included. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/model/memory.h"
#include "store/sqlite/sqlite.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace aimem::query {

struct Forgettable {
    std::optional<std::string> ns{};
    std::optional<std::string> pattern{};  // any of its words, as recall reads them
    std::optional<Tier> tier{};
};

// Ids of rows that fit all that is given, at most rows_max. Standards are left alone: with them the
// rules of a namespace would go unnoticed. Errc::invalid_argument when nothing is
// given, or a pattern without a word: it would mean everything, or nothing.
Result<std::vector<std::string>> forgettable(sqlite::Database& db, const Forgettable& wanted,
                                             std::size_t rows_max);

}  // namespace aimem::query
