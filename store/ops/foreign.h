// What arrives from other nodes: changes of peers of our kind, and the lists of peers that speak
// the wire of 0.6.3. Runs inside the caller's transaction; one bad row never spoils the others.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/ranges.h"
#include "store/log/registers.h"
#include "store/ops/outcome.h"

namespace aimem {

// Applies a delivery. A rejected member takes its whole atomic group along.
// `ahead`: what of this sender's feed arrived before something in front of it; `seen` reaches over
// it.
Accepted accept_delivery(Registers& registers, const Delivery& delivery, const FeedRanges& ahead);

// Memories keep their updated_at as stamp; deletions, archives and restores carry no time on that
// wire and are stamped on receipt (design: replication.md 4). An id nobody knows still leaves a
// tombstone, so that a late store cannot revive it.
LegacyApplied accept_legacy(Registers& registers, const LegacyPush& push);

}  // namespace aimem
