// The SQLite VFS over SimDisk, by the name kSimVfs. One connection a disk: locks are always granted
// unless the disk says busy. Shared memory dies with the process. SPDX-License-Identifier:
// Apache-2.0
#pragma once

namespace aimem::sim {

inline constexpr const char* kSimVfs = "sim";

void register_sim_vfs();  // before SQLite is used in any other way; may be called again

}  // namespace aimem::sim
