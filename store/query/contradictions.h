// Memories of one topic and which of them say different things (facts/http.md 1.3). The topic of a
// memory is metadata.topic, else its title. Comparing texts, no understanding: whoever shows a
// pair that nobody linked says so. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/model/memory.h"
#include "store/sqlite/sqlite.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aimem::query {

struct ContradictionQuery {
    std::optional<std::string> topic{};  // at least one of the two
    std::optional<std::string> ns{};
    std::size_t limit = 50;  // memories, at most limits::list_rows
};

struct Contradiction {
    std::string source_id{};
    std::string target_id{};
    std::string relation{};
    bool synthesized = false;  // nobody has said so: the two merely differ
};

struct Contradictions {
    std::vector<Memory> memories{};      // by rank: priority, then newest
    std::vector<Contradiction> links{};  // stored ones first; at most limits::graph_rows
};

Result<Contradictions> contradictions(sqlite::Database& db, const ContradictionQuery& query,
                                      std::int64_t now_ns);

}  // namespace aimem::query
