// Fuzz target: what a client may write to stdin. The first byte says how the bytes after it arrive
// (in pieces of which size) and whether a revision with batches was agreed on.
// SPDX-License-Identifier: Apache-2.0
#include "mcp/limits.h"
#include "mcp/protocol.h"
#include "mcp/stdio.h"
#include "mcp/tool_registry.h"
#include "tests/fuzz/expect.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace aimem::fuzz {
namespace {

using mcp::LineEvent;
using nlohmann::json;

constexpr std::string_view kHandshake =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-03-26"}})";
constexpr std::string_view kPing = R"({"jsonrpc":"2.0","id":"still there","method":"ping"})";
constexpr std::string_view kPong = R"({"jsonrpc":"2.0","id":"still there","result":{}})";

Result<mcp::ToolAnswer> echo(const mcp::ToolCall& call) {
    return mcp::ToolAnswer{.structured = mcp::to_text(call.arguments)};
}

constexpr std::array<mcp::Tool, 1> kTools{
    {{"echo", "Echo", "Returns its arguments.", mcp::Effect::reads, R"({"type":"object"})",
      R"({"type":"object"})", &echo}}};

std::vector<std::string> cut(std::string_view stream, std::size_t piece) {
    mcp::LineBuffer buffer;
    std::vector<std::string> lines;
    std::string line;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        buffer.feed(stream.substr(at, piece));
        while (buffer.pop(line) == LineEvent::line) lines.push_back(line);
    }
    if (buffer.finish(line) == LineEvent::line) lines.push_back(line);
    return lines;
}

void check_one(const json& reply, const std::string& text) {
    expect(reply.is_object() && reply.value("jsonrpc", "") == "2.0", "no JSON-RPC", text);
    expect(reply.contains("result") != reply.contains("error"), "result or error", text);
    if (!reply.contains("error")) {
        expect(reply.contains("id"), "a result has an id", text);
        return;
    }
    expect(reply["error"]["code"].is_number_integer(), "a code is an integer", text);
    expect(reply["error"]["message"].is_string(), "an error has a message", text);
    expect(reply["error"]["message"] != "Internal error", "nothing throws", text);
}

// Only opening a stream answers with a notification; everything else with replies.
void check(const std::string& text) {
    if (text.empty()) return;
    expect(text.find('\n') == std::string::npos, "a message is a line", text);
    const json reply = json::parse(text, nullptr, false);
    expect(!reply.is_discarded(), "no JSON", text);
    if (reply.is_array()) {
        for (const json& one : reply) check_one(one, text);
    } else if (!reply.contains("method")) {
        check_one(reply, text);
    }
}

void serve(const std::vector<std::string>& lines, bool batches) {
    static const mcp::ToolRegistry registry(kTools);
    static const mcp::ToolHost host{
        .store = []() -> Result<Store*> { return fail(Errc::storage, "there is none"); },
        .registry = &registry,
        .version = "1",
        .opened =
            [] {
                return static_cast<Store*>(nullptr);
            }};
    mcp::Protocol protocol({.server_version = "1", .agent = {"", "kestrel"}}, host);
    if (batches) check(protocol.handle(std::string(kHandshake)));
    for (const std::string& line : lines) check(protocol.handle(line));
    expect(protocol.in_flight() == 0, "nothing stays in flight", "");
    expect(protocol.handle(std::string(kPing)) == kPong, "it is still there", "");
}

}  // namespace

void run(std::string_view input) {
    if (input.empty()) return;
    const auto how = static_cast<unsigned char>(input.front());
    const std::string_view stream = input.substr(1);
    const auto lines = cut(stream, stream.size() + 1);
    expect(cut(stream, how / 2U + 1) == lines, "lines do not depend on how they arrive", "");
    serve(lines, how % 2 == 1);
}

}  // namespace aimem::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    aimem::fuzz::run({reinterpret_cast<const char*>(data), size});
    return 0;
}
