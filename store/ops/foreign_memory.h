// A memory as a node of 0.6.3 sends it. Such a node remembers no deletions, and whatever moves its
// updated_at (the fifth recall of a memory, a restore, its sync daemon) makes an old text look new.
// So a text that this store has already left behind never comes back by itself (design:
// replication.md 4). SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/log/registers.h"
#include "store/model/memory.h"

namespace aimem {

enum class LegacyDone { applied, noop, skipped };

// Signs, checks and applies a change that came over the old wire.
LegacyDone apply_legacy_change(Registers& registers, Change change);

// Its updated_at is the stamp. Of a text that
// - is the present one, under a newer time: tier and expiry rise, nothing else changes;
// - was superseded here: ours is written again over it, for the sender to hear;
// - was deleted or archived here, under its own or another id: it stays so, and the sender is told
//   once more;
// - is new: an honest write, also over a tombstone.
// A time beyond what a stamp can be is taken for now.
Result<LegacyDone> accept_legacy_memory(Registers& registers, const Memory& memory);

}  // namespace aimem
