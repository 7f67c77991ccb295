// completion/complete: namespaces and ids of the resource template, namespaces, tags and agents of
// the prompts. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/rpc.h"
#include "mcp/tool.h"

#include <nlohmann/json_fwd.hpp>

namespace aimem::mcp {

MethodResult completion_text(const ToolHost& host, const nlohmann::json& params);

}  // namespace aimem::mcp
