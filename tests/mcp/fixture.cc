#include "tests/mcp/fixture.h"

#include "mcp/rpc.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <stdexcept>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

std::atomic<int> g_executed{0};

constexpr std::string_view kAnything = R"({"type":"object"})";

Result<ToolAnswer> echo(const ToolCall& call) {
    ++g_executed;
    return ToolAnswer{.structured = to_text(json{{"text", call.arguments.at("text")}})};
}

Result<ToolAnswer> fail_tool(const ToolCall& call) {
    ++g_executed;
    const auto code = static_cast<Errc>(call.arguments.at("code").get<int>());
    return fail(code, "as asked");
}

Result<ToolAnswer> count(const ToolCall& /*call*/) {
    return ToolAnswer{.structured = to_text(json{{"count", g_executed.load()}})};
}

Result<ToolAnswer> throw_tool(const ToolCall& /*call*/) {
    ++g_executed;
    throw std::runtime_error("secret path /var/lib");
}

Result<ToolAnswer> whoami(const ToolCall& call) {
    return ToolAnswer{.structured = to_text(json{{"agent_id", call.agent_id}})};
}

Result<ToolAnswer> bad_bytes(const ToolCall& /*call*/) {
    return ToolAnswer{.structured = to_text(json{{"text", "caf\xE9"}})};
}

constexpr std::array<Tool, 6> kTools{{
    {"echo", "Echo", "Returns its text.", Effect::reads,
     R"({"type":"object","properties":{"text":{"type":"string"}},"required":["text"],"additionalProperties":false})",
     kAnything, &echo},
    {"fail", "Fail", "Fails with a code.", Effect::destroys,
     R"({"type":"object","properties":{"code":{"type":"integer"}},"required":["code"],"additionalProperties":false})",
     kAnything, &fail_tool},
    {"count", "Count", "How many calls were executed.", Effect::reads, kAnything, kAnything,
     &count},
    {"throw", "Throw", "Throws.", Effect::adds, kAnything, kAnything, &throw_tool},
    {"whoami", "Who am I", "The agent id.", Effect::reads, kAnything, kAnything, &whoami},
    {"bad_bytes", "Bad bytes", "Text of an old database.", Effect::settles, kAnything, kAnything,
     &bad_bytes},
}};

}  // namespace

std::span<const Tool> fixture_tools() {
    return kTools;
}

TextServer::TextServer(AgentNames agent)
    : host{.registry = &registry, .version = "1.2.3"},
      protocol({.server_version = "1.2.3", .instructions = "Be kind.", .agent = std::move(agent)},
               host) {}

json TextServer::reply(const std::string& line) {
    const std::string text = protocol.handle(line);
    json value = json::parse(text, nullptr, false);
    EXPECT_TRUE(value.is_object()) << "to " << line << " came: " << text;
    return value.is_object() ? value : json::object();
}

json TextServer::initialize(const std::string& revision) {
    return reply(request(0, "initialize",
                         {{"protocolVersion", revision},
                          {"capabilities", json::object()},
                          {"clientInfo", {{"name", "tester"}, {"version", "1"}}}}))["result"];
}

json TextServer::call(const std::string& tool, const json& arguments) {
    return reply(tool_request("call", tool, arguments))["result"];
}

int TextServer::executed() {
    return call("count", json::object())["structuredContent"]["count"].get<int>();
}

json modern_params() {
    return modern_params(json::object());
}

json modern_params(json params) {
    params["_meta"] = {
        {"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
        {"io.modelcontextprotocol/clientCapabilities", json::object()},
        {"io.modelcontextprotocol/clientInfo", {{"name", "modern"}, {"version", "2"}}}};
    return params;
}

std::string request(const json& id, const std::string& method) {
    return request(id, method, json::object());
}

std::string request(const json& id, const std::string& method, const json& params) {
    return json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump();
}

std::string tool_request(const json& id, const std::string& tool) {
    return tool_request(id, tool, json::object());
}

std::string tool_request(const json& id, const std::string& tool, const json& arguments) {
    return request(id, "tools/call", {{"name", tool}, {"arguments", arguments}});
}

}  // namespace aimem::mcp::test
