// Counts in an answer, bounded. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/query/queries.h"

#include <nlohmann/json_fwd.hpp>

#include <vector>

namespace aimem::api {

nlohmann::json counted(const char* name, const std::vector<Counted>& rows);

// The fullest first. Where that are not all, `truncated` says so; GET /api/v1/namespaces has more.
void put_namespaces(nlohmann::json& body, const std::vector<Counted>& rows);

}  // namespace aimem::api
