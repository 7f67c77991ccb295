// Memories as resources: memory://NAMESPACE/ID, with the bytes that a URI cannot have
// percent-encoded. Listed in pages, best first; what the program keeps for itself is not listed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/era.h"
#include "mcp/rpc.h"
#include "mcp/tool.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace aimem::mcp {

inline constexpr std::string_view kResourceTemplate = "memory://{+namespace}/{id}";

struct ResourceName {
    std::string ns{};
    std::string id{};
};

std::string uri_of(const ResourceName& name);
std::optional<ResourceName> name_in(std::string_view uri);  // nothing: no URI of a memory

MethodResult resource_page(const ToolHost& host, const nlohmann::json& params);
std::string resource_templates_text();
MethodResult resource_contents(const ToolHost& host, const nlohmann::json& params,
                               Revision revision);

// An Error of the store as a protocol error, without paths or SQL.
RpcError rpc_error(const Error& error);

}  // namespace aimem::mcp
