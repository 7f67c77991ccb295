// The server as a process on real pipes. SPDX-License-Identifier: Apache-2.0
#include "tests/mcp/stdio_fixture.h"

#include <csignal>
#include <set>

namespace aimem::mcp::test {
namespace {

using aimem::test::eventually;
using aimem::test::McpClient;
using aimem::test::ms_since;

constexpr std::size_t kPipeBytes = 60'000;  // a little less than a pipe holds

// By the process, to all of its files; 0 when the kernel does not tell.
std::size_t bytes_written(const Process& server) {
    const std::string io = aimem::test::read_file("/proc/" + std::to_string(server.pid()) + "/io");
    const std::size_t at = io.find("wchar: ");
    return at == std::string::npos ? 0 : std::stoul(io.substr(at + 7));
}

TEST_F(Stdio, AnswersWhatNeedsNoDatabaseWithoutOpeningIt) {
    Process server(command());
    server.write(request(1, "initialize", {{"protocolVersion", "2025-11-25"}}));
    server.write(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
                 "\n");
    server.write(request(2, "tools/list") + request(3, "ping") + call(4, "memory_capabilities"));
    EXPECT_EQ(reply(server)["result"]["serverInfo"]["name"], "ai-memory");
    EXPECT_TRUE(reply(server)["result"]["tools"].is_array());
    EXPECT_EQ(reply(server)["result"], json::object());
    EXPECT_TRUE(reply(server)["result"].contains("structuredContent"));
    EXPECT_FALSE(std::filesystem::exists(database()));
    server.close_stdin();
    EXPECT_EQ(server.wait(kSoon), 0);
}

TEST_F(Stdio, StoresAndFindsAgain) {
    McpClient client(command());
    client.initialize();
    const json stored =
        client.tool("memory_store", {{"title", "Tea"}, {"content", "Green, in the morning"}});
    EXPECT_EQ(client.tool("memory_get", {{"id", stored["id"]}})["content"],
              "Green, in the morning");
    EXPECT_EQ(client.tool("memory_recall", {{"context", "what tea"}})["memories"][0]["id"],
              stored["id"]);
    EXPECT_EQ(client.finish(kSoon), 0);
}

TEST_F(Stdio, PipelinedStoresAreAllThere) {
    constexpr int kStores = 200;
    Process server(command());
    std::string lines;
    for (int i = 0; i < kStores; ++i) {
        lines +=
            call(i, "memory_store", {{"title", "note " + std::to_string(i)}, {"content", "text"}});
    }
    server.write(lines);
    std::set<int> answered;
    for (int i = 0; i < kStores; ++i) {
        const json got = reply(server);
        ASSERT_TRUE(got.is_object());
        EXPECT_FALSE(got["result"].contains("isError")) << got;
        answered.insert(got["id"].get<int>());
    }
    EXPECT_EQ(answered.size(), static_cast<std::size_t>(kStores));
    server.write(call(1000, "memory_list", {{"limit", kStores}}));
    EXPECT_EQ(reply(server)["result"]["structuredContent"]["count"], kStores);
}

TEST_F(Stdio, ALastLineWithoutNewlineIsServedBeforeTheEnd) {
    Process server(command());
    const auto start = aimem::test::Clock::now();
    server.write(call(1, "memory_store", {{"title", "Tea"}, {"content", "x"}}));
    server.write(R"({"jsonrpc":"2.0","id":2,"method":"ping"})");
    server.close_stdin();
    std::set<int> answered;
    answered.insert(reply(server)["id"].get<int>());
    answered.insert(reply(server)["id"].get<int>());
    EXPECT_EQ(answered, (std::set<int>{1, 2}));
    EXPECT_EQ(server.wait(kSoon), 0);
    EXPECT_LT(ms_since(start), kShutdownMs + 1'000);
}

TEST_F(Stdio, PingOvertakesASlowCallAndACancelledCallIsNeverAnswered) {
    Process server(command());
    server.write(call(1, "slow", {{"ms", 60'000}}) + request(2, "ping"));
    EXPECT_EQ(reply(server)["id"], 2);
    server.write(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})"
                 "\n");
    server.write(call(3, "memory_capabilities"));
    EXPECT_EQ(reply(server)["id"], 3) << "the strand is free again, and 1 was not answered";
    server.close_stdin();
    EXPECT_EQ(server.read_to_end(kSoon), "");
    EXPECT_EQ(server.wait(kSoon), 0);
}

TEST_F(Stdio, SigtermLetsWhatWasReadFinishAndExitsWithZero) {
    Process server(command());
    server.write(call(1, "slow", {{"ms", 200}}) + request(2, "ping"));
    EXPECT_EQ(reply(server)["id"], 2);  // so both were read
    const auto start = aimem::test::Clock::now();
    server.signal(SIGTERM);
    EXPECT_EQ(reply(server)["id"], 1);
    EXPECT_EQ(server.wait(kSoon), 0);
    EXPECT_LT(ms_since(start), kShutdownMs);
}

TEST_F(Stdio, WhatWouldTakeTooLongIsLeftBehindAtTheEnd) {
    Process server(command());
    std::string lines;
    for (int i = 0; i < 20; ++i) lines += call(i, "slow", {{"ms", 1'000}});
    server.write(lines + request(99, "ping"));
    EXPECT_EQ(reply(server)["id"], 99);
    const auto start = aimem::test::Clock::now();
    server.close_stdin();
    EXPECT_EQ(server.wait(kSoon), 0);
    EXPECT_LT(ms_since(start), kShutdownMs);
}

TEST_F(Stdio, EndsByItselfWhenNobodyReadsItsAnswers) {
    Command shell = command();
    const std::string program = "'" + shell.argv[0] + "' '" + shell.argv[1] + "'";
    shell.argv = {"/bin/sh", "-c", "{ " + program + "; echo status $? >&2; } | head -n 1"};
    Process pipeline(shell);
    pipeline.write(request(1, "ping"));  // head takes this answer and goes
    EXPECT_EQ(reply(pipeline)["id"], 1);
    EXPECT_EQ(pipeline.wait(kSoon), 0) << "stdin is still open";
    EXPECT_NE(errors().find("status 0"), std::string::npos) << errors();
}

TEST_F(Stdio, AClientThatDoesNotReadCannotKeepItAlive) {
    Process server(command());
    server.write(request(1, "ping"));
    EXPECT_EQ(reply(server)["id"], 1);
    server.write(call(2, "bulky", {{"bytes", 1'000'000}}));
    ASSERT_TRUE(eventually(kSoon, [&] { return bytes_written(server) > kPipeBytes; }));
    const auto start = aimem::test::Clock::now();
    server.signal(SIGTERM);
    EXPECT_EQ(server.wait(kSoon), 0);
    EXPECT_LT(ms_since(start), kShutdownMs);
}

TEST_F(Stdio, ABulkyAnswerArrivesWhole) {
    Process server(command());
    server.write(call(1, "bulky", {{"bytes", 1'000'000}}));
    EXPECT_EQ(reply(server)["result"]["structuredContent"]["text"].get<std::string>().size(),
              1'000'000U);
}

TEST_F(Stdio, AnEndlessLineGetsOneErrorAndBoundedMemory) {
    Process server(command());
    server.write(request(1, "ping"));
    EXPECT_EQ(reply(server)["id"], 1);
    const std::string chunk(1U << 20, 'x');
    for (int i = 0; i < 32; ++i) ASSERT_TRUE(server.write(chunk));
    server.write("\n" + request(2, "ping"));
    const json error = reply(server);
    EXPECT_EQ(error["error"]["code"], -32600);
    EXPECT_FALSE(error.contains("id"));
    EXPECT_EQ(reply(server)["id"], 2);
    EXPECT_LT(server.resident_kib(), kMemoryKib);
}

TEST_F(Stdio, NothingButProtocolReachesStdout) {
    Command loud = command();
    loud.env["AI_MEMORY_LOG"] = "debug";
    Process server(loud);
    server.write(call(1, "noisy") + "garbage\n" +
                 call(2, "memory_store", {{"title", "a"}, {"content", "b"}}) + call(3, "no_such") +
                 call(4, "memory_get", {{"id", "nope"}}) + request(5, "ping"));
    server.close_stdin();
    const std::string out = server.read_to_end(kSoon);
    int lines = 0;
    for (std::size_t at = 0; at < out.size(); ++lines) {
        const std::size_t end = out.find('\n', at);
        ASSERT_NE(end, std::string::npos) << "every message ends with a newline";
        EXPECT_TRUE(json::accept(out.substr(at, end - at))) << out.substr(at, end - at);
        at = end + 1;
    }
    EXPECT_EQ(lines, 6);
    EXPECT_NE(errors().find("noise on stdout"), std::string::npos);
}

TEST_F(Stdio, ADatabaseThatCannotBeOpenedFailsTheCallAndNotTheServer) {
    std::filesystem::create_directory(database());
    Process server(command());
    for (int id = 1; id <= 2; ++id) {
        server.write(call(id, "memory_list"));
        const json got = reply(server);
        EXPECT_EQ(got["result"]["isError"], true) << got;
        const auto text = got["result"]["content"][0]["text"].get<std::string>();
        EXPECT_NE(text.find("database"), std::string::npos) << text;
    }
    std::filesystem::remove(database());
    server.write(call(3, "memory_list"));
    EXPECT_EQ(reply(server)["result"]["structuredContent"]["count"], 0) << "it is tried again";
}

TEST_F(Stdio, RunsWithStderrClosed) {
    Command shell = command();
    shell.argv = {"/bin/sh", "-c", "exec '" + shell.argv[0] + "' '" + shell.argv[1] + "' 2>&-"};
    Process server(shell);
    server.write(call(1, "memory_store", {{"title", "a"}, {"content", "b"}}) + call(2, "noisy") +
                 "garbage\n");
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(reply(server).is_object());
    server.close_stdin();
    EXPECT_EQ(server.wait(kSoon), 0);
}

TEST_F(Stdio, OpensNoSocket) {
    Process server(command());
    server.write(call(1, "memory_store", {{"title", "a"}, {"content", "b"}}));
    EXPECT_TRUE(reply(server)["result"].contains("structuredContent"));
    int sockets = 0;
    for (const std::string& file : server.open_files()) {
        if (file.rfind("socket:", 0) == 0) ++sockets;
    }
    EXPECT_LE(sockets, 1) << "at most the doorbell of the store, a unix datagram socket";
}

}  // namespace
}  // namespace aimem::mcp::test
