// What a node does by itself, beside replication: memories expire, notes of old requests are
// dropped, and the number of nodes that vote on decisions follows the peers. One coroutine on the
// node's I/O thread. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/driver.h"
#include "federation/store_gateway.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace aimem {

// By how much this node's clock is ahead of the slowest peer's; nothing while no peer's is known.
using ClockAhead = std::function<std::optional<std::chrono::seconds>()>;

// At once, and every `interval` until it is cancelled. Faults are logged; the next turn tries
// again. Both must outlive it.
boost::asio::awaitable<void> keep_house(StoreGateway& store, ReplicationDriver& replication,
                                        std::chrono::seconds interval, ClockAhead clock_ahead);

// The number of voters is on disk: before this a node must take no decision.
boost::asio::awaitable<void> note_members(StoreGateway& store, ReplicationDriver& replication);

// This node and its peers, but for those of 0.6.3, which decide for themselves and cast no ballots.
// A peer that has not answered yet counts: too large a majority is safe, too small a one is not.
std::size_t voting_members(const ReplicationDriver& replication);

}  // namespace aimem
