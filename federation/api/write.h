// The inside of write(), for a route that has something else to do while it waits.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/api/api.h"

namespace aimem::api {

struct Written {
    Committed committed{};
    std::string id{};  // of the memory, or of the link's register
    QuorumOutcome outcome{};
};

// Commits, then waits for the quorum; an error means that nothing was committed.
boost::asio::awaitable<Result<Written>> commit(Services& services, Op op);

}  // namespace aimem::api
