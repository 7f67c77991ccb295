// How far this file's own writes have come, by what the node beside it has written down of its
// peers. No network: a peer's place is as old as the node's last note of it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/sqlite/sqlite.h"

#include <cstddef>
#include <cstdint>

namespace aimem::query {

struct Spread {
    std::size_t copies = 1;  // nodes that have everything up to there on disk, this one included
    std::size_t nodes = 1;   // of the mesh, as far as this file knows
};

// `place`: in this file's feed (FeedRow::seq of an own row).
Result<Spread> spread_of(sqlite::Database& db, std::int64_t place);

}  // namespace aimem::query
