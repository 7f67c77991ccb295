// What a peer of 0.6.3 is told of our changes: bodies of its sync/push, one after the other
// (facts/federation.md 3 and 13, design: replication.md 4). The one place in federation that knows
// what a change means there. Pure.
//
// Inside one body it applies memories before deletions, and it finds a memory by its title. So what
// goes away goes first, in bodies of its own, and what stays comes behind:
//   1. restores   of what was in the archive (there too, perhaps): only live rows can be deleted
//   2. deletions  of what is dead, and of rows that were renamed, moved or restored
//   3. archives   with their rows, under titles that are still theirs
//   4. memories, and of a consolidation its sources' removal in the same body; links; pendings;
//      standards and what is cleared of them
//   5. links and standards that went with a deletion of step 2
// Steps 1 and 5 repair what may be there or not: what is skipped of them does not matter.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/feed_tail.h"
#include "store/log/telling.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aimem {

inline constexpr std::size_t kLegacyBytes = 3u << 19;  // 1.5 MiB; the other side takes 2 MiB

struct LegacyBody {
    std::string json{};              // "\"memories\":[...],\"deletions\":[...]" without braces
    std::size_t items = 0;           // entries in all lists
    std::vector<std::string> ids{};  // what an `ids` array in the answer must name
    bool strict = true;              // what is skipped of it was not taken
};

// In the order in which they must be acknowledged; never empty. Lists of at most
// limits::push_items_accepted entries, bodies of at most kLegacyBytes and one entry.
std::vector<LegacyBody> legacy_bodies(const std::vector<FeedRow>& rows,
                                      const std::map<std::string, RowNote>& notes);

// For a peer of which nothing is known yet: rows that mean the same whatever it has, memories in
// their first version. Nothing if there are others; then it is told once it has said what it is.
std::optional<LegacyBody> legacy_body_for_stranger(const std::vector<SharedRow>& rows);

}  // namespace aimem
