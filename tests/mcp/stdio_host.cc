// The program that stdio_test.cc drives: the real server on real pipes, with all tools and three
// more. Usage: mcp_stdio_host DATABASE. SPDX-License-Identifier: Apache-2.0
#include "mcp/rpc.h"
#include "mcp/run.h"
#include "mcp/tool_registry.h"
#include "store/store.h"

#include <nlohmann/json.hpp>
#include <poll.h>

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <vector>

namespace {

using aimem::Result;
using aimem::mcp::Tool;
using aimem::mcp::ToolAnswer;
using aimem::mcp::ToolCall;

constexpr std::string_view kAnything = R"({"type":"object"})";
constexpr int kStepMs = 5;

// Takes its time, unless the client no longer wants it.
Result<ToolAnswer> slow(const ToolCall& call) {
    int left_ms = call.arguments.at("ms").get<int>();
    for (; left_ms > 0 && !call.cancelled; left_ms -= kStepMs) ::poll(nullptr, 0, kStepMs);
    return ToolAnswer{.structured = R"({"slept":true})"};
}

// A library that prints where it should not.
Result<ToolAnswer> noisy(const ToolCall& /*call*/) {
    std::printf("noise on stdout\n");
    std::fflush(stdout);
    return ToolAnswer{.structured = R"({"noisy":true})"};
}

// More than a pipe holds.
Result<ToolAnswer> bulky(const ToolCall& call) {
    const auto bytes = call.arguments.at("bytes").get<std::size_t>();
    return ToolAnswer{.structured = aimem::mcp::to_text({{"text", std::string(bytes, 'x')}})};
}

std::vector<Tool> tools() {
    const auto ours = aimem::mcp::all_tools();
    std::vector<Tool> all(ours.begin(), ours.end());
    all.push_back({"slow", "Slow", "Waits.", aimem::mcp::Effect::reads,
                   R"({"type":"object","properties":{"ms":{"type":"integer"}},"required":["ms"]})",
                   kAnything, &slow});
    all.push_back(
        {"noisy", "Noisy", "Prints.", aimem::mcp::Effect::reads, kAnything, kAnything, &noisy});
    all.push_back(
        {"bulky", "Bulky", "Answers at length.", aimem::mcp::Effect::reads,
         R"({"type":"object","properties":{"bytes":{"type":"integer"}},"required":["bytes"]})",
         kAnything, &bulky});
    return all;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 64;
    const std::string file = argv[1];
    const std::vector<Tool> all = tools();
    const char* agent = std::getenv("AI_MEMORY_AGENT_ID");
    return aimem::mcp::run_mcp({.open_store = [file] { return aimem::Store::open({.file = file}); },
                                .agent_id = agent != nullptr ? agent : "",
                                .version = "0.0.1",
                                .profile = aimem::mcp::Profile::full,
                                .tools = all});
}
