// The doorbell: a unix datagram beside the database, by which a process that has committed wakes
// the node and the sync daemon on the same file (design: replication.md 2.1: 49 us; data_version is
// the back-stop). A bell nobody hears is no error. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace aimem {

// Who may listen: one socket FILE.bell-<listener> each.
inline constexpr std::string_view kBellListeners[] = {"node", "sync"};

// Tells the listeners of this file but `own`, without waiting. Keeps its socket open; one thread at
// a time.
class DoorbellRinger {
public:
    explicit DoorbellRinger(const std::filesystem::path& file, std::string own = {});
    ~DoorbellRinger();
    DoorbellRinger(const DoorbellRinger&) = delete;
    DoorbellRinger& operator=(const DoorbellRinger&) = delete;
    void ring() noexcept;
    void ask() noexcept;  // to write down soon what peers have: somebody reads it in the file

private:
    void tell(const char* what) noexcept;  // one letter

    int socket_ = -1;
    int folder_ = -1;  // datagram addresses are short; a path through /proc/self/fd always fits
    std::filesystem::path name_;
    std::string own_;
};

// The listening end: a bound, non-blocking datagram socket, for the event loop of its owner.
// Replaces a stale one.
class DoorbellListener {
public:
    DoorbellListener(const std::filesystem::path& file,
                     std::string_view listener);  // throws std::system_error
    ~DoorbellListener();
    DoorbellListener(const DoorbellListener&) = delete;
    DoorbellListener& operator=(const DoorbellListener&) = delete;
    int descriptor() const noexcept { return socket_; }
    bool drain() noexcept;                          // true if it was rung since
    bool asked() const noexcept { return asked_; }  // what drain() last heard: see ask()

private:
    int socket_ = -1;
    std::filesystem::path path_;
    std::pair<dev_t, ino_t> place_{};  // of our socket file
    bool asked_ = false;
};

}  // namespace aimem
