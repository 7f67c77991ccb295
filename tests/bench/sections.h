// The benchmarks, one function a section of the table. Each starts and stops the programs it needs,
// in folders of its own below `folder`, and takes about as long as Effort says.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/bench/floors.h"
#include "tests/bench/report.h"
#include "tests/support/mesh.h"

#include <cstddef>
#include <filesystem>
#include <string>

namespace aimem::bench {

struct Effort {
    test::Millis load{4000};         // each closed-loop run
    std::size_t samples = 300;       // of single operations
    std::size_t memories = 100'000;  // in the larger recall
};

struct Setting {
    test::Programs programs;
    std::filesystem::path folder;
    Effort effort{};
    Floors floors{};
    std::filesystem::path peer{};  // server-memory's program; empty: see why_no_peer
    std::string why_no_peer{};
};

void quorum_writes(const Setting& setting, Report& report);  // 1, 16 and 64 clients, three nodes
void beside_a_node(const Setting& setting, Report& report);  // visibility on a peer, a small writer
void assistant_server(const Setting& setting, Report& report);  // start and store of the MCP server
void store_commits(const Setting& setting, Report& report);     // the library alone
void recall(const Setting& setting, Report& report);            // 10k and 100k memories
void compared(const Setting& setting, Report& report);          // with an MCP server of others
void idle_memory(const Setting& setting, Report& report);

}  // namespace aimem::bench
