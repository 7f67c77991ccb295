// One seed's schedule of the kinds that the design's model knows (writes, groups, quorum writes,
// loss, repeats, reordering, partitions, clocks an hour off, a restored backup, comparisons), done
// by the reference and by the core at once. After every step both must say the same.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/model/core_node.h"
#include "tests/model/reference.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aimem::model {

using Cores = std::vector<std::unique_ptr<CoreNode>>;  // made once, used for many seeds

inline constexpr std::size_t kNodesMax = 5;
Cores make_cores();

struct Verdict {
    std::string why{};  // empty: they agree, and every promise is kept
    std::size_t steps = 0;
    std::size_t answered = 0;
};

Verdict run_seed(Cores& cores, std::uint64_t seed, Mutant mutant = Mutant::none);

}  // namespace aimem::model
