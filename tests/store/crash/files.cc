#include "tests/store/crash/files.h"

#include <algorithm>
#include <utility>

namespace aimem::crash {

void Files::apply(const DiskEvent& event) {
    if (!files_.contains(event.suffix)) new_.insert(event.suffix);
    sim::SimFile& file = files_[event.suffix];
    switch (event.act) {
        case DiskEvent::Act::write: file.write(event.bytes, event.at); return;
        case DiskEvent::Act::truncate: file.truncate(event.at); return;
        case DiskEvent::Act::sync:
            // SQLite syncs the folder with the first sync of a new log.
            if (!event.suffix.empty() && new_.erase(event.suffix) > 0) removed_.clear();
            file.sync();
            break;
        case DiskEvent::Act::remove:
            if (event.lasting)
                removed_.clear();
            else if (!file.durable().empty())
                removed_[event.suffix] = file.durable();
            files_.erase(event.suffix);
            new_.erase(event.suffix);
            break;
    }
    ++syncs_;
}

bool Files::settled() const {
    return removed_.empty() && std::all_of(files_.begin(), files_.end(), [](const auto& entry) {
               return entry.second.settled();
           });
}

sim::DiskImage Files::shown() const {
    sim::DiskImage out;
    for (const auto& [suffix, file] : files_) out.files[suffix] = file.view();
    return out;
}

sim::DiskImage Files::lasting() const {
    sim::DiskImage out;
    out.files = removed_;
    for (const auto& [suffix, file] : files_)
        if (!file.durable().empty() || !removed_.contains(suffix))
            out.files[suffix] = file.durable();
    return out;
}

sim::DiskImage Files::torn(sim::Dice& dice) const {
    sim::DiskImage out;
    for (const auto& [suffix, bytes] : removed_)
        if (dice.chance(50)) out.files[suffix] = bytes;
    for (const auto& [suffix, file] : files_) {
        sim::SimFile left = file;
        left.cut_power(dice);
        if (!left.view().empty() || !out.files.contains(suffix)) out.files[suffix] = left.view();
    }
    return out;
}

}  // namespace aimem::crash
