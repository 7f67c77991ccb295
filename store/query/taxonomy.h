// Namespaces as a tree, as the doors show it. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/query/records.h"
#include "store/sqlite/sqlite.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace aimem::query {

inline constexpr std::size_t kTaxonomyRows = 1000;
inline constexpr std::size_t kTaxonomyRowsMax = 10'000;

struct TaxonomyQuery {
    std::string prefix{};               // with nothing behind it but slashes
    std::size_t depth = 8;              // levels below the prefix
    std::size_t limit = kTaxonomyRows;  // namespaces, the fullest first; at most kTaxonomyRowsMax
};

// The parts of it, for who shows it in pages: every namespace below a prefix, the fullest first, at
// most kTaxonomyRowsMax, and the tree of some of them. The prefix loses its slashes.
Result<std::vector<NamespaceCount>> namespaces_below(sqlite::Database& db, std::string& prefix,
                                                     std::int64_t now_ns);
nlohmann::json tree_of(std::span<const NamespaceCount> some, const std::string& prefix,
                       std::size_t depth);

// {"tree": {"namespace","name","count","subtree_count","children"}, "total_count", "truncated"}.
// What lies deeper is counted where it was cut; total_count is that of everything below the prefix.
// Errc::invalid_argument names namespace_prefix.
Result<nlohmann::json> taxonomy(sqlite::Database& db, TaxonomyQuery query, std::int64_t now_ns);

}  // namespace aimem::query
