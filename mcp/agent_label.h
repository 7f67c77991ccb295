// Who is calling, when a tool's arguments do not say: the configured agent id, else a label made of
// the client's name and this machine's. No process id in it, so that a client is the same agent
// after a restart. A claim, never proof. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace aimem::mcp {

struct AgentNames {
    std::string configured{};  // option or AI_MEMORY_AGENT_ID; wins over the client's name
    std::string host{};        // of this machine
};

std::string host_name();

// ai:<client>@<host>, or host:<host> for a client without a usable name.
std::string agent_label(const AgentNames& names, std::string_view client_name);

}  // namespace aimem::mcp
