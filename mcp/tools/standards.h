// The rules of a namespace that go with recall and session_start (facts/mcp-tools.md 5.8): the
// standard memories of its chain, general first. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/tool.h"
#include "store/model/memory.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

namespace aimem::mcp {

// Without a namespace only the standard of "*", which holds everywhere.
Result<std::vector<Memory>> standards_for(const ToolCall& call,
                                          const std::optional<std::string>& ns);

// One as "standard", several as "standards".
void put_standards(nlohmann::json& out, const std::vector<Memory>& standards);

bool is_among(const std::vector<Memory>& standards, const std::string& id);

}  // namespace aimem::mcp
