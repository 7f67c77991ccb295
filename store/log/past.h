// What a memory has been before its present version: its last title, whether it was ever renamed or
// archived, and which texts it had. Local to this file, never replicated; kept from the second
// version on, so that a new memory costs nothing. Only nodes of 0.6.3 make it necessary: they
// cannot be told a rename or a restore in one step, and send old texts back under newer times
// (design: replication.md 2.2 csig and prev, 4). SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/registers.h"
#include "store/model/memory.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

inline constexpr std::size_t kTextsKept = 4;

struct Past {
    std::int64_t title = 0;             // title_sig of the last version that had one; 0: none
    bool moved = false;                 // has had another title or namespace
    bool shelved = false;               // has been archived
    std::vector<std::int64_t> texts{};  // text_sig of superseded versions, newest first
    bool had(std::int64_t text) const;
};

// 63-bit hashes: of what people wrote (title, namespace, content, tags, metadata), and of the name.
std::int64_t text_sig(const Memory& memory);
std::int64_t title_sig(std::string_view ns, std::string_view title);

Past past_of(sqlite::Database& db, std::string_view key);

// The memory in this version of a register, dead or unreadable: nothing.
std::optional<Memory> memory_of(sqlite::Database& db, std::string_view key, State state);

// The memory that a change brings; none in a tombstone.
std::optional<Memory> memory_in(const Change& change);

// Before `change` replaces `old` (nothing: unknown until now) in the tables; `before` and `after`
// are the memories in them, where there is one.
void note_past(Registers& registers, const Change& change, const std::optional<Register>& old,
               const std::optional<Memory>& before, const std::optional<Memory>& after);

// Keys of dead memories that last bore this title.
std::vector<std::string> dead_of_title(sqlite::Database& db, std::int64_t title);

}  // namespace aimem
