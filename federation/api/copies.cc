// Waiting for copies of what is in the feed already. SPDX-License-Identifier: Apache-2.0
#include "federation/api/write.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace aimem::api {
namespace {

namespace net = boost::asio;

constexpr std::chrono::milliseconds kLook{20};

QuorumOutcome copies(const ReplicationDriver& replication, std::int64_t place) {
    QuorumOutcome out{Verdict::waiting, 1, replication.policy().needed, "timeout"};
    bool missing_up = false;
    for (const repl::PeerStatus& peer : replication.peers()) {
        if (!peer.self && peer.settled >= place)
            out.got += 1;
        else
            missing_up = missing_up || peer.up;
    }
    if (!missing_up) out.reason = "unreachable";
    if (out.got < out.needed) return out;
    out.verdict = Verdict::met;
    out.reason = {};
    return out;
}

}  // namespace

net::awaitable<void> pause_between_looks() {
    net::steady_timer timer(co_await net::this_coro::executor, kLook);
    co_await timer.async_wait(net::use_awaitable);
}

net::awaitable<QuorumOutcome> wait_for_copies(Services& services, std::int64_t place) {
    const ReplicationDriver& replication = services.replication;
    const auto deadline = std::chrono::steady_clock::now() + replication.policy().timeout;
    for (;;) {
        QuorumOutcome now = copies(replication, place);
        if (!replication.federated() || place == 0) now.verdict = Verdict::met;
        if (now.verdict == Verdict::met) co_return now;
        if (services.stopping || std::chrono::steady_clock::now() >= deadline) {
            now.verdict = Verdict::failed;
            co_return now;
        }
        co_await pause_between_looks();
    }
}

}  // namespace aimem::api
