// Rows that could not be delivered, kept in the file until they are (repl_parked): what a peer
// refuses of our feed, and what was refused here when it came. One such row never holds up what
// lies behind it; it is tried again when it changes, or when somebody asks. Parts of one
// transaction. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/registers.h"
#include "store/sqlite/sqlite.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aimem {

inline constexpr std::size_t kParkedMax = 10'000;  // each way; more are not noted

struct Parked {
    bool ours = false;          // a peer refuses it; else it was refused here
    std::string peer{};         // ours: the peer's URL; else the sender's node or agent id
    std::string key{};          // of the register; "#<seq>" when the row could not be read at all
    std::string why{};          // as the refusing side said it
    std::int64_t tries = 0;     // how often it was refused
    std::int64_t place = 0;     // ours: its seq when it was refused; else its stamp, 0 when unknown
    std::int64_t first_at = 0;  // ns
    std::int64_t last_at = 0;   // ns
};

// The peer would not take what stands at these places of our feed. What has changed since is left
// out: it goes to the peer anyway.
void park_own(Registers& registers, const std::string& url, const std::vector<std::int64_t>& seqs,
              const std::string& why);
void park_foreign(Registers& registers, const std::string& sender, const std::string& key,
                  std::int64_t stamp, const std::string& why);

bool any_parked(sqlite::Database& db);
// Strikes out what was delivered after all, and what is no more. Returns how many.
std::size_t release_parked(Registers& registers);
// Sends rows of ours again, to everybody: all, or those of one peer, or of one key (empty: any).
std::size_t retry_parked(Registers& registers, const std::string& url, const std::string& key);

struct ParkedCounts {
    std::int64_t ours = 0;
    std::int64_t foreign = 0;
};
// Without what was delivered after all.
ParkedCounts count_parked(sqlite::Database& db, std::int64_t now_ns);
std::vector<Parked> parked_rows(sqlite::Database& db, std::int64_t now_ns,
                                std::size_t rows_max);  // newest first

}  // namespace aimem
