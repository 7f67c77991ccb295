#include "tests/sim/disk.h"

#include <algorithm>
#include <cstring>

namespace aimem::sim {
namespace {

constexpr std::size_t kSector = 512;  // what a power cut leaves whole

// Only this thread's disks: a world and all its disks live on one thread.
std::map<std::string, SimDisk*, std::less<>>& disks() {
    thread_local std::map<std::string, SimDisk*, std::less<>> all;
    return all;
}

bool run_out(int& left) {
    if (left < 0) return false;
    return left-- == 0;
}

}  // namespace

DiskAnswer SimFile::read(char* to, std::size_t size, std::size_t at) const {
    const std::size_t there = at < view_.size() ? std::min(size, view_.size() - at) : 0;
    if (there > 0) std::memcpy(to, view_.data() + at, there);
    if (there == size) return DiskAnswer::ok;
    std::memset(to + there, 0, size - there);
    return DiskAnswer::short_read;
}

void SimFile::apply(std::string& to, const Write& write) const {
    if (write.truncates) {
        to.resize(write.at);
        return;
    }
    if (to.size() < write.at + write.size) to.resize(write.at + write.size);
    std::memcpy(to.data() + write.at, unsynced_bytes_.data() + write.begin, write.size);
}

void SimFile::settle() {
    unsynced_.clear();
    unsynced_bytes_.clear();
}

void SimFile::write(std::string_view bytes, std::size_t at) {
    unsynced_.push_back({at, unsynced_bytes_.size(), bytes.size(), false});
    unsynced_bytes_ += bytes;
    apply(view_, unsynced_.back());
}

void SimFile::truncate(std::size_t size) {
    unsynced_.push_back({size, 0, 0, true});
    apply(view_, unsynced_.back());
}

void SimFile::sync() {
    for (const Write& write : unsynced_) apply(durable_, write);
    settle();
}

void SimFile::set(std::string bytes) {
    view_ = bytes;
    durable_ = std::move(bytes);
    settle();
}

void SimFile::cut_power(Dice& dice) {
    const unsigned kept = dice.chance(30) ? 0 : 50;
    for (const Write& write : unsynced_) {
        if (!dice.chance(kept)) continue;
        if (!write.truncates && write.size > kSector && dice.chance(30)) {
            // Torn: some sectors arrived, in no order.
            for (std::size_t at = 0; at < write.size; at += kSector)
                if (dice.chance(50))
                    apply(durable_, {write.at + at, write.begin + at,
                                     std::min(kSector, write.size - at), false});
            continue;
        }
        apply(durable_, write);
    }
    settle();
    view_ = durable_;
}

void SimFile::lose_some(Dice& dice) {
    std::erase_if(unsynced_, [&](const Write&) { return !dice.chance(50); });
    view_ = durable_;
    for (const Write& write : unsynced_) apply(view_, write);
}

SimDisk::SimDisk() {
    thread_local std::uint64_t made = 0;
    name_ = "disk" + std::to_string(++made);
    disks()[name_] = this;
}

SimDisk::~SimDisk() {
    disks().erase(name_);
}

SimDisk* SimDisk::find(std::string_view file, std::string& suffix) {
    const std::size_t dash = file.find('-');
    suffix = dash == std::string_view::npos ? std::string{} : std::string(file.substr(dash));
    const auto found = disks().find(file.substr(0, dash));
    return found == disks().end() ? nullptr : found->second;
}

bool SimDisk::exists(const std::string& suffix) const {
    return files_.contains(suffix);
}

void SimDisk::remove(const std::string& suffix) {
    ++changes_;
    files_.erase(suffix);
}

bool SimDisk::use(DiskUse kind) {
    if (kind != DiskUse::read) ++changes_;
    if (run_out(faults.uses_left)) dead_ = true;
    if (dead_) return false;
    switch (kind) {
        case DiskUse::read: return !run_out(faults.reads_left);
        case DiskUse::write: return !run_out(faults.writes_left);
        case DiskUse::sync:
            dead_ = run_out(faults.syncs_to_live);
            if (dead_) return false;
            if (!run_out(faults.syncs_left)) return true;
            sync_failed_ = true;
            return false;
    }
    return true;
}

bool SimDisk::busy() {
    if (faults.busy <= 0) return false;
    --faults.busy;
    return true;
}

bool SimDisk::settled() const {
    return std::all_of(files_.begin(), files_.end(),
                       [](const auto& entry) { return entry.second.settled(); });
}

void SimDisk::kill() {
    ++process_;
    dead_ = false;
    sync_failed_ = false;
    faults.uses_left = -1;
    faults.syncs_to_live = -1;
    faults.busy = 0;
    shared_memory_.clear();
}

void SimDisk::cut_power(Dice& dice) {
    kill();
    ++changes_;
    for (auto& [suffix, file] : files_) file.cut_power(dice);
}

void SimDisk::lose_some(Dice& dice) {
    ++changes_;
    for (auto& [suffix, file] : files_) file.lose_some(dice);
}

DiskImage SimDisk::view() const {
    DiskImage out;
    for (const auto& [suffix, file] : files_) out.files[suffix] = file.view();
    return out;
}

DiskImage SimDisk::durable() const {
    DiskImage out;
    for (const auto& [suffix, file] : files_) out.files[suffix] = file.durable();
    return out;
}

void SimDisk::restore(const DiskImage& image) {
    kill();
    ++changes_;
    faults = {};
    files_.clear();
    for (const auto& [suffix, bytes] : image.files) files_[suffix].set(bytes);
}

}  // namespace aimem::sim
