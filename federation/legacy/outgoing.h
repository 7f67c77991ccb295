// What a peer of 0.6.3 is told of our changes: the lists of its sync/push (facts/federation.md 3,
// design: replication.md 4). The one place in federation that knows what a change means there.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/feed_tail.h"

#include <cstddef>
#include <string>
#include <vector>

namespace aimem {

struct LegacyLists {
    std::string json{};              // "\"memories\":[...],\"deletions\":[...]" without braces
    std::size_t items = 0;           // entries in all lists
    std::vector<std::string> ids{};  // what an `ids` array in the answer must name
};

// What cannot be said there (an unlink) is left out.
LegacyLists legacy_lists(const std::vector<SharedRow>& rows);

}  // namespace aimem
