// OldPeer: a node of 0.6.3 on a port of its own, as far as the wire shows it: an OldStore behind
// sync/push and sync/since. It never says `repl`, counts what it skips, and tells its peers of a
// write once and, after a failure, once more. All calls are safe from any thread.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/mock_peer.h"
#include "tests/support/old_store.h"

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace aimem::test {

class OldPeer {
public:
    using NowFn = std::function<std::int64_t()>;  // ns
    explicit OldPeer(NowFn now);

    std::string url() const { return server_.url(); }
    std::vector<std::string> push_bodies() const { return server_.push_bodies(); }
    std::size_t reads();  // pages of sync/since it was asked for
    // Unreachable for its peers: connections are closed without a word.
    void cut(bool on);

    // `work` gets the store and the time; what it returns is told to the peers on these ports.
    using Work = std::function<std::string(OldStore&, std::int64_t now_ns)>;
    std::string act(const Work& work, const std::vector<std::uint16_t>& peers);
    // Looks without telling anybody.
    template <typename Look>
    auto look(Look work) {
        const std::lock_guard lock(mutex_);
        return work(store_);
    }

private:
    MockAnswer answer(const HttpMessage& request);

    NowFn now_;
    std::mutex mutex_;
    OldStore store_{};       // guarded by mutex_
    bool cut_ = false;       // guarded by mutex_
    std::size_t reads_ = 0;  // guarded by mutex_
    MockPeer server_{};      // last: its thread uses the others
};

}  // namespace aimem::test
