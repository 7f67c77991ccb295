// Input that breaks servers, and what ours must answer. After each line the next request is served.
// SPDX-License-Identifier: Apache-2.0
#include "mcp/limits.h"
#include "tests/mcp/fixture.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

constexpr const char* kNoId = "(none)";
constexpr int kSilence = 0;

// One line and the error it must give: code kSilence for no reply at all; id as raw JSON text.
struct Nasty {
    const char* what;
    std::string line;
    int code;
    std::string id = kNoId;
};

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

std::string call_with(const std::string& id, const std::string& text_json) {
    return R"({"jsonrpc":"2.0","id":)" + id +
           R"(,"method":"tools/call","params":{"name":"echo","arguments":{"text":)" + text_json +
           "}}}";
}

std::vector<Nasty> broken_json() {
    return {
        {"cut off", R"({"jsonrpc":"2.0","id":1,"method":)", -32700},
        {"blank", "   \t ", kSilence},
        {"empty", "", kSilence},
        {"invalid UTF-8", call_with("1", "\"\xFF\xC0\x80\xED\xA0\x80\""), -32700},
        {"overlong UTF-8", call_with("1", "\"\xC0\xAF\""), -32700},
        {"cut UTF-8 at the end", "\"abc\xE2\x82", -32700},
        {"number overflow", call_with("1", "1e999"), -32700},
        {"two values on one line", R"({"jsonrpc":"2.0","id":1,"method":"ping"} {})", -32700},
        {"raw control character", call_with("1", "\"a\x01z\""), -32700},
        {"100,000 deep, id first", call_with("7", nested(100'000)), -32600, "7"},
        {"100,000 deep, unclosed", call_with("7", std::string(100'000, '[')), -32600, "7"},
        {"100,000 deep objects, id last",
         R"({"jsonrpc":"2.0","method":"ping","params":)" + nested(100'000) + R"(,"id":"z"})",
         -32600, "\"z\""},
        {"deep and nothing else", std::string(200'000, '['), -32600},
        {"too many values",
         R"({"jsonrpc":"2.0","id":8,"method":"ping","params":{"a":[0)" +
             [] {
                 std::string many;
                 for (std::size_t i = 0; i <= kValuesMax; ++i) many += ",0";
                 return many;
             }() +
             "]}}",
         -32600, "8"},
        {"a string", R"("hello")", -32600},
        {"a number", "5", -32600},
        {"null", "null", -32600},
        {"words", "hello there", -32700},
    };
}

std::vector<Nasty> broken_envelopes() {
    return {
        {"jsonrpc 1.0", R"({"jsonrpc":"1.0","id":3,"method":"ping"})", -32600, "3"},
        {"jsonrpc absent", R"({"id":3,"method":"ping"})", -32600, "3"},
        {"jsonrpc a number", R"({"jsonrpc":2.0,"id":3,"method":"ping"})", -32600, "3"},
        {"id null", R"({"jsonrpc":"2.0","id":null,"method":"ping"})", -32600},
        {"id 1.5", R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", -32600},
        {"id 1e3", R"({"jsonrpc":"2.0","id":1e3,"method":"ping"})", -32600},
        {"id true", R"({"jsonrpc":"2.0","id":true,"method":"ping"})", -32600},
        {"id [1]", R"({"jsonrpc":"2.0","id":[1],"method":"ping"})", -32600},
        {"id {}", R"({"jsonrpc":"2.0","id":{},"method":"ping"})", -32600},
        {"method absent", R"({"jsonrpc":"2.0","id":4})", -32600, "4"},
        {"method 5", R"({"jsonrpc":"2.0","id":4,"method":5})", -32600, "4"},
        {"params a string", R"({"jsonrpc":"2.0","id":5,"method":"ping","params":"x"})", -32602,
         "5"},
        {"params an array", R"({"jsonrpc":"2.0","id":5,"method":"ping","params":[1]})", -32602,
         "5"},
        {"unknown method", R"({"jsonrpc":"2.0","id":6,"method":"no/such"})", -32601, "6"},
        {"roots, not ours", R"({"jsonrpc":"2.0","id":6,"method":"roots/list"})", -32601, "6"},
        {"prompt of no name", R"({"jsonrpc":"2.0","id":6,"method":"prompts/get"})", -32602, "6"},
        {"resource of no uri", R"({"jsonrpc":"2.0","id":6,"method":"resources/read","params":{}})",
         -32602, "6"},
        {"completion of nothing",
         R"({"jsonrpc":"2.0","id":6,"method":"completion/complete","params":{}})", -32602, "6"},
        {"logging, not declared", R"({"jsonrpc":"2.0","id":6,"method":"logging/setLevel"})", -32601,
         "6"},
        {"unknown notification", R"({"jsonrpc":"2.0","method":"notifications/nothing"})", kSilence},
        {"notification with bad params",
         R"({"jsonrpc":"2.0","method":"notifications/x","params":[1]})", kSilence},
        {"request method as notification", R"({"jsonrpc":"2.0","method":"tools/list"})", kSilence},
        {"stray response", R"({"jsonrpc":"2.0","id":9,"result":{}})", kSilence},
        {"stray error", R"({"jsonrpc":"2.0","id":9,"error":{"code":1,"message":"x"}})", kSilence},
        {"empty object", "{}", -32600},
        {"empty batch", "[]", -32600},
        {"batch without handshake", R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", -32600},
    };
}

std::vector<Nasty> broken_calls() {
    const auto call = [](const std::string& params) {
        return R"({"jsonrpc":"2.0","id":"c","method":"tools/call","params":)" + params + "}";
    };
    return {
        {"unknown tool", call(R"({"name":"no_such","arguments":{}})"), -32602, "\"c\""},
        {"no name", call(R"({"arguments":{}})"), -32602, "\"c\""},
        {"empty params", call("{}"), -32602, "\"c\""},
        {"null params", call("null"), -32602, "\"c\""},
        {"name a number", call(R"({"name":5})"), -32602, "\"c\""},
        {"arguments a string", call(R"({"name":"echo","arguments":"x"})"), -32602, "\"c\""},
        {"arguments an array", call(R"({"name":"echo","arguments":[]})"), -32602, "\"c\""},
        {"unknown cursor",
         R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}})", -32602, "1"},
        {"cursor a number",
         R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":1}})", -32602, "1"},
        {"discover without _meta", R"({"jsonrpc":"2.0","id":2,"method":"server/discover"})", -32602,
         "2"},
        {"listen for nothing said",
         request(2, "subscriptions/listen", modern_params({{"notifications", 5}})), -32602, "2"},
    };
}

void expect_error(TextServer& server, const Nasty& nasty) {
    SCOPED_TRACE(nasty.what);
    const int before = server.executed();
    const std::string text = server.text(nasty.line);
    if (nasty.code == kSilence) {
        EXPECT_EQ(text, "");
    } else {
        const json reply = json::parse(text, nullptr, false);
        ASSERT_TRUE(reply.is_object()) << text;
        EXPECT_EQ(reply["jsonrpc"], "2.0");
        EXPECT_EQ(reply["error"]["code"], nasty.code) << text;
        EXPECT_FALSE(reply["error"]["message"].get<std::string>().empty());
        EXPECT_EQ(reply.contains("id") ? reply["id"].dump() : kNoId, nasty.id);
        EXPECT_EQ(text.find('\n'), std::string::npos);
    }
    EXPECT_EQ(server.executed(), before) << "nothing may be executed";
    EXPECT_EQ(server.text(R"({"jsonrpc":"2.0","id":99,"method":"ping"})"),
              R"({"jsonrpc":"2.0","id":99,"result":{}})")
        << "the next request must be served";
}

TEST(NastyInput, BrokenJsonGetsAnErrorAndTheServerLives) {
    TextServer server;
    for (const Nasty& nasty : broken_json()) expect_error(server, nasty);
}

TEST(NastyInput, BrokenEnvelopesGetAnErrorAndTheServerLives) {
    TextServer server;
    for (const Nasty& nasty : broken_envelopes()) expect_error(server, nasty);
}

TEST(NastyInput, BrokenCallsGetAnErrorAndTheServerLives) {
    TextServer server;
    for (const Nasty& nasty : broken_calls()) expect_error(server, nasty);
}

TEST(NastyInput, AllOfItAlsoHoldsAfterAHandshake) {
    for (const char* revision : {"2025-06-18", "2025-11-25"}) {
        TextServer server;
        server.initialize(revision);
        for (const auto& table : {broken_json(), broken_envelopes(), broken_calls()}) {
            for (const Nasty& nasty : table) expect_error(server, nasty);
        }
    }
}

TEST(NastyInput, ALoneSurrogateIsServedAsReplacementCharacter) {
    TextServer server;
    for (const char* lone : {R"("\ud83d")", R"("a\ud83d b")", R"("\ude00")",
                             R"("\ud83d\ud83d\ude00")", R"("\ud83dA")", R"("\ud83d\n")"}) {
        const json reply = server.reply(call_with("5", lone));
        EXPECT_EQ(reply["id"], 5);
        const auto text = reply["result"]["structuredContent"]["text"].get<std::string>();
        EXPECT_NE(text.find("\xEF\xBF\xBD"), std::string::npos) << lone;
    }
    EXPECT_EQ(
        server.reply(call_with("5", R"("\ud83d\ude00")"))["result"]["structuredContent"]["text"],
        "\xF0\x9F\x98\x80")
        << "a whole pair stays";
    EXPECT_EQ(server.reply(call_with("5", R"("\\ud83d")"))["result"]["structuredContent"]["text"],
              "\\ud83d")
        << "an escaped backslash is no escape";
}

TEST(NastyInput, IdsComeBackByteByByte) {
    TextServer server;
    for (const char* id : {"0", "-1", R"("")", "9007199254740993", "123456789012345678901234567890",
                           "1", R"("1")", R"("\u00e9\"x")", R"("]}{[,:")", R"("\ud83d")"}) {
        const std::string expected =
            std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"result":{}})";
        EXPECT_EQ(
            server.text(std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"method":"ping"})"),
            expected);
        EXPECT_EQ(
            server.text(std::string(R"({"method":"ping", "id" : )") + id + R"( ,"jsonrpc":"2.0"})"),
            expected);
    }
    EXPECT_EQ(server.text(R"({"jsonrpc":"2.0","\u0069d":12,"method":"ping"})"),
              R"({"jsonrpc":"2.0","id":12,"result":{}})");
    EXPECT_EQ(
        server.text(
            R"({"jsonrpc":"2.0","params":{"id":4,"a":["id",{"id":5}]},"id":6,"method":"ping"})"),
        R"({"jsonrpc":"2.0","id":6,"result":{}})")
        << "only the outermost id counts";
}

TEST(NastyInput, NullAndAbsentParamsAreEmptyOnes) {
    TextServer server;
    EXPECT_TRUE(server.reply(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":null})")
                    .contains("result"));
    EXPECT_TRUE(
        server.reply(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})").contains("result"));
    const auto call = [&](const char* params) {
        return server.reply(
            std::string(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)") + params +
            "}");
    };
    EXPECT_TRUE(call(R"({"name":"count"})")["result"].contains("structuredContent"));
    EXPECT_TRUE(
        call(R"({"name":"count","arguments":null})")["result"].contains("structuredContent"));
}

TEST(NastyInput, AnUnknownToolIsNamedAndCutShort) {
    TextServer server;
    const json reply = server.reply(tool_request(1, "memory_sotre"));
    EXPECT_EQ(reply["error"]["message"], "Unknown tool: memory_sotre");
    const json huge = server.reply(tool_request(1, std::string(100'000, 'x')));
    EXPECT_LT(huge["error"]["message"].get<std::string>().size(), 200U);
}

TEST(NastyInput, BadArgumentsAreResultsThatNameTheFieldAndNothingRuns) {
    TextServer server;
    const int before = server.executed();
    for (const auto& [arguments, fragment] : std::vector<std::pair<json, std::string>>{
             {{{"text", 5}}, "text: must be a string, got 5"},
             {json::object(), "text: missing"},
             {{{"text", "x"}, {"colour", "red"}}, "colour: unknown argument; accepted are text"}}) {
        const json result = server.call("echo", arguments);
        EXPECT_EQ(result["isError"], true);
        const auto text = result["content"][0]["text"].get<std::string>();
        EXPECT_NE(text.find(fragment), std::string::npos) << text;
        EXPECT_FALSE(result.contains("structuredContent"));
    }
    EXPECT_EQ(server.executed(), before);
}

TEST(NastyInput, BytesOfAnOldDatabaseLeaveAsValidUtf8) {
    TextServer server;
    EXPECT_EQ(server.call("bad_bytes", json::object())["structuredContent"]["text"],
              "caf\xEF\xBF\xBD");
}

TEST(NastyInput, AnExceptionInAToolTellsTheClientNothing) {
    TextServer server;
    const json reply = server.reply(tool_request(1, "throw"));
    EXPECT_EQ(reply["error"]["code"], -32603);
    EXPECT_EQ(reply["error"]["message"], "Internal error");
}

}  // namespace
}  // namespace aimem::mcp::test
