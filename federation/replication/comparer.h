// The shell around Comparison: asks the peer, reads and writes the store, tells the machine what
// came of it. And for a machine without a door: fetching a peer's feed. I/O thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/comparison.h"
#include "federation/replication/peer_clients.h"
#include "federation/store_gateway.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace aimem {

struct ComparerContext {
    StoreGateway& store;
    PeerClients& clients;
    std::string agent_id{};
    std::chrono::milliseconds timeout{10'000};       // of one request
    std::function<void(const Accepted&)> applied{};  // rows of the peer were stored
    std::function<void()> forgot{};                  // rows were let go of
    // The configured peers of our kind; empty for one that has not said who it is.
    std::function<std::vector<std::string>()> peer_nodes{};
};

// Compares everything with this peer; when both were found or made equal, the store has noted it.
// `lag`: positions of our feed that it has not acknowledged.
boost::asio::awaitable<repl::CompareDone> compare_with(const ComparerContext& context,
                                                       std::size_t peer,
                                                       repl::Comparison::Patience patience,
                                                       std::int64_t lag);

struct PullState {
    std::string node{};
    std::string epoch{};
    std::int64_t after = 0;
};
// Where an earlier life of this program left off.
boost::asio::awaitable<PullState> pull_state(StoreGateway& store, std::string node);
// One page of the peer's feed, waiting up to `wait` for something new. Rows applied, and where they
// went in our feed.
boost::asio::awaitable<Result<Accepted>> pull_from(const ComparerContext& context, std::size_t peer,
                                                   PullState& state,
                                                   std::chrono::milliseconds wait);

}  // namespace aimem
