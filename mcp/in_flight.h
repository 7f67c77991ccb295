// Requests that were read and not yet answered. The reader admits and cancels, the strand finishes:
// the only state they share, so it has the mutex. Bounded in number and bytes.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/rpc.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace aimem::mcp {

class InFlight {
public:
    // One admitted request. Shared by the map (to cancel) and the call (to notice).
    struct Entry {
        std::string key{};
        std::size_t bytes = 0;
        std::atomic<bool> cancelled{false};
    };
    using Ticket = std::shared_ptr<Entry>;

    // Null when the bounds are reached. An id that is in use already is served too; a later cancel
    // then means the newer request.
    Ticket admit(const RequestId& id, std::size_t bytes);

    void cancel(const std::string& key);  // unknown or finished: nothing happens

    // Takes the request out. False: it was cancelled and must not be answered.
    bool finish(const Ticket& ticket);

    std::size_t count() const;

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Ticket> newest_;  // guarded by mutex_
    std::size_t count_ = 0;                           // guarded by mutex_
    std::size_t bytes_ = 0;                           // guarded by mutex_
};

}  // namespace aimem::mcp
