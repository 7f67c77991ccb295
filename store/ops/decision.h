// Decisions about pending actions (design: replication.md 2.7). Each node of a mesh has one ballot
// for each action and gives it to the first decision it hears of; the decider's node seals what a
// majority holds and carries it out, once, in the group of the seal. A node that votes alone seals
// at once. A vote that splits evenly is rejected, once all ballots are known.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/exchange.h"
#include "store/ops/context.h"

#include <string>

namespace aimem {

// After a delivery: gives this node's ballot to decisions that came with it, and seals what is this
// node's to seal. A node that is recovering does neither, nor does one that learns from what the
// sender has of its feed that it was set back.
void answer_ballots(OpContext& context, const Delivery& delivery);

// When a recovery is over: ballots that came meanwhile are answered now.
void settle_open_actions(Registers& registers, Rng& rng);

// A decision of a peer of 0.6.3, which decides for itself: recorded, and carried out when approved.
bool take_legacy_decision(OpContext& context, const std::string& id, bool approved,
                          const std::string& decider);

// When such a decision came before the action it is about: carries it out now.
void finish_legacy_decision(OpContext& context, const std::string& id);

}  // namespace aimem
