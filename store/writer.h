// Writer: the one thread of this process that changes the database. Whatever gathers while the last
// commit runs is committed together in one transaction with one fsync, without a timer. submit()
// may be called from any thread; callbacks run on the writer thread after the commit.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/committer.h"
#include "store/log/doorbell.h"
#include "store/store.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace aimem {

// One request: `run` executes it inside the open transaction, `done` is told after the commit, with
// nothing or with the reason why the transaction failed.
struct Job {
    std::function<void(Committer&)> run;
    std::function<void(const Result<>& committed)> done;
};

class Writer {
public:
    // The database is opened and migrated by the caller, so that failures are his.
    Writer(std::unique_ptr<sqlite::Database> db, const StoreOptions& options);
    ~Writer();  // commits what is queued, then stops
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void submit(Job job);  // a full queue answers Errc::busy at once
    CommitCounters counters() const;

private:
    void run(const std::stop_token& stop);
    std::vector<Job> next_batch(const std::stop_token& stop);
    void commit_batch(std::vector<Job>& batch);
    Result<> try_commit(const std::vector<Job*>& jobs);

    std::unique_ptr<sqlite::Database> db_;
    Committer committer_;
    DoorbellRinger bell_;
    void count(const Result<>& done, std::size_t jobs, std::chrono::nanoseconds took);

    mutable std::mutex mutex_;
    CommitCounters counters_{};  // guarded by mutex_
    std::condition_variable_any ready_;
    std::vector<Job> queue_;  // guarded by mutex_
    std::jthread thread_;     // last: started when all else is built, joined first
};

}  // namespace aimem
