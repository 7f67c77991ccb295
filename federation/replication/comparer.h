// The slow way to equality, for what the feed cannot carry: rows that came from a third node,
// cursors that lied, disks that lost data. Compares the whole state with one peer and pushes what
// it lacks; the peer does the same toward us. And for a machine without a door: fetching a peer's
// feed. I/O thread only. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/peer_clients.h"
#include "federation/replication/repair.h"
#include "federation/store_gateway.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace aimem {

struct ComparerContext {
    StoreGateway& store;
    PeerClients& clients;
    Identity self{};
    std::string agent_id{};
    std::chrono::milliseconds timeout{10'000};  // of one request
};

// Rows pushed; 0 when both are equal. Errc::peer when the peer does not speak this (0.6.3) or fails
// meanwhile.
boost::asio::awaitable<Result<std::size_t>> compare_with(const ComparerContext& context,
                                                         std::size_t peer);

struct PullState {
    std::string node{};
    std::string epoch{};
    std::int64_t after = 0;
};
// One page of the peer's feed, waiting up to `wait` for something new. Rows applied, and where they
// went in our feed.
boost::asio::awaitable<Result<Accepted>> pull_from(const ComparerContext& context, std::size_t peer,
                                                   PullState& state,
                                                   std::chrono::milliseconds wait);

}  // namespace aimem
