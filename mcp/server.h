// Server: the threads around the protocol. The caller's thread reads, and answers what needs no
// database; one strand runs everything else in the order of arrival. Ends when the client closes
// stdin, is gone, or a stop is asked for: what was read is still served, for at most
// kShutdownGrace. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/protocol.h"
#include "mcp/stdio.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace aimem::mcp {

class Server {
public:
    // All three must outlive the server.
    Server(Protocol& protocol, LineReader& reader, LineWriter& writer);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    void serve();  // returns after the last reply was written

private:
    void read_all();
    void push(Job job);
    std::optional<Job> pop();  // nothing: no more work will come
    void work();
    void finish();

    Protocol& protocol_;
    LineReader& reader_;
    LineWriter& writer_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job> jobs_;  // guarded by mutex_; bounded by the in-flight limits of the protocol
    bool busy_ = false;     // guarded by mutex_: the strand runs a job
    bool closed_ = false;   // guarded by mutex_: no more jobs will be pushed
    std::thread strand_;
};

}  // namespace aimem::mcp
