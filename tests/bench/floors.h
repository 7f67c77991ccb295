// Floors: what this machine allows, measured in the same run, so that a figure can be read as a
// distance from it. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/bench/report.h"

#include <filesystem>

namespace aimem::bench {

struct Floors {
    double fsync_ms = 0;  // p50 of fdatasync after appending 4 KiB, as a commit does
    double round_trip_ms = 0;
};

Floors measure_floors(const std::filesystem::path& folder, Report& report);

}  // namespace aimem::bench
