// What a program adds to the protocol: answers of its own, results of other types, tools that need
// something of the client. SPDX-License-Identifier: Apache-2.0
#include "tests/mcp/fixture.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <string>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

Result<ToolAnswer> ask_first(const ToolCall& call) {
    if (call.params.contains("inputResponses"))
        return ToolAnswer{.result = R"({"content":[{"type":"text","text":"done"}]})"};
    return ToolAnswer{.result = R"({"resultType":"input_required","inputRequests":{"a":{}}})"};
}

constexpr std::array<Tool, 1> kAsking{
    {{"ask", "Ask", "Asks first.", Effect::reads, R"({"type":"object"})", R"({"type":"object"})",
      &ask_first, kEverywhere, R"({"sampling":{}})"}}};

std::optional<MethodResult> own_answer(std::string_view method, const json& params) {
    if (method == "logging/setLevel") return "{}";
    if (method == "resources/read" && params.value("uri", "") == "own://a")
        return R"({"contents":[]})";
    return std::nullopt;
}

class WithExtras : public testing::Test {
protected:
    json reply(const std::string& line) { return json::parse(protocol_.handle(line)); }
    json call(json params) {
        params["name"] = "ask";
        return reply(request(1, "tools/call", params));
    }
    static json able_to(const char* capability) {
        json params = modern_params();
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"][capability] = json::object();
        return params;
    }

    ToolRegistry registry_{kAsking};
    ToolHost host_{.registry = &registry_, .version = "1"};
    Protocol protocol_{
        {.server_version = "1",
         .agent = {"", "kestrel"},
         .extras = {.answer = &own_answer, .handshake_capabilities = R"("logging":{},)"}},
        host_};
};

TEST_F(WithExtras, TheProgramIsAskedFirstAndTheServerForTheRest) {
    EXPECT_EQ(reply(request(1, "logging/setLevel"))["result"], json::object());
    EXPECT_EQ(reply(request(1, "resources/read", {{"uri", "own://a"}}))["result"],
              (json{{"contents", json::array()}}));
    EXPECT_EQ(reply(request(1, "resources/read", {{"uri", "own://b"}}))["error"]["code"], -32002);
    const json hello = reply(request(1, "initialize", {{"protocolVersion", "2025-11-25"}}));
    EXPECT_EQ(hello["result"]["capabilities"]["logging"], json::object());
    EXPECT_TRUE(hello["result"]["capabilities"].contains("tools"));
}

TEST_F(WithExtras, AResultOfAnotherTypeIsNeitherCompleteNorToBeKept) {
    const json asked = call(able_to("sampling"))["result"];
    EXPECT_EQ(asked["resultType"], "input_required");
    EXPECT_TRUE(asked["_meta"].contains("io.modelcontextprotocol/serverInfo"));
    json again = able_to("sampling");
    again["inputResponses"] = json::object();
    const json done = call(again)["result"];
    EXPECT_EQ(done["resultType"], "complete");
    EXPECT_EQ(done["content"][0]["text"], "done");
}

TEST_F(WithExtras, AToolIsNotRunForAClientThatCannotDoWhatItNeeds) {
    const json refused = call(able_to("roots"))["error"];
    EXPECT_EQ(refused["code"], -32021);
    EXPECT_EQ(refused["data"], (json{{"requiredCapabilities", {{"sampling", json::object()}}}}));
    EXPECT_EQ(call(json::object())["error"]["code"], -32602) << "a code of 2026-07-28 alone";
}

TEST(WithoutExtras, ThereIsNoLogLevel) {
    TextServer server;
    EXPECT_EQ(server.reply(request(1, "logging/setLevel", {{"level", "info"}}))["error"]["code"],
              -32601);
    EXPECT_FALSE(server.initialize("2025-11-25")["capabilities"].contains("logging"));
}

}  // namespace
}  // namespace aimem::mcp::test
