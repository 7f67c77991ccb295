#include "federation/replication/caretaker.h"

#include "federation/async.h"
#include "federation/legacy/puller.h"
#include "store/base/log.h"
#include "store/log/collect.h"
#include "store/log/parked.h"
#include "store/ops/decision.h"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace aimem {
namespace {

namespace net = boost::asio;

constexpr std::chrono::milliseconds kPlanLook{1000};  // at least this often
constexpr std::chrono::minutes kCollectInterval{60};
constexpr std::size_t kCollectRounds = 100;  // transactions of one collection
constexpr std::chrono::milliseconds kPullWait{
    2000};  // a fetch waits this long at the peer for news

}  // namespace

Caretaker::Caretaker(net::any_io_executor executor, ComparerContext context,
                     CaretakerOptions options, const Identity& self)
    : executor_(std::move(executor)),
      context_(std::move(context)),
      options_(std::move(options)),
      plan_({options_.peer_urls.size(), options_.interval}, steady_now(), self.recovering),
      unspoken_(options_.peer_urls.size()),
      returns_(options_.peer_urls.size()),
      epoch_(self.epoch),
      timer_(executor_) {
    context_.peer_nodes = [this] {
        return nodes_to_meet();
    };
}

void Caretaker::look_again() {
    timer_.cancel();
}

void Caretaker::peer_reached(std::size_t peer) {
    plan_.reached(peer, steady_now());
    returns_[peer] += 1;
    look_again();
}

void Caretaker::peer_lost(std::size_t peer) {
    plan_.lost(peer, steady_now());
}

void Caretaker::peer_renewed(std::size_t peer) {
    plan_.renewed(peer, steady_now());
    look_again();
}

void Caretaker::self_renewed(const std::string& epoch) {
    epoch_ = epoch;
    plan_.renewed_self(steady_now());
    look_again();
}

void Caretaker::stop() {
    stopped_ = true;
}

// A peer has seen more of our feed than this file knows: it was restored from a backup. From
// now on nothing it writes can be taken for something it wrote before.
net::awaitable<void> Caretaker::check_history(SeenOfFeed seen) {
    auto query = [seen](Store& from) {
        bool contradicted = false;
        const auto looked =
            from.look([&](sqlite::Database& db) { contradicted = contradicts_history(db, seen); });
        return looked && contradicted;
    };
    if (!co_await context_.store.read(std::move(query))) co_return;
    auto work = [seen](Registers& registers) {
        if (contradicts_history(registers.db(), seen))
            renew_identity(registers, seen, system_rng());
    };
    const auto done = co_await context_.store.upkeep(std::move(work));
    if (!done) log::error("node.not_renewed", "{}", done.error().message);
    options_.identity_changed();
}

net::awaitable<void> Caretaker::park(repl::Report report) {
    const std::string& url = options_.peer_urls.at(report.peer);
    auto work = [url, told = std::move(report)](Registers& registers) {
        park_own(registers, url, told.seqs, told.why);
    };
    const auto done = co_await context_.store.upkeep(std::move(work));
    if (!done) log::error("peer.parked_unnoted", "{}", done.error().message);
}

// The plan says when and with whom.
net::awaitable<void> Caretaker::compare_on_and_on() {
    for (;;) {
        tell_plan_of_kinds();
        const auto peer = plan_.next(steady_now());
        if (peer) {
            co_await compare(*peer);
            continue;
        }
        const Instant latest = steady_now() + kPlanLook;
        timer_.expires_at(
            net::steady_timer::time_point(std::min(plan_.next_wakeup().value_or(latest), latest)));
        auto [error] = co_await timer_.async_wait(kNoThrow);
        if (error && stopped_) co_return;
    }
}

void Caretaker::tell_plan_of_kinds() {
    const auto status = options_.peers();
    for (std::size_t i = 0; i < status.size(); ++i) {
        if (is_old(i, status[i]) || status[i].self)
            plan_.legacy(i);
        else if (status[i].kind == repl::PeerKind::ours)
            plan_.ours(i, steady_now());
        if (!status[i].up) plan_.lost(i, steady_now());
    }
}

std::vector<std::string> Caretaker::nodes_to_meet() const {
    std::vector<std::string> out;
    const auto status = options_.peers();
    for (std::size_t i = 0; i < status.size(); ++i)
        if (!is_old(i, status[i]) && !status[i].self) out.push_back(status[i].node);
    return out;
}

bool Caretaker::is_old(std::size_t peer, const repl::PeerStatus& status) const {
    if (status.kind == repl::PeerKind::unknown) return unspoken_[peer];
    return status.kind == repl::PeerKind::legacy;
}

