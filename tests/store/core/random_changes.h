// Random versions of few registers, so that everything collides: live, archived, dead and merged
// memories, few titles, equal stamps with other contents, links between all of them, groups. The
// same seed gives the same list. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/change.h"

#include <cstddef>
#include <random>
#include <vector>

namespace aimem::test {

std::vector<Change> random_changes(std::mt19937_64& random, std::size_t count);

// A delivery order: every change at least once, some twice, shuffled.
std::vector<Change> shuffled_with_repeats(const std::vector<Change>& changes,
                                          std::mt19937_64& random);

// The newest version of every key, by key: what any store must hold after all of them.
std::vector<Change> winners(const std::vector<Change>& changes);

}  // namespace aimem::test
