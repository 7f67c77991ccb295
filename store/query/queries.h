// What can be asked of the store. Every read runs on a read-only connection and writes nothing;
// access counts are batched elsewhere. Expired rows are hidden except from get().
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/model/memory.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aimem {

struct Filter {
    std::optional<std::string>
        ns{};  // exact; recall of "a/b" also looks in "a" (facts/mcp-tools.md 5.3)
    std::optional<Tier> tier{};
    std::optional<std::string> tag{};       // one exact tag
    std::optional<std::string> agent_id{};  // metadata.agent_id
    std::optional<int> min_priority{};
    std::optional<std::string> since{};  // created_at, RFC 3339, inclusive
    std::optional<std::string> until{};
};

struct RecallQuery {
    std::string context{};
    Filter filter{};
    std::size_t limit = 10;                      // rows, at most limits::recall_rows
    std::optional<std::size_t> budget_tokens{};  // a token is 4 bytes of title + content
};

struct Hit {
    Memory memory{};
    double score = 0.0;
};

struct RecallAnswer {
    std::vector<Hit> hits{};
    std::size_t tokens_used = 0;
    std::string mode = "keyword";
};

struct SearchQuery {  // every word must be there
    std::string query{};
    Filter filter{};
    std::size_t limit = 20;
};

struct ListQuery {  // priority first, then newest
    Filter filter{};
    std::size_t limit = 20;
    std::size_t offset = 0;
};

struct ArchiveQuery {
    std::optional<std::string> ns{};
    std::size_t limit = 50;
    std::size_t offset = 0;
};

struct Counted {
    std::string name{};
    std::int64_t count = 0;
};

struct Stats {
    std::int64_t total = 0;
    std::vector<Counted> by_tier{};
    std::vector<Counted> by_namespace{};
    std::int64_t expiring_soon = 0;  // within the next hour
    std::int64_t links_count = 0;
    std::int64_t archived_total = 0;
    std::int64_t db_size_bytes = 0;
};

struct MemoryWithLinks {
    Memory memory{};
    std::vector<Link> links{};
};

}  // namespace aimem
