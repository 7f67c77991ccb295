// Every bound of the program, in one place, with its unit in the name. Values that clients of 0.6.3
// can see are theirs (facts/mcp-tools.md 3.8, facts/http.md 1.13). SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace aimem::limits {

// One memory.
inline constexpr std::size_t title_chars = 512;
inline constexpr std::size_t content_bytes = 65'536;
inline constexpr std::size_t namespace_chars = 512;
inline constexpr std::size_t namespace_depth = 8;
inline constexpr std::size_t tags_count = 50;
inline constexpr std::size_t tag_bytes = 128;
inline constexpr std::size_t metadata_bytes = 65'536;
inline constexpr std::size_t metadata_depth = 32;
inline constexpr std::size_t id_bytes = 128;
inline constexpr std::size_t agent_id_bytes = 128;
inline constexpr std::size_t reason_bytes = 128;
inline constexpr int priority_min = 1;
inline constexpr int priority_max = 10;
inline constexpr std::int64_t ttl_secs_max = 31'536'000;
inline constexpr std::int64_t access_count_max = 1'000'000;

// Reads, in rows.
inline constexpr std::size_t recall_rows = 50;
inline constexpr std::size_t list_rows = 1000;
inline constexpr std::size_t graph_rows = 1000;
inline constexpr std::size_t graph_depth = 5;
inline constexpr std::size_t id_prefix_candidates = 10;
inline constexpr std::size_t query_terms = 64;

// Writes.
inline constexpr std::size_t bulk_rows = 1000;
inline constexpr std::size_t sweep_rows = 1000;  // forget, purge, expire: in one transaction
inline constexpr std::size_t consolidate_rows = 100;
inline constexpr std::size_t write_queue_jobs = 4096;
inline constexpr std::size_t commit_batch_jobs = 256;
inline constexpr std::size_t commit_batch_bytes = 1u << 20;
inline constexpr std::size_t touch_buffer_ids = 4096;

// Replication.
inline constexpr std::size_t push_rows = 256;
inline constexpr std::size_t push_bytes = 1u << 20;
inline constexpr std::size_t push_items_accepted = 1000;
inline constexpr std::size_t since_rows = 10'000;

}  // namespace aimem::limits
