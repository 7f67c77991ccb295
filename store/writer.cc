#include "store/writer.h"

#include "store/base/log.h"
#include "store/log/index_care.h"
#include "store/model/limits.h"
#include "store/query/viewer.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace aimem {
namespace {

constexpr std::chrono::milliseconds kQuiet{250};
constexpr std::chrono::milliseconds kBetweenSteps{10};

// After a failed fsync nobody knows what is on disk, and asking again lies: only a restart reads
// the truth.
[[noreturn]] void die_of_failed_sync(const sqlite::SqliteError& e) {
    log::error("store.sync_failed", "the disk refused to sync, ending the process: {}", e.what());
    ::_exit(70);
}

Error as_error(const sqlite::SqliteError& e) {
    if (e.is_failed_sync()) die_of_failed_sync(e);
    if (e.is_busy()) return {Errc::busy, "another process holds the database; try again"};
    if (e.is_full()) {
        log::error("store.disk_full", "{}", e.what());
        return {Errc::disk_full, "the disk is full; nothing was stored"};
    }
    log::error("store.failed", "{}", e.what());
    return {Errc::storage, "the database failed; see the log"};
}

}  // namespace

Writer::Writer(std::unique_ptr<sqlite::Database> db, const StoreOptions& options)
    : db_(std::move(db)),
      committer_(*db_, *options.clock, *options.rng),
      bell_(options.file, options.own_bell),
      seen_version_(db_->data_version()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Writer::~Writer() {
    thread_.request_stop();
    thread_.join();
}

void Writer::submit(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() < limits::write_queue_jobs) {
            queue_.push_back(std::move(job));
            ready_.notify_one();
            return;
        }
    }
    job.done(fail(Errc::busy, "the write queue is full; try again"));
}

void Writer::commit(Job job) {
    bool mine = false;
    {
        const std::lock_guard lock(mutex_);
        mine = !committing_ && queue_.empty();
        committing_ = committing_ || mine;
    }
    if (!mine) return submit(std::move(job));
    std::vector<Job> batch;
    batch.push_back(std::move(job));
    const ReadAs everything({});  // as on the writer's thread: whoever asks, a verb sees all
    db_->let_others_in();
    commit_batch(batch);
    committed();
}

// Somebody else may have the database.
void Writer::committed() {
    const std::lock_guard lock(mutex_);
    committing_ = false;
    turns_ += 1;
    const bool was_tended = !std::exchange(untended_, true);
    if (!queue_.empty() || was_tended) ready_.notify_one();
}

// Waits for a job. True when there was none for a while, nor a commit of anybody's in this process;
// then the caller has the database.
bool Writer::falls_quiet(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
    const auto due = [this] {
        return !queue_.empty() && !committing_;
    };
    while (!stop.stop_requested() && !due()) {
        const std::uint64_t turns = turns_;
        const auto pause = turns == tended_at_ ? kBetweenSteps : kQuiet;
        if (!untended_)
            ready_.wait(lock, stop, [&] { return due() || untended_; });
        else if (!ready_.wait_for(lock, stop, pause, due) && !stop.stop_requested() &&
                 !committing_ && turns_ == turns)
            return committing_ = true;
    }
    return false;
}

// Not while another process commits. A failure costs nobody anything but time.
void Writer::tend() {
    bool untended = true;
    bool stepped = false;
    try {
        const std::int64_t version = db_->data_version();
        if (std::exchange(seen_version_, version) == version)
            untended = stepped = tend_text_index(*db_);
    } catch (const sqlite::SqliteError& e) {
        if (e.is_failed_sync()) die_of_failed_sync(e);
        untended = e.is_busy();
        if (!untended) log::warn("index.untended", "{}", e.what());
    } catch (const std::exception& e) {
        untended = false;
        log::error("index.broken", "{}", e.what());
    }
    db_->let_others_in();
    const std::lock_guard lock(mutex_);
    committing_ = false;
    untended_ = untended;
    tended_at_ = stepped ? std::optional(turns_) : std::nullopt;
}

std::vector<Job> Writer::next_batch(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (falls_quiet(lock, stop)) {
        lock.unlock();
        tend();
        lock.lock();
    }
    committing_ = true;
    const auto count = std::min(queue_.size(), limits::commit_batch_jobs);
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<Job> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    return batch;
}

void Writer::run(const std::stop_token& stop) {
    for (;;) {
        auto batch = next_batch(stop);
        if (batch.empty()) return;  // asked to stop, and nothing is left
        commit_batch(batch);
        db_->let_others_in();
        committed();
    }
}

void Writer::count(const Result<>& done, std::size_t jobs, std::chrono::nanoseconds took) {
    const double ms = std::chrono::duration<double, std::milli>(took).count();
    const std::lock_guard lock(mutex_);
    (done ? counters_.commits : counters_.failed) += 1;
    if (!done) return;
    counters_.jobs += jobs;
    counters_.seconds += ms / 1000.0;
    for (std::size_t i = 0; i < counters_.took.size(); ++i)
        counters_.took.at(i) += ms <= CommitCounters::took_ms.at(i) ? 1U : 0U;
    for (std::size_t i = 0; i < counters_.sizes.size(); ++i)
        counters_.sizes.at(i) +=
            static_cast<double>(jobs) <= CommitCounters::jobs_in.at(i) ? 1U : 0U;
}

CommitCounters Writer::counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
}

Result<> Writer::try_commit(const std::vector<Job*>& jobs) {
    try {
        committer_.begin();
        for (const Job* job : jobs) job->run(committer_);
        if (committer_.commit()) bell_.ring();
        return {};
    } catch (const sqlite::SqliteError& e) {
        committer_.rollback();
        return fail(as_error(e));
    } catch (const std::exception& e) {
        committer_.rollback();
        log::error("store.broken", "{}", e.what());
        return fail(Errc::storage, "the store met a state it does not know; see the log");
    }
}

void Writer::commit_batch(std::vector<Job>& batch) {
    std::vector<Job*> all;
    all.reserve(batch.size());
    for (Job& job : batch) all.push_back(&job);
    const auto began = std::chrono::steady_clock::now();
    const auto together = try_commit(all);
    count(together, all.size(), std::chrono::steady_clock::now() - began);
    if (together || together.error().code == Errc::busy || all.size() == 1) {
        for (Job& job : batch) job.done(together);
        return;
    }
    // One of them may be what the disk or the schema refuses: each gets its own chance.
    for (Job& job : batch) job.done(try_commit({&job}));
}

}  // namespace aimem
