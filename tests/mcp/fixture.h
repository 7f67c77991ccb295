// A server as text for tests: the protocol with a handful of small tools and no database. Lines in,
// parsed replies out. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/protocol.h"
#include "mcp/tool.h"
#include "mcp/tool_registry.h"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>

namespace aimem::mcp::test {

// echo (text), fail (code), count (calls executed so far), throw, whoami (the agent id), wide
// (numbers).
std::span<const Tool> fixture_tools();

class TextServer {
public:
    explicit TextServer(AgentNames agent = {"", "kestrel"});

    std::string text(const std::string& line) { return protocol.handle(line); }
    nlohmann::json reply(const std::string& line);  // fails the test unless there is exactly one

    nlohmann::json initialize(const std::string& revision);                         // the result
    nlohmann::json call(const std::string& tool, const nlohmann::json& arguments);  // the result
    int executed();

    ToolRegistry registry{fixture_tools()};
    ToolHost host{};
    Protocol protocol;
};

// The params of a request of 2026-07-28, with all that one needs.
nlohmann::json modern_params();
nlohmann::json modern_params(nlohmann::json params);

std::string request(const nlohmann::json& id, const std::string& method);
std::string request(const nlohmann::json& id, const std::string& method,
                    const nlohmann::json& params);
std::string tool_request(const nlohmann::json& id, const std::string& tool);
std::string tool_request(const nlohmann::json& id, const std::string& tool,
                         const nlohmann::json& arguments);

}  // namespace aimem::mcp::test
