// Load: writer threads that store memories on a mesh until told to stop, one kept-alive connection
// each, and a ledger of what each write was answered. A writer whose node dies reconnects until it
// is back. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace aimem::test {

class Load {
public:
    // Writer k talks to ports[k % ports.size()]; titles begin with `prefix` and are never used
    // twice.
    Load(std::vector<std::uint16_t> ports, std::size_t writers, std::string prefix);
    ~Load();
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void stop();  // lets every request in flight end first
    std::size_t in_flight() const { return in_flight_; }
    std::size_t acked_so_far() const { return acked_count_; }
    // After stop():
    const std::set<std::string>& acked() const { return acked_; }  // 201: must be everywhere
    const std::set<std::string>& unknown() const {
        return unknown_;
    }  // 503 or no answer: all or none
    const std::vector<std::string>& strange() const { return strange_; }  // any other answer

private:
    void write_until_stopped(std::size_t writer);

    const std::vector<std::uint16_t> ports_;
    const std::string prefix_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> in_flight_{0};
    std::atomic<std::size_t> acked_count_{0};
    std::mutex mutex_;
    std::set<std::string> acked_;       // guarded by mutex_
    std::set<std::string> unknown_;     // guarded by mutex_
    std::vector<std::string> strange_;  // guarded by mutex_
    std::vector<std::thread> threads_;
};

}  // namespace aimem::test
