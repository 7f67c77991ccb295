#include "mcp/change_watcher.h"

#include "mcp/limits.h"
#include "store/base/log.h"
#include "store/query/changes.h"
#include "store/store.h"

#include <utility>

namespace aimem::mcp {

ChangeWatcher::ChangeWatcher(const Subscriptions& subscriptions, WriteLine write, Viewer viewer)
    : subscriptions_(subscriptions),
      write_(std::move(write)),
      viewer_(std::move(viewer)) {}

ChangeWatcher::~ChangeWatcher() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

Result<> ChangeWatcher::watch(Store& store) {
    const std::lock_guard lock(mutex_);
    if (!subscriptions_.any()) {  // nobody has missed anything until now
        const auto place = store.ask([](sqlite::Database& db) { return query::last_place(db); });
        if (!place) return fail(place.error());
        seen_ = *place;
    }
    store_ = &store;
    wanted_ = true;
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    changed_.notify_all();
    return {};
}

void ChangeWatcher::run() {
    std::unique_lock lock(mutex_);
    while (!closed_) {
        if (!wanted_ && !subscriptions_.any()) {
            changed_.wait(lock, [this] { return closed_ || wanted_; });
            continue;
        }
        wanted_ = false;
        changed_.wait_for(lock, kWatchPause, [this] { return closed_; });
        if (!closed_) look();
    }
}

// With the mutex held: watch() must not move the place meanwhile.
void ChangeWatcher::look() {
    if (!subscriptions_.any()) return;
    const ReadAs reader(viewer_);
    const auto found =
        store_->ask([this](sqlite::Database& db) { return query::changed_after(db, seen_); });
    if (!found) {
        log::warn("mcp.watch", "{}", found.error().message);
        return;
    }
    seen_ = found->seen;
    for (const std::string& line : subscriptions_.announcements(found->ids)) write_(line);
}

}  // namespace aimem::mcp
