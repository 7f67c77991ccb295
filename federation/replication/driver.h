// The shell around the replication machine: carries its actions out (HTTP pushes, page reads,
// cursors, timers, log) and tells it what happened. Everything here runs on the node's one I/O
// thread. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/replicator.h"
#include "federation/store_gateway.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace aimem {

namespace http {
class ClientTls;
}

struct DriverOptions {
    QuorumPolicy policy{};
    std::vector<std::string> peer_urls{};       // canonical, checked
    std::string agent_id{};                     // "host:<hostname>"
    std::string api_key{};                      // sent to peers as x-api-key; empty: none
    std::string bell_listener = "node";         // which doorbell of the file is ours
    std::chrono::seconds catchup_interval{30};  // between full comparisons with a peer; 0: none
    bool pulls = false;                         // nobody can push to us: fetch the peers' feeds
    std::shared_ptr<http::ClientTls> tls{};
};

struct DriverCounters {  // since start
    std::uint64_t quorum_met = 0;
    std::uint64_t failed_timeout = 0;
    std::uint64_t failed_unreachable = 0;
    std::uint64_t failed_id_drift = 0;
    std::uint64_t pushes = 0;
    std::uint64_t parked = 0;
};

class ReplicationDriver {
public:
    // Reads identity and cursors; Errc::storage when the store cannot tell.
    static Result<std::unique_ptr<ReplicationDriver>> create(boost::asio::any_io_executor executor,
                                                             StoreGateway& store,
                                                             DriverOptions options);
    ~ReplicationDriver();

    // Begins sending what peers lack and listening to the doorbell.
    void start();
    // Writes the cursors down and ends the background coroutines.
    boost::asio::awaitable<void> stop();

    // A local commit: tells the peers, and waits until W copies are on disk or cannot be.
    boost::asio::awaitable<QuorumOutcome> replicate(std::vector<FeedRow> rows,
                                                    std::vector<FeedRow> companions);
    // A local commit nobody waits for.
    void announce(std::vector<FeedRow> rows, std::vector<FeedRow> companions);
    // Rows of a peer were stored at these positions of our feed; `seen` of its own feed from now
    // on, when it pushed in our way.
    void foreign_applied(SeqSpan span, std::string node = {}, SeenOfFeed seen = {});
    // A peer says what it has seen of our feed.
    void heard_of_own_feed(SeenOfFeed seen);
    void peer_heard(const std::string& node);
    void renew_connections();  // certificates were read again: idle ones are closed

    bool federated() const noexcept;  // there are peers
    const QuorumPolicy& policy() const noexcept;
    const Identity& self() const noexcept;  // next_seq as of the start
    const std::string& place() const noexcept;
    std::vector<repl::PeerStatus> peers() const;
    const DriverCounters& counters() const noexcept;
    bool behind() const;  // peers' feeds still bring much (ComparePlan)

private:
    struct Impl;
    explicit ReplicationDriver(std::shared_ptr<Impl> impl);
    std::shared_ptr<Impl> impl_;  // shared with the frames of running coroutines
};

}  // namespace aimem
