// The server as a process on real pipes: mcp_stdio_host, with a database of its own.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/eventually.h"
#include "tests/support/json_lines.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

#ifndef AIMEM_MCP_STDIO_HOST
#error "the path of the program under test must be defined"
#endif

namespace aimem::mcp::test {

using aimem::test::Command;
using aimem::test::Millis;
using aimem::test::Process;
using aimem::test::TempDir;
using nlohmann::json;

inline constexpr Millis kSoon{30'000};  // sanitizers, and a machine shared with others
// The server aims at 1.5 s. What must not happen takes 20 s or for ever.
inline constexpr double kShutdownMs = 8'000;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::size_t kMemoryKib = 600'000;
#else
inline constexpr std::size_t kMemoryKib = 64'000;
#endif

inline std::string request(int id, const std::string& method, const json& params = json::object()) {
    return json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump() +
           "\n";
}

inline std::string call(int id, const std::string& tool, const json& arguments = json::object()) {
    return request(id, "tools/call", {{"name", tool}, {"arguments", arguments}});
}

class Stdio : public testing::Test {
protected:
    Command command() const {
        return {.argv = {AIMEM_MCP_STDIO_HOST, database().string()}, .stderr_file = dir / "stderr"};
    }
    std::filesystem::path database() const { return dir / "memory.db"; }
    std::string errors() const { return aimem::test::read_file(dir / "stderr"); }

    // The next line as JSON-RPC; null when none comes.
    static json reply(Process& server, Millis within = kSoon) {
        const auto line = server.read_line(within);
        if (!line) return nullptr;
        json value = json::parse(*line, nullptr, false);
        EXPECT_TRUE(value.is_object() && value["jsonrpc"] == "2.0") << *line;
        return value;
    }

    TempDir dir;
};

}  // namespace aimem::mcp::test
