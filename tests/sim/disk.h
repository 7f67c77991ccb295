// One machine's disk, in memory, for SQLite (see disk_vfs.h): what the operating system shows and
// what is really on the platter are kept apart until a sync. It can fail in every way a disk fails.
// Belongs to one thread: its name is known to this thread alone. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "tests/sim/dice.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::sim {

enum class DiskAnswer { ok, short_read, io_error, full };
enum class DiskUse { read, write, sync };

// Counters say after how many more operations of the kind one fails; negative: none.
struct DiskFaults {
    bool full = false;  // no file may grow
    int reads_left = -1;
    int writes_left = -1;
    int syncs_left = -1;
    int syncs_to_live = -1;  // then the process dies before the sync is through
    int uses_left = -1;      // then the process that uses the disk dies in the middle of it
    int busy = 0;            // so many times somebody else holds the write lock
};

struct DiskImage {
    std::map<std::string, std::string> files{};  // by suffix: "" is the database, "-wal" its log
};

class SimFile {
public:
    DiskAnswer read(char* to, std::size_t size, std::size_t at) const;
    void write(std::string_view bytes, std::size_t at);
    void truncate(std::size_t size);
    void sync();
    std::size_t size() const noexcept { return view_.size(); }
    const std::string& view() const noexcept { return view_; }
    const std::string& durable() const noexcept { return durable_; }
    bool settled() const noexcept { return unsynced_.empty(); }

    void set(std::string bytes);  // a restored backup: durable
    // Of what was not synced each write is kept, lost, or torn; what is left is on the platter.
    void cut_power(Dice& dice);
    // A failed sync: some writes are gone from the cache, the rest still waits for a sync.
    void lose_some(Dice& dice);

private:
    struct Write {
        std::size_t at = 0;
        std::size_t begin = 0;  // of its bytes in unsynced_bytes_
        std::size_t size = 0;
        bool truncates = false;  // to `at`
    };
    void apply(std::string& to, const Write& write) const;
    void settle();

    std::string view_;
    std::string durable_;
    std::vector<Write> unsynced_;
    std::string unsynced_bytes_;
};

class SimDisk {
public:
    SimDisk();
    ~SimDisk();
    SimDisk(const SimDisk&) = delete;
    SimDisk& operator=(const SimDisk&) = delete;

    const std::string& name() const noexcept { return name_; }  // SQLite opens it by this
    static SimDisk* find(std::string_view file, std::string& suffix);

    // --- for the VFS; `process` is what process() said when the file was opened
    std::uint64_t process() const noexcept { return process_; }
    bool alive(std::uint64_t process) const noexcept { return process == process_ && !dead_; }
    SimFile& file(const std::string& suffix) { return files_[suffix]; }
    bool exists(const std::string& suffix) const;
    void remove(const std::string& suffix);
    bool use(DiskUse kind);  // false: this one fails
    bool busy();
    std::vector<std::unique_ptr<char[]>>& shared_memory() noexcept { return shared_memory_; }

    // --- for the world
    DiskFaults faults{};
    bool dead() const noexcept { return dead_; }  // the process died in the middle of a use
    bool sync_failed() const noexcept { return sync_failed_; }
    bool settled() const;                                        // all that shows is on the platter
    std::uint64_t changes() const noexcept { return changes_; }  // rises with every change
    void kill();  // the process is gone, the operating system is not
    void cut_power(Dice& dice);
    void lose_some(Dice& dice);  // what a failed sync leaves behind
    DiskImage view() const;
    DiskImage durable() const;
    void restore(const DiskImage& image);

private:
    std::string name_;
    std::map<std::string, SimFile> files_;
    std::vector<std::unique_ptr<char[]>> shared_memory_;
    std::uint64_t process_ = 1;
    std::uint64_t changes_ = 0;
    bool dead_ = false;
    bool sync_failed_ = false;
};

}  // namespace aimem::sim
