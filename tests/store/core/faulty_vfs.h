// A SQLite VFS that passes everything on until it is told to fail: writes answer FULL after so many
// bytes, a sync fails. Registered once under the name "faulty"; the switches are global and atomic.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace aimem::test {

inline constexpr const char* kFaultyVfs = "faulty";

struct Faults {
    std::atomic<std::int64_t> bytes_left{-1};  // negative: no bound
    std::atomic<int> syncs_left{-1};           // the sync after so many fails; negative: none
    std::atomic<int> writes{0};                // made so far
};

Faults& faulty_vfs();  // registers it when first called

}  // namespace aimem::test
