// Many seeds on several threads: fresh ones, listed ones, and with a planted fault.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/sim/schedule.h"
#include "tests/sim/world.h"

#include <cstdint>
#include <string>
#include <vector>

namespace aimem::sim {

struct Batch {
    std::vector<std::uint64_t> seeds{};
    Flavour flavour = Flavour::everything;
    unsigned threads = 2;
    bool trace = false;  // prints each seed's hash, in the order of the seeds
    bool twice = false;  // each seed once more: the trace must be the same
    std::string keep{};  // a file to which failed seeds are added; empty: none
    int stories = 2;     // of so many broken promises the shortest schedule is told
};

Outcome run_seed(std::uint64_t seed, Flavour flavour);

// Prints what failed and how fast it was. How many failed.
std::size_t run_batch(const Batch& batch);

// The story of one seed; if it fails, also of the shortest schedule that fails in the same way.
bool tell(std::uint64_t seed, Flavour flavour);

// Tries seeds 1, 2, ... on each fault (or the named one) until one fails, and prints a table. How
// many faults nothing caught.
std::size_t try_planted(const std::string& name, std::uint64_t seeds_max, unsigned threads);

// Each fault with the seed that `file` names for it ("fault seed" on each line): how many of them
// were not caught, named a seed that fails anyway, or are missing.
std::size_t check_planted(const std::string& file);

// "12345 # why" on each line.
std::vector<std::uint64_t> read_seeds(const std::string& file);

}  // namespace aimem::sim
