// Prompts: texts a user may begin with. Names and arguments are those of 0.6.3
// (facts/mcp-tools.md 1.5), and two arguments more. Pure. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/rpc.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace aimem::mcp {

std::string prompts_text();  // the result of prompts/list
MethodResult prompt_text(const nlohmann::json& params);

}  // namespace aimem::mcp
