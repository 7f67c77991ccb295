// Everything SQLite does to the files of one database, in order: a VFS that passes it all on to the
// system's and writes it down. The shared memory is left out: SQLite makes it anew when the first
// process opens the file after a crash. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

namespace aimem::crash {

struct DiskEvent {
    enum class Act : std::uint8_t { write, truncate, sync, remove };
    Act act = Act::write;
    std::string suffix{};  // "" is the database, "-wal" its log, "-journal" that of its first steps
    std::size_t at = 0;    // of a write; the new size of a truncation
    std::string bytes{};   // of a write
    bool lasting = false;  // of a removal: the folder was synced with it
};

std::string describe(const DiskEvent& event);

class DiskLog {  // any thread may add
public:
    void add(DiskEvent event);
    std::size_t size() const;
    std::vector<DiskEvent> take() { return std::move(events_); }  // when nobody adds any more

private:
    mutable std::mutex mutex_;
    std::vector<DiskEvent> events_;  // guarded by mutex_
};

// While it lives every connection of this process that names no VFS goes through it; one at a time.
// What SQLite draws at random comes from `seed`.
class Recorder {
public:
    Recorder(const std::filesystem::path& file, DiskLog& log, std::uint64_t seed);
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
};

}  // namespace aimem::crash
