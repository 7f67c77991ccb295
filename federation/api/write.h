// The inside of write(), for a route that has something else to do while it waits.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/api/api.h"

#include <cstdint>

namespace aimem::api {

struct Written {
    Committed committed{};
    std::string id{};  // of the memory, or of the register that was written first
    QuorumOutcome outcome{};
};

// Commits, then waits for the quorum; an error means that nothing was committed.
boost::asio::awaitable<Result<Written>> commit(Services& services, Once& once, Op op);

// Commits only. The caller tells the peers, by confirm() or announce().
boost::asio::awaitable<Result<Committed>> commit_here(Services& services, Once& once, Op op);
boost::asio::awaitable<QuorumOutcome> confirm(Services& services, Committed& committed);
std::string id_of(const Committed& committed);

// A verb that takes a bounded number of rows at once, until none are left.
struct Swept {
    std::int64_t affected = 0;
    std::string id{};         // of what was touched last
    QuorumOutcome outcome{};  // of the commit that missed it, else of the last
};
boost::asio::awaitable<Result<Swept>> sweep(Services& services, Once once, Op op);

// Waits until W nodes have everything of this node's feed up to `place`, by looking at what the
// peers have acknowledged; 0 is held everywhere. For what was committed before, or by a delivery.
boost::asio::awaitable<QuorumOutcome> wait_for_copies(Services& services, std::int64_t place);

// A moment between two looks at something that changes elsewhere.
boost::asio::awaitable<void> pause_between_looks();

}  // namespace aimem::api
