// Runs of the design's own model, written down by export_runs.py, done by the core: each line of
// the file is one seed with its steps and what every node held at the end. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "tests/model/lockstep.h"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace aimem::model {

struct Replayed {
    std::string why{};          // empty: the same registers at every node, before and after healing
    std::size_t own_again = 0;  // pages that differ for the reason in docs/simulation.md
};

Replayed replay(Cores& cores, std::string_view line);

}  // namespace aimem::model
