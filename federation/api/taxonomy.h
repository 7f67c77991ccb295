// Namespaces as a tree. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/query/records.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace aimem::api {

inline constexpr std::size_t kTaxonomyRows = 1000;
inline constexpr std::size_t kTaxonomyRowsMax = 10'000;

// {"namespace","name","count","subtree_count","children"} of `prefix`, children by name, no more
// than `depth` levels below it; what lies deeper is counted where it was cut.
nlohmann::json tree_of(const std::vector<query::NamespaceCount>& counts, const std::string& prefix,
                       std::size_t depth);

}  // namespace aimem::api
