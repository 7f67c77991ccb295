// ChangeWatcher: sees what any process has written to the file and announces it to those who
// subscribed, within kWatchPause. Reads only while somebody has subscribed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/subscriptions.h"
#include "store/base/result.h"
#include "store/query/viewer.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

namespace aimem {
class Store;
}

namespace aimem::mcp {

class ChangeWatcher {
public:
    using WriteLine = std::function<void(std::string_view)>;

    // All must outlive the watcher, and so must the store it is given.
    // `viewer`: only what he may see is announced.
    ChangeWatcher(const Subscriptions& subscriptions, WriteLine write, Viewer viewer = {});
    ~ChangeWatcher();
    ChangeWatcher(const ChangeWatcher&) = delete;
    ChangeWatcher& operator=(const ChangeWatcher&) = delete;

    // Before a subscription is made: what is committed from now on will be announced.
    Result<> watch(Store& store);

private:
    void run();
    void look();

    const Subscriptions& subscriptions_;
    const WriteLine write_;
    const Viewer viewer_;
    std::mutex mutex_;
    std::condition_variable changed_;
    Store* store_ = nullptr;  // guarded by mutex_
    std::int64_t seen_ = 0;   // guarded by mutex_: place in the feed
    bool wanted_ = false;     // guarded by mutex_: watch() was called since the last pause
    bool closed_ = false;     // guarded by mutex_
    std::thread thread_;
};

}  // namespace aimem::mcp
