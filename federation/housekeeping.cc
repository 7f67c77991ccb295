#include "federation/housekeeping.h"

#include "store/base/log.h"
#include "store/log/parked.h"
#include "store/log/upkeep.h"
#include "store/ops/requests.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <functional>
#include <optional>

namespace aimem {
namespace {

namespace net = boost::asio;

constexpr std::chrono::seconds kAheadAtMost{5};

// `members` only when they have changed since: a sync daemon on the same file has its own count.
net::awaitable<void> note_upkeep(StoreGateway& store, std::optional<std::int64_t> members,
                                 std::optional<std::chrono::seconds> ahead = std::nullopt) {
    std::function<void(Registers&)> work = [members, ahead](Registers& registers) {
        if (ahead)
            note_clock_lead(registers,
                            *ahead > kAheadAtMost ? std::chrono::nanoseconds(*ahead).count() : 0);
        if (members) set_members(registers, *members);
        forget_requests(registers);
        release_parked(registers);
    };
    const auto done = co_await store.upkeep(std::move(work));
    if (!done) log::warn("housekeeping.failed", "{}", done.error().message);
}

net::awaitable<void> expire(StoreGateway& store, ReplicationDriver& replication) {
    std::int64_t expired = 0;
    for (bool more = true; more;) {
        Op op = ExpireMemories{};
        auto done = co_await store.commit(std::move(op));
        if (!done) {
            log::warn("expiry.failed", "{}", done.error().message);
            break;
        }
        expired += done->affected;
        more = done->more;
        replication.announce(std::move(done->rows), std::move(done->companions));
    }
    if (expired > 0) log::info("expiry.done", "archived={}", expired);
}

// What a node archives too early is archived everywhere: one whose clock runs ahead, or that has
// yet to hear a peer's, leaves it to the others. Peers of 0.6.3 never tell theirs.
bool may_expire(const ReplicationDriver& replication, std::optional<std::chrono::seconds> ahead) {
    const auto peers = replication.peers();
    const bool have_clocks =
        std::any_of(peers.begin(), peers.end(), [](const repl::PeerStatus& peer) {
            return peer.kind != repl::PeerKind::legacy && !peer.self;
        });
    if (!have_clocks) return true;
    return ahead && *ahead <= kAheadAtMost;
}

}  // namespace

std::size_t voting_members(const ReplicationDriver& replication) {
    std::size_t out = 1;
    for (const repl::PeerStatus& peer : replication.peers())
        if (peer.kind != repl::PeerKind::legacy && !peer.self) out += 1;
    return out;
}

net::awaitable<void> note_members(StoreGateway& store, ReplicationDriver& replication) {
    co_await note_upkeep(store, static_cast<std::int64_t>(voting_members(replication)));
}

net::awaitable<void> keep_house(StoreGateway& store, ReplicationDriver& replication,
                                std::chrono::seconds interval, ClockAhead clock_ahead) {
    net::steady_timer timer(co_await net::this_coro::executor);
    std::int64_t known = 0;
    for (;;) {
        const auto members = static_cast<std::int64_t>(voting_members(replication));
        const auto ahead = clock_ahead();
        co_await note_upkeep(
            store, members == known ? std::nullopt : std::optional<std::int64_t>(members), ahead);
        known = members;
        if (may_expire(replication, ahead)) co_await expire(store, replication);
        timer.expires_after(interval);
        co_await timer.async_wait(net::use_awaitable);
    }
}

}  // namespace aimem
