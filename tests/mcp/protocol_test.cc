// The two eras of the protocol, batches, cancellation, identity. SPDX-License-Identifier:
// Apache-2.0
#include "mcp/limits.h"
#include "tests/mcp/fixture.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

constexpr const char* kServerInfo = "io.modelcontextprotocol/serverInfo";

json capabilities(bool announces_lists) {
    json out = json::object();
    for (const char* one : {"tools", "prompts", "completions"}) out[one] = json::object();
    out["resources"] = {{"subscribe", true}};
    if (announces_lists) out["resources"]["listChanged"] = true;
    return out;
}

TEST(Handshake, EachRevisionWeSpeakIsEchoed) {
    for (const char* revision : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
        TextServer server;
        const json result = server.initialize(revision);
        EXPECT_EQ(result["protocolVersion"], revision);
        EXPECT_EQ(result["serverInfo"], (json{{"name", "ai-memory"}, {"version", "1.2.3"}}));
        EXPECT_EQ(result["capabilities"], capabilities(false));
        EXPECT_EQ(result["instructions"], "Be kind.");
        EXPECT_FALSE(result.contains("resultType"));
    }
}

TEST(Handshake, AnyOtherRevisionGetsOurLatestHandshakeOne) {
    for (const char* revision : {"1999-01-01", "2099-01-01", "2026-07-28", ""}) {
        TextServer server;
        EXPECT_EQ(server.initialize(revision)["protocolVersion"], "2025-11-25");
    }
    TextServer server;
    EXPECT_EQ(server.reply(request(1, "initialize"))["result"]["protocolVersion"], "2025-11-25");
    EXPECT_EQ(server.reply(request(1, "initialize", {{"protocolVersion", 5}}))["error"]["code"],
              -32602);
}

TEST(Handshake, ASecondInitializeWins) {
    TextServer server;
    server.initialize("2025-11-25");
    EXPECT_EQ(server.initialize("2024-11-05")["protocolVersion"], "2024-11-05");
    EXPECT_EQ(server.text(R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])"),
              R"([{"jsonrpc":"2.0","id":1,"result":{}}])");
}

TEST(Handshake, RequestsAreServedWithoutIt) {
    TextServer server;
    EXPECT_TRUE(server.reply(request(1, "tools/list"))["result"].contains("tools"));
    EXPECT_EQ(server.call("echo", {{"text", "x"}})["structuredContent"], (json{{"text", "x"}}));
}

