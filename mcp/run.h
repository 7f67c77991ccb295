// run_mcp: the whole MCP server of one process, from claiming stdout to the exit code. Call it on
// the main thread before any other thread exists (signals). It opens no socket and no database of
// its own: the factory is called on the strand when a tool first needs the store, and again at the
// next call if it failed. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/extras.h"
#include "mcp/tool.h"
#include "store/base/result.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace aimem::mcp {

struct McpOptions {
    std::function<Result<std::unique_ptr<Store>>()> open_store{};
    std::string agent_id{};  // --agent-id or AI_MEMORY_AGENT_ID; empty: from the client's name
    std::optional<std::string> position{};  // --as-agent or AI_MEMORY_AS_AGENT
    std::string version{};                  // of the program, for serverInfo
    Profile profile = Profile::core;        // which of the tools are offered
    std::chrono::milliseconds wait{0};  // for a write to reach the other nodes; 0: it says nothing
    std::span<const Tool> tools{};      // empty: all_tools()
    Extras extras{};
};

int run_mcp(McpOptions options);  // the process's exit code

}  // namespace aimem::mcp
