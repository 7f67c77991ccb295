// Walks over links, outward from one memory (facts/mcp-tools.md 7). A link holds in
// [valid_from, valid_until). Unknown sources have no links; that is no error. Each call reads one
// consistent view. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/model/memory.h"
#include "store/sqlite/sqlite.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace aimem::query {

struct GraphQuery {
    std::string source_id{};
    std::size_t max_depth = 1;                                 // hops, 1..limits::graph_depth
    std::optional<std::string> valid_at{};                     // only links that hold then
    std::optional<std::vector<std::string>> allowed_agents{};  // only links these observed
    std::size_t limit = 200;                                   // rows, at most limits::graph_rows
};

struct GraphStep {
    Link link{};  // the last hop
    std::string title{};
    std::string target_namespace{};
    std::size_t depth = 1;
    std::string path{};  // ids joined by "->", the source first
};

// Nearest first, then oldest. Each memory is met on its shortest way only, so that the cost follows
// from the links and not from the number of paths.
Result<std::vector<GraphStep>> graph(sqlite::Database& db, const GraphQuery& query);

struct TimelineQuery {
    std::string source_id{};
    std::optional<std::string> since{};  // on valid_from, both inclusive
    std::optional<std::string> until{};
    std::size_t limit = 200;
};

// One hop, oldest first; closed links too.
Result<std::vector<GraphStep>> timeline(sqlite::Database& db, const TimelineQuery& query);

}  // namespace aimem::query
