// Many requests and large ones, in order and at once, and parents that die: on real processes.
// SPDX-License-Identifier: Apache-2.0
#include "mcp/limits.h"
#include "tests/mcp/stdio_fixture.h"

#include <set>

namespace aimem::mcp::test {
namespace {

using aimem::test::ms_since;

TEST_F(Stdio, PipelinedCallsTakeEffectAndAreAnsweredInTheirOrder) {
    constexpr int kRounds = 60;
    Process server(command());
    std::string lines;
    for (int i = 0; i < kRounds; ++i) {
        lines += call(2 * i, "memory_store",
                      {{"title", "Tea"}, {"content", "version " + std::to_string(i)}});
        lines += call(2 * i + 1, "memory_list", {{"limit", 1}});
    }
    server.write(lines);
    for (int i = 0; i < kRounds; ++i) {
        const json stored = reply(server);
        EXPECT_EQ(stored["id"], 2 * i);
        const json seen = reply(server);
        EXPECT_EQ(seen["id"], 2 * i + 1);
        EXPECT_EQ(seen["result"]["structuredContent"]["memories"][0]["content"],
                  "version " + std::to_string(i));
    }
}

TEST_F(Stdio, TwoServersOnOneFileLoseNothing) {
    constexpr int kEach = 200;
    Process first(command());
    Process second(command());
    for (const auto& [server, name] :
         {std::pair{&first, "first "}, std::pair{&second, "second "}}) {
        std::string lines;
        for (int i = 0; i < kEach; ++i)
            lines +=
                call(i, "memory_store", {{"title", name + std::to_string(i)}, {"content", "x"}});
        server->write(lines);
    }
    for (int i = 0; i < kEach; ++i) {
        EXPECT_FALSE(reply(first)["result"].contains("isError"));
        EXPECT_FALSE(reply(second)["result"].contains("isError"));
    }
    std::set<std::string> titles;
    json page{{"limit", kEach}};
    for (int more = 2; more > 0; --more) {
        first.write(call(1000, "memory_list", page));
        const json got = reply(first)["result"]["structuredContent"];
        for (const json& memory : got["memories"]) titles.insert(memory["title"]);
        if (got.contains("next_cursor")) page["cursor"] = got["next_cursor"];
    }
    EXPECT_EQ(titles.size(), 2U * kEach);
}

TEST_F(Stdio, ServesAThousandAndTwentyFourAtOnceAndRefusesTheRestAtOnce) {
    constexpr int kRequests = 1'100;
    constexpr int kAdmitted = static_cast<int>(kInFlightMax);
    Process server(command());
    std::string lines = call(0, "slow", {{"ms", 60'000}});
    for (int i = 1; i < kRequests; ++i) lines += call(i, "slow", {{"ms", 0}});
    server.write(lines);
    for (int i = kAdmitted; i < kRequests; ++i) {
        const json refused = reply(server);
        EXPECT_EQ(refused["id"], i) << "while the first is still at work";
        EXPECT_EQ(refused["error"]["code"], -32603);
    }
    server.write(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":0}})"
                 "\n");
    for (int i = 1; i < kAdmitted; ++i) EXPECT_EQ(reply(server)["id"], i);
    server.write(request(kRequests, "ping"));
    EXPECT_EQ(reply(server)["id"], kRequests) << "0 was not answered";
}

TEST_F(Stdio, ALineOfSixteenMebibytesIsServedAndOneByteMoreIsNot) {
    Process server(command());
    const std::string head = R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":")";
    const std::string tail = R"("}})";
    std::string line = head + std::string(kLineBytesMax - head.size() - tail.size(), 'x') + tail;
    ASSERT_TRUE(server.write(line + "\n", kSoon));
    EXPECT_EQ(reply(server, 3 * kSoon)["result"], json::object()) << "sanitizers need 6 s for it";
    line.insert(head.size(), "x");
    ASSERT_TRUE(server.write(line + "\n" + request(2, "ping"), kSoon));
    EXPECT_EQ(reply(server)["error"]["code"], -32600);
    EXPECT_EQ(reply(server)["id"], 2);
    EXPECT_LT(server.resident_kib(), kMemoryKib);
}

// The parent alone holds the other end of the server's stdin, as a host does; stdout is ours.
TEST_F(Stdio, EndsWhenItsParentIsKilled) {
    const Command server = command();
    const std::string pipe = (dir / "pipe").string();
    const std::string script = "mkfifo '" + pipe + "'; '" + server.argv[0] + "' '" +
                               server.argv[1] + "' <'" + pipe + "' & exec 3>'" + pipe +
                               "'; while read -r line; do echo \"$line\" >&3; done";
    Process parent({.argv = {"/bin/sh", "-c", script}, .stderr_file = server.stderr_file});
    parent.write(request(1, "ping"));
    EXPECT_EQ(reply(parent)["id"], 1);
    const auto start = aimem::test::Clock::now();
    parent.kill9();
    EXPECT_EQ(parent.read_to_end(kSoon), "");
    EXPECT_LT(ms_since(start), kShutdownMs) << "its stdout is still open";
}

}  // namespace
}  // namespace aimem::mcp::test