TEST(Handshake, TheInitializedNotificationIsNotAnswered) {
    TextServer server;
    server.initialize("2025-11-25");
    EXPECT_EQ(server.text(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"), "");
}

TEST(ToolsList, ShowsEachRevisionWhatItKnows) {
    const auto first_tool = [](const char* revision) {
        TextServer server;
        server.initialize(revision);
        return server.reply(request(1, "tools/list"))["result"]["tools"][0];
    };
    const json oldest = first_tool("2024-11-05");
    EXPECT_TRUE(oldest.contains("inputSchema"));
    EXPECT_FALSE(oldest.contains("annotations"));
    const json second = first_tool("2025-03-26");
    EXPECT_TRUE(second.contains("annotations"));
    EXPECT_FALSE(second.contains("outputSchema"));
    for (const char* revision : {"2025-06-18", "2025-11-25"}) {
        const json tool = first_tool(revision);
        EXPECT_EQ(tool["title"], "Echo");
        EXPECT_TRUE(tool.contains("outputSchema"));
        EXPECT_EQ(tool["annotations"], (json{{"readOnlyHint", true},
                                             {"destructiveHint", false},
                                             {"idempotentHint", true},
                                             {"openWorldHint", false}}));
    }
}

TEST(ToolsList, IsTheSameTextEachTimeAndInTheOrderOfTheTable) {
    TextServer server;
    const std::string first = server.text(request(1, "tools/list"));
    server.call("echo", {{"text", "x"}});
    EXPECT_EQ(server.text(request(1, "tools/list")), first);
    EXPECT_EQ(server.text(request(1, "tools/list", {{"cursor", ""}})), first);
    std::vector<std::string> names;
    const json reply = json::parse(first);
    for (const json& tool : reply["result"]["tools"]) names.push_back(tool["name"]);
    EXPECT_EQ(names,
              (std::vector<std::string>{"echo", "fail", "count", "throw", "whoami", "bad_bytes"}));
}

TEST(ToolsCall, AnswersStructuredAndAsTheSameJsonText) {
    TextServer server;
    const json result = server.call("echo", {{"text", "a \"b\"\n"}});
    EXPECT_EQ(result["content"][0]["type"], "text");
    EXPECT_EQ(json::parse(result["content"][0]["text"].get<std::string>()),
              result["structuredContent"]);
    EXPECT_FALSE(result.contains("isError"));
    server.initialize("2025-03-26");
    EXPECT_FALSE(server.call("echo", {{"text", "x"}}).contains("structuredContent"))
        << "2025-03-26 does not know it";
}

TEST(ToolsCall, EveryFailureIsAResultTheModelCanRead) {
    TextServer server;
    for (int code = 0; code <= static_cast<int>(Errc::peer); ++code) {
        const json result = server.call("fail", {{"code", code}});
        EXPECT_EQ(result["isError"], true);
        EXPECT_FALSE(result["content"][0]["text"].get<std::string>().empty());
    }
    const auto text = [&server](Errc code) {
        return server.call("fail", {{"code", static_cast<int>(code)}})["content"][0]["text"]
            .get<std::string>();
    };
    EXPECT_EQ(text(Errc::conflict), "as asked");
    EXPECT_NE(text(Errc::not_found).find("memory_search"), std::string::npos);
    EXPECT_EQ(text(Errc::storage).find("as asked"), std::string::npos) << "it may hold SQL";
}

TEST(Modern, DiscoverTellsVersionsCapabilitiesAndHowLongToKeepThem) {
    TextServer server;
    const json result = server.reply(request("d", "server/discover", modern_params()))["result"];
    EXPECT_EQ(result["supportedVersions"], json::array({"2026-07-28"}));
    EXPECT_EQ(result["capabilities"], capabilities(true));
    EXPECT_EQ(result["resultType"], "complete");
    EXPECT_EQ(result["ttlMs"], 3600000);
    EXPECT_EQ(result["cacheScope"], "public");
    EXPECT_EQ(result["_meta"][kServerInfo]["name"], "ai-memory");
}

TEST(Modern, ACallNeedsNoHandshake) {
    TextServer server;
    const json reply = server.reply(request(
        1, "tools/call", modern_params({{"name", "echo"}, {"arguments", {{"text", "x"}}}})));
    EXPECT_EQ(reply["result"]["resultType"], "complete");
    EXPECT_EQ(reply["result"]["structuredContent"]["text"], "x");
    EXPECT_EQ(reply["result"]["_meta"][kServerInfo]["version"], "1.2.3");
    EXPECT_FALSE(reply["result"].contains("ttlMs")) << "a call is not cacheable";
    const json list = server.reply(request(2, "tools/list", modern_params()))["result"];
    EXPECT_EQ(list["cacheScope"], "public");
    EXPECT_EQ(list["tools"].size(), fixture_tools().size());
}

TEST(Modern, RemovedMethodsAreUnknown) {
    TextServer server;
    server.initialize("2025-11-25");
    for (const char* method :
         {"initialize", "ping", "logging/setLevel", "resources/subscribe", "tasks/get"}) {
        EXPECT_EQ(server.reply(request(1, method, modern_params()))["error"]["code"], -32601)
            << method;
    }
}

TEST(Modern, AnotherVersionIsRefusedWithTheOnesWeSpeak) {
    TextServer server;
    for (const char* version : {"2099-12-31", "2025-11-25", ""}) {
        json params = modern_params();
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = version;
        const json error = server.reply(request(1, "tools/list", params))["error"];
        EXPECT_EQ(error["code"], -32022);
        EXPECT_EQ(error["data"], (json{{"supported", {"2026-07-28"}}, {"requested", version}}));
    }
}

TEST(Modern, IncompleteMetaIsRefused) {
    TextServer server;
    const auto code_without = [&](const char* key) {
        json params = modern_params();
        params["_meta"].erase(key);
        return server.reply(request("x", "server/discover", params))["error"]["code"];
    };
    EXPECT_EQ(code_without("io.modelcontextprotocol/protocolVersion"), -32602);
    EXPECT_EQ(code_without("io.modelcontextprotocol/clientCapabilities"), -32602);
    const auto code_with = [&](const char* key, const json& value) {
        json params = modern_params();
        params["_meta"][key] = value;
        return server.reply(request("x", "server/discover", params))["error"]["code"];
    };
    EXPECT_EQ(code_with("io.modelcontextprotocol/clientCapabilities", 5), -32602);
    EXPECT_EQ(code_with("io.modelcontextprotocol/clientInfo", {{"name", "x"}}), -32602);
    EXPECT_EQ(code_with("io.modelcontextprotocol/logLevel", "loud"), -32602);
    EXPECT_EQ(code_with("io.modelcontextprotocol/protocolVersion", 5), -32602);
    EXPECT_EQ(server.reply(request(1, "server/discover", {{"_meta", "x"}}))["error"]["code"],
              -32602);
}

TEST(Modern, AClientWithoutANameIsServed) {
    TextServer server;
    json params = modern_params();
    params["_meta"].erase("io.modelcontextprotocol/clientInfo");
    params["_meta"]["com.example/extra"] = {1, 2};
    EXPECT_TRUE(server.reply(request(1, "server/discover", params)).contains("result"));
}

TEST(Eras, ProbeThenHandshakeThenModernInOneProcess) {
    TextServer server;
    json future = modern_params();
    future["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2027-01-01";
    EXPECT_EQ(server.reply(request(1, "server/discover", future))["error"]["code"], -32022);
    EXPECT_EQ(server.initialize("2025-06-18")["protocolVersion"], "2025-06-18");
    EXPECT_FALSE(server.reply(request(2, "tools/list"))["result"].contains("resultType"));
    EXPECT_TRUE(
        server.reply(request(3, "tools/list", modern_params()))["result"].contains("resultType"));
    EXPECT_FALSE(server.reply(request(4, "tools/list"))["result"].contains("resultType"));
}

TEST(Batch, IsOneArrayWithoutNotifications) {
    for (const char* revision : {"2024-11-05", "2025-03-26"}) {
        TextServer server;
        server.initialize(revision);
        const json replies = json::parse(server.text(
            "[" + request(1, "ping") + ", " + R"({"jsonrpc":"2.0","method":"notifications/x"})" +
            " ," + tool_request("two", "echo", {{"text", "],["}}) + ",5," +
            request(3, "initialize") + "]"));
        ASSERT_EQ(replies.size(), 4U);
        EXPECT_EQ(replies[0]["result"], json::object());
        EXPECT_EQ(replies[1]["id"], "two");
        EXPECT_NE(replies[1]["result"]["content"][0]["text"].get<std::string>().find("],["),
                  std::string::npos);
        EXPECT_EQ(replies[2]["error"]["code"], -32600);
        EXPECT_FALSE(replies[2].contains("id"));
        EXPECT_EQ(replies[3]["error"]["code"], -32600);
        EXPECT_EQ(replies[3]["id"], 3);
        EXPECT_EQ(server.text(R"([{"jsonrpc":"2.0","method":"notifications/x"}])"), "");
        EXPECT_EQ(server.reply("[]")["error"]["code"], -32600);
        EXPECT_EQ(server.reply(R"([{"jsonrpc":"2.0","id":1,"method":"ping"},])")["error"]["code"],
                  -32700);
        EXPECT_EQ(server.protocol.in_flight(), 0U);
    }
}

TEST(Batch, NewerRevisionsRefuseItWhole) {
    for (const char* revision : {"2025-06-18", "2025-11-25"}) {
        TextServer server;
        server.initialize(revision);
        const int before = server.executed();
        const json reply = server.reply("[" + tool_request(1, "echo", {{"text", "x"}}) + "]");
        EXPECT_EQ(reply["error"]["code"], -32600);
        EXPECT_FALSE(reply.contains("id"));
        EXPECT_EQ(server.executed(), before);
    }
}

std::string cancel(const json& id) {
    return json{
        {"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", id}}}}
        .dump();
}

TEST(Cancel, AWaitingCallIsNeitherRunNorAnswered) {
    TextServer server;
    const int before = server.executed();
    Taken taken = server.protocol.take(tool_request(7, "echo", {{"text", "x"}}));
    ASSERT_TRUE(taken.job.has_value());
    EXPECT_EQ(taken.reply, "");
    EXPECT_EQ(server.text(cancel(7)), "");
    EXPECT_EQ(server.protocol.run(std::move(*taken.job)), "");
    EXPECT_EQ(server.executed(), before);
    EXPECT_EQ(server.protocol.in_flight(), 0U);
}

TEST(Cancel, HitsOnlyTheIdOfTheSameType) {
    TextServer server;
    Taken number = server.protocol.take(tool_request(1, "echo", {{"text", "x"}}));
    Taken text = server.protocol.take(tool_request("1", "echo", {{"text", "x"}}));
    server.text(cancel(1));
    EXPECT_EQ(server.protocol.run(std::move(*number.job)), "");
    EXPECT_NE(server.protocol.run(std::move(*text.job)), "");
}

TEST(Cancel, OfNothingOrNonsenseIsIgnored) {
    TextServer server;
    for (const json& id : {json(5), json("x"), json(nullptr), json(1.5), json(true), json::array(),
                           json::object()}) {
        EXPECT_EQ(server.text(cancel(id)), "");
    }
    EXPECT_EQ(server.text(R"({"jsonrpc":"2.0","method":"notifications/cancelled"})"), "");
    EXPECT_EQ(server.call("echo", {{"text", "x"}})["structuredContent"]["text"], "x");
}

TEST(Cancel, BelongsToTheNewerOfTwoEqualIds) {
    TextServer server;
    Taken older = server.protocol.take(tool_request(1, "echo", {{"text", "older"}}));
    Taken newer = server.protocol.take(tool_request(1, "echo", {{"text", "newer"}}));
    server.text(cancel(1));
    EXPECT_NE(server.protocol.run(std::move(*older.job)).find("older"), std::string::npos);
    EXPECT_EQ(server.protocol.run(std::move(*newer.job)), "");
    EXPECT_EQ(server.protocol.in_flight(), 0U);
}

TEST(InFlightLimit, TheRequestAboveItIsRefusedAndTheOthersServed) {
    TextServer server;
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < kInFlightMax; ++i) {
        Taken taken = server.protocol.take(tool_request(i, "echo", {{"text", "x"}}));
        ASSERT_TRUE(taken.job.has_value());
        jobs.push_back(std::move(*taken.job));
    }
    const Taken refused = server.protocol.take(tool_request("late", "echo", {{"text", "x"}}));
    EXPECT_FALSE(refused.job.has_value());
    EXPECT_EQ(json::parse(refused.reply)["error"]["code"], -32603);
    EXPECT_EQ(server.text(request(1, "ping")), R"({"jsonrpc":"2.0","id":1,"result":{}})");
    for (Job& job : jobs) EXPECT_NE(server.protocol.run(std::move(job)), "");
    EXPECT_TRUE(server.call("echo", {{"text", "x"}}).contains("structuredContent"));
}

