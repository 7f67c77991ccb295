// The sweep over a recording: at every place the files are as a kill and as a power cut would leave
// them; a real store opens them, and everything promised must be there.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/store/crash/script.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace aimem::crash {

struct SweepOptions {
    std::size_t first = 0;  // place: so many disk events have happened
    std::size_t every = 1;
    std::size_t count = SIZE_MAX;  // at most so many places
    std::uint64_t seed = 1;        // of what a power cut tears
    unsigned threads = 1;
    std::size_t broken_max = 10;  // then it stops
};

struct Broken {
    std::size_t place = 0;
    bool power_cut = false;
    std::string why{};
};

struct SweepResult {
    std::size_t places = 0;
    std::size_t reopened = 0;  // images; one that equals the one before is not opened again
    std::size_t contents = 0;  // different databases found; each was looked through once
    std::vector<Broken> broken{};
};

// `folder` is for the files that are opened.
SweepResult sweep(const Recording& recording, const SweepOptions& options,
                  const std::filesystem::path& folder);

}  // namespace aimem::crash
