// Plots: what must happen in a certain order before some rules matter at all, e.g. that a node
// comes back after the others have collected the tombstones of what it still shows. Dice decide
// who, when and how often. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/sim/dice.h"
#include "tests/sim/schedule.h"

namespace aimem::sim {

// Adds the steps of some plot, in order of time. `later` decides about plots that were added later.
void add_plot(Schedule& schedule, Dice& dice, Dice& later, Dice& latest);

}  // namespace aimem::sim
