// Writer: the one way of this process to change the database, one transaction at a time. Whatever
// gathers while the last commit runs is committed together in one transaction with one fsync,
// without a timer. Any thread may call; callbacks run after the commit, on the writer's thread or,
// of commit(), on the caller's.
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
#include <optional>
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
    // The same for a caller who waits: where nothing else is under way he commits it himself, which
    // spares two switches of thread.
    void commit(Job job);
    CommitCounters counters() const;

private:
    void run(const std::stop_token& stop);
    std::vector<Job> next_batch(const std::stop_token& stop);
    bool falls_quiet(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
    void tend();
    void commit_batch(std::vector<Job>& batch);
    void committed();
    Result<> try_commit(const std::vector<Job*>& jobs);

    std::unique_ptr<sqlite::Database> db_;
    Committer committer_;
    DoorbellRinger bell_;
    void count(const Result<>& done, std::size_t jobs, std::chrono::nanoseconds took);

    mutable std::mutex mutex_;
    CommitCounters counters_{};  // guarded by mutex_
    std::condition_variable_any ready_;
    std::vector<Job> queue_;   // guarded by mutex_
    bool committing_ = false;  // guarded by mutex_: somebody has the database
    bool untended_ = true;     // guarded by mutex_: the text index may have segments to merge
    std::uint64_t turns_ = 0;  // guarded by mutex_: commits so far
    std::optional<std::uint64_t> tended_at_{};  // guarded by mutex_: turns_ at the last step, if
                                                // nothing has come since
    std::int64_t seen_version_;  // Database::data_version(); of whoever has the database
    std::jthread thread_;        // last: started when all else is built, joined first
};

}  // namespace aimem
