// The node's slow work: comparing with peers when the plan says so, a new identity when one of them
// knows more of this file than it does, collecting tombstones, and fetching the peers' feeds for a
// machine without a door. Coroutines for the driver to spawn; I/O thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/compare_plan.h"
#include "federation/replication/comparer.h"
#include "federation/replication/replicator.h"
#include "store/log/collect.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace aimem {

struct CaretakerOptions {
    std::vector<std::string> peer_urls{};
    std::chrono::seconds interval{30};  // between full comparisons with a peer; 0: see ComparePlan
    std::function<std::vector<repl::PeerStatus>()> peers{};
    std::function<void()> identity_changed{};  // look at the file again
};

class Caretaker {
public:
    // `context` names the store and the clients; both must outlive this.
    Caretaker(boost::asio::any_io_executor executor, ComparerContext context,
              CaretakerOptions options, const Identity& self);
    Caretaker(const Caretaker&) = delete;
    Caretaker& operator=(const Caretaker&) = delete;

    boost::asio::awaitable<void> compare_on_and_on();
    boost::asio::awaitable<void> collect_now_and_then();
    boost::asio::awaitable<void> pull_on_and_on(std::size_t peer);
    // Fetches the rows of a peer of 0.6.3 now and then; does nothing while it is none.
    boost::asio::awaitable<void> pull_old_on_and_on(std::size_t peer);
    // A peer has seen this of our feed.
    boost::asio::awaitable<void> check_history(SeenOfFeed seen);
    // Writes down what a peer would not take.
    boost::asio::awaitable<void> park(repl::Report report);

    void peer_reached(std::size_t peer);
    void peer_lost(std::size_t peer);
    void peer_renewed(std::size_t peer);
    void self_renewed(const std::string& epoch);
    bool behind() const { return plan_.behind(); }
    void stop();  // before the coroutines are cancelled

private:
    boost::asio::awaitable<void> compare(std::size_t peer);
    boost::asio::awaitable<CollectPlan> plan_of_collection();
    void tell_plan_of_kinds();
    std::vector<std::string> nodes_to_meet() const;
    bool is_old(std::size_t peer, const repl::PeerStatus& status) const;
    void look_again();

    boost::asio::any_io_executor executor_;
    ComparerContext context_;
    CaretakerOptions options_;
    repl::ComparePlan plan_;
    std::vector<bool> unspoken_;        // peers that cannot compare; nothing was pushed to them yet
    std::vector<std::size_t> returns_;  // how often each could be reached again
    std::string epoch_;                 // whose recovery the plan follows
    boost::asio::steady_timer timer_;   // cancelled when the plan has changed
    bool stopped_ = false;
};

}  // namespace aimem
