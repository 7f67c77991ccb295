// A failing schedule made as short as it still fails: steps are left out, by halves, quarters and
// one by one (delta debugging), then nodes. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/sim/world.h"

#include <functional>
#include <string>

namespace aimem::sim {

using Runner = std::function<Outcome(const Schedule&)>;

// The promise a failure broke: its text up to the colon.
std::string promise_of(const std::string& failure);

// `schedule` fails; the result breaks the same promise. At most `runs` tries.
Schedule shrink(const Schedule& schedule, const Runner& run, int runs);

}  // namespace aimem::sim