TEST(InFlightLimit, CountsBytesToo) {
    InFlight requests;
    const auto large = requests.admit({"1", "i1"}, kInFlightBytesMax - 10);
    ASSERT_NE(large, nullptr);
    EXPECT_EQ(requests.admit({"2", "i2"}, 11), nullptr);
    EXPECT_NE(requests.admit({"3", "i3"}, 10), nullptr);
    EXPECT_TRUE(requests.finish(large));
    EXPECT_NE(requests.admit({"4", "i4"}, 11), nullptr);
}

std::string agent_of(TextServer& server, const json& params) {
    return server.reply(
        request(1, "tools/call", params))["result"]["structuredContent"]["agent_id"];
}

TEST(Identity, ComesFromTheClientOfTheSessionOrOfTheRequest) {
    TextServer server;
    EXPECT_EQ(agent_of(server, {{"name", "whoami"}}), "host:kestrel");
    server.initialize("2025-11-25");
    EXPECT_EQ(agent_of(server, {{"name", "whoami"}}), "ai:tester@kestrel");
    EXPECT_EQ(agent_of(server, modern_params({{"name", "whoami"}})), "ai:modern@kestrel");
    json nameless = modern_params({{"name", "whoami"}});
    nameless["_meta"].erase("io.modelcontextprotocol/clientInfo");
    EXPECT_EQ(agent_of(server, nameless), "host:kestrel") << "nothing of an earlier request";
}

TEST(Identity, TheConfiguredOneWins) {
    TextServer server({"ops:night", "kestrel"});
    server.initialize("2025-11-25");
    EXPECT_EQ(agent_of(server, {{"name", "whoami"}}), "ops:night");
}

TEST(Identity, NamesAreCleaned) {
    const AgentNames names{"", "my host.local"};
    EXPECT_EQ(agent_label(names, "Claude Code (v2)"), "ai:Claude-Code-v2@my-host.local");
    EXPECT_EQ(agent_label(names, "  "), "host:my-host.local");
    EXPECT_EQ(agent_label({"", ""}, "x"), "ai:x@unknown");
    EXPECT_LE(agent_label({"", std::string(1000, 'h')}, std::string(1000, 'c')).size(), 128U);
}

}  // namespace
}  // namespace aimem::mcp::test
