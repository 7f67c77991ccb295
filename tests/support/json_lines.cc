#include "tests/support/json_lines.h"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace aimem::test {

using nlohmann::json;

McpClient::McpClient(const Command& command, Millis deadline)
    : process_(command),
      deadline_(deadline) {}

json McpClient::initialize(const std::string& revision) {
    json reply = request("initialize", {{"protocolVersion", revision},
                                        {"capabilities", json::object()},
                                        {"clientInfo", {{"name", "test"}, {"version", "1"}}}});
    notify("notifications/initialized", json::object());
    return reply;
}

json McpClient::request(const std::string& method, const json& params) {
    const int id = next_id_++;
    send_line(json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump());
    const Deadline deadline(deadline_);
    for (;;) {
        const auto line = process_.read_line(Millis(deadline.left_ms()));
        if (!line) throw std::runtime_error("no reply to " + method);
        json reply = json::parse(*line, nullptr, false);
        if (reply.is_discarded()) throw std::runtime_error("no JSON on stdout: " + *line);
        if (reply.contains("id") && reply["id"] == id) return reply;
    }
}

void McpClient::notify(const std::string& method, const json& params) {
    send_line(json{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}.dump());
}

json McpClient::tool_result(const std::string& name, const json& arguments) {
    json reply = request("tools/call", {{"name", name}, {"arguments", arguments}});
    if (!reply.contains("result")) throw std::runtime_error(name + ": " + reply.dump());
    return std::move(reply["result"]);
}

json McpClient::tool(const std::string& name, const json& arguments) {
    json result = tool_result(name, arguments);
    if (result.value("isError", false)) throw std::runtime_error(name + ": " + result.dump());
    return std::move(result.at("structuredContent"));
}

void McpClient::send_line(std::string_view line) {
    std::string bytes(line);
    bytes += '\n';
    if (!process_.write(bytes, deadline_)) throw std::runtime_error("the MCP server reads no more");
}

std::optional<int> McpClient::finish(Millis within) {
    process_.close_stdin();
    return process_.wait(within);
}

}  // namespace aimem::test
