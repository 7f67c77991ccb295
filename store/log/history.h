// Versions that were overwritten, for who asks what a memory said before and who wrote it. Local to
// this file, never replicated, and bounded: versions of one memory, versions in all, their age, and
// the bytes of content of each. Kept from the second version on, so that a new memory costs
// nothing. Of what was deleted stays who wrote when, and nothing of what it said. Read by
// store/query/history.h. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/registers.h"
#include "store/model/memory.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aimem {

inline constexpr std::int64_t kVersionsKept = 32;                       // of one memory
inline constexpr std::int64_t kVersionsInAll = 16'384;                  // of one file
inline constexpr std::int64_t kVersionsAge = 180 * 86'400'000'000'000;  // ns, since overwritten
inline constexpr std::size_t kVersionContentMax = 4096;                 // bytes of each

// The beginning of a text, at most `bytes_max` long, with no character cut in two.
std::string_view beginning_of(std::string_view text, std::size_t bytes_max) noexcept;

// Before `change` replaces `old` in the tables; `before` and `after` are the memories in them,
// where there is one.
void note_history(Registers& registers, const Change& change, const Register& old,
                  const std::optional<Memory>& before, const std::optional<Memory>& after);

// Who deleted it, which a tombstone does not say: known where he did it.
void note_deleter(Registers& registers, const Change& tombstone, const std::string& agent_id);

// Nothing of this register stays.
void forget_history(sqlite::Database& db, std::string_view key);

}  // namespace aimem