net::awaitable<void> Caretaker::compare(std::size_t peer) {
    using Patience = repl::Comparison::Patience;
    const auto patience = plan_.impatient(peer) ? Patience::impatient : Patience::patient;
    const std::int64_t lag = options_.peers().at(peer).lag;
    const repl::CompareDone done = co_await compare_with(context_, peer, patience, lag);
    plan_.ended(peer, done.end, steady_now());
    unspoken_[peer] = done.unspoken;
    const std::string& url = options_.peer_urls[peer];
    const std::size_t moved = done.sent + done.received + done.forgotten;
    if (moved > 0)
        log::info("repair.done", "peer={} sent={} received={} forgotten={}", url, done.sent,
                  done.received, done.forgotten);
    if (done.end == repl::CompareEnd::later || done.end == repl::CompareEnd::owed)
        log::info("repair.later", "peer={} why={}", url, done.why);
    else if (done.end == repl::CompareEnd::failed)
        log::debug("repair.failed", "peer={} why={}", url, done.why);
    if (done.end == repl::CompareEnd::rewound) co_await check_history(done.evidence);
    if (!plan_.take_recovered()) co_return;
    auto work = [epoch = epoch_](Registers& registers) {
        end_recovery(registers, epoch);
        settle_open_actions(registers, system_rng());
    };
    const auto ended = co_await context_.store.upkeep(std::move(work));
    if (ended)
        log::info("node.whole", "compared with every peer; recovery is over");
    else
        plan_.not_recovered(steady_now());
    options_.identity_changed();
}

// Tombstones that every peer has had for long.
net::awaitable<void> Caretaker::collect_now_and_then() {
    net::steady_timer pause(executor_);
    for (;;) {
        std::size_t collected = 0;
        for (std::size_t round = 0; round < kCollectRounds; ++round) {
            const CollectPlan wanted = co_await plan_of_collection();
            auto work = [wanted](Registers& registers) {
                collect(registers, wanted);
            };
            if (wanted.rows.empty() && wanted.new_mark.at == 0) break;
            const auto done = co_await context_.store.upkeep(std::move(work));
            if (!done) break;
            collected += wanted.rows.size();
            if (!wanted.more) break;
        }
        if (collected > 0) log::info("tombstones.collected", "rows={}", collected);
        pause.expires_after(kCollectInterval);
        auto [error] = co_await pause.async_wait(kNoThrow);
        if (error) co_return;
    }
}

net::awaitable<CollectPlan> Caretaker::plan_of_collection() {
    std::vector<bool> legacy;
    for (const auto& peer : options_.peers()) legacy.push_back(peer.kind == repl::PeerKind::legacy);
    auto query = [urls = options_.peer_urls, legacy](Store& from) {
        CollectPlan out;
        const auto looked = from.look([&](sqlite::Database& db) {
            const auto cursors = read_cursors(db);
            std::vector<CollectPeer> peers;
            for (std::size_t i = 0; i < urls.size(); ++i) {
                peers.push_back({{}, {}, legacy[i]});
                for (const PeerCursor& cursor : cursors)
                    if (cursor.url == urls[i]) peers[i] = {cursor.node, cursor.epoch, legacy[i]};
            }
            out = plan_collection(db, peers, system_clock().now_ns(), CollectRules{});
        });
        if (!looked) log::warn("tombstones.kept", "{}", looked.error().message);
        return out;
    };
    co_return co_await context_.store.read(std::move(query));
}

// For a machine without a door: the peer's feed is fetched, since nobody can push it.
net::awaitable<void> Caretaker::pull_on_and_on(std::size_t peer) {
    const auto wait = std::min<std::chrono::milliseconds>(options_.interval, kPullWait);
    net::steady_timer pause(executor_);
    PullState state = co_await pull_state(context_.store, options_.peers().at(peer).node);
    for (;;) {
        const auto accepted = co_await pull_from(context_, peer, state, wait);
        if (accepted) {
            context_.applied(*accepted);
            continue;
        }
        log::debug("pull.failed", "peer={} why={}", options_.peer_urls[peer],
                   accepted.error().message);
        pause.expires_after(wait);
        auto [error] = co_await pause.async_wait(kNoThrow);
        if (error) co_return;
    }
}

net::awaitable<void> Caretaker::pull_old_on_and_on(std::size_t peer) {
    OldPullOptions options;
    if (options_.interval == std::chrono::seconds(0)) options.interval = {};
    auto look = [this, peer] {
        const repl::PeerStatus status = options_.peers().at(peer);
        const bool answers = status.up && !status.self && is_old(peer, status);
        return OldPeerState{answers, status.lag == 0, returns_[peer]};
    };
    auto pulling = pull_old_peer(context_, {peer, options_.peer_urls[peer], options, look});
    co_await std::move(pulling);
}

}  // namespace aimem
