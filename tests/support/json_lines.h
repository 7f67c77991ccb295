// McpClient: drives an `ai-memory mcp` process by JSON-RPC lines on its pipes, the way an assistant
// does. One thread at a time; replies are matched by id, whatever else arrives is kept for
// next_line(). Throws std::runtime_error when no reply comes in time. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "tests/support/process.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace aimem::test {

class McpClient {
public:
    explicit McpClient(const Command& command, Millis deadline = Millis(10'000));

    nlohmann::json initialize(
        const std::string& revision = "2025-11-25");  // and the notification after
    nlohmann::json request(const std::string& method,
                           const nlohmann::json& params);  // the whole reply
    void notify(const std::string& method, const nlohmann::json& params);
    // The result's structuredContent; throws with the text when the tool reports an error.
    nlohmann::json tool(const std::string& name, const nlohmann::json& arguments);
    // The result as it came, isError and all.
    nlohmann::json tool_result(const std::string& name, const nlohmann::json& arguments);

    void send_line(std::string_view line);
    std::optional<std::string> next_line(Millis within) { return process_.read_line(within); }

    Process& process() { return process_; }
    std::optional<int> finish(Millis within);  // closes stdin and waits for the exit code

private:
    Process process_;
    Millis deadline_;
    int next_id_ = 1;
};

}  // namespace aimem::test
