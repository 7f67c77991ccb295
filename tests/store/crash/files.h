// The files of one database as a list of disk events leaves them: what every process sees, and what
// is on the platter. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/sim/disk.h"
#include "tests/store/crash/recorder.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace aimem::crash {

class Files {
public:
    void apply(const DiskEvent& event);

    bool settled() const;  // all that shows is on the platter
    // Rises with everything that reaches the platter: between two equal ones lasting() is the same.
    std::uint64_t syncs() const noexcept { return syncs_; }

    sim::DiskImage shown() const;    // after a kill: the operating system keeps what it was given
    sim::DiskImage lasting() const;  // after a power cut that took all that was not synced
    // After one that kept, lost or tore each write of it; a removal may not have happened either.
    sim::DiskImage torn(sim::Dice& dice) const;

private:
    std::map<std::string, sim::SimFile> files_;
    // What a removed file had on the platter, until the folder is synced: it may be there again.
    std::map<std::string, std::string> removed_;
    std::set<std::string> new_;  // never synced
    std::uint64_t syncs_ = 0;
};

}  // namespace aimem::crash
