// Namespaces as a tree, as the doors show it. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/sqlite/sqlite.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace aimem::query {

inline constexpr std::size_t kTaxonomyRows = 1000;
inline constexpr std::size_t kTaxonomyRowsMax = 10'000;

struct TaxonomyQuery {
    std::string prefix{};               // with nothing behind it but slashes
    std::size_t depth = 8;              // levels below the prefix
    std::size_t limit = kTaxonomyRows;  // namespaces, the fullest first; at most kTaxonomyRowsMax
};

// {"tree": {"namespace","name","count","subtree_count","children"}, "total_count", "truncated"}.
// What lies deeper is counted where it was cut; total_count is that of everything below the prefix.
// Errc::invalid_argument names namespace_prefix.
Result<nlohmann::json> taxonomy(sqlite::Database& db, TaxonomyQuery query, std::int64_t now_ns);

}  // namespace aimem::query
