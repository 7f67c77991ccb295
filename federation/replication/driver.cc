#include "federation/replication/driver.h"

#include "federation/replication/comparer.h"
#include "federation/replication/peer_clients.h"
#include "federation/task_group.h"
#include "store/base/log.h"
#include "store/log/doorbell.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unistd.h>

#include <map>
#include <utility>

namespace aimem {
namespace {

namespace net = boost::asio;

constexpr auto kNoThrow = net::as_tuple(net::use_awaitable);
constexpr std::chrono::milliseconds kLookInterval{250};     // the doorbell's back-stop
constexpr std::chrono::milliseconds kCursorInterval{1000};  // a lost cursor costs re-sending only
constexpr std::chrono::milliseconds kTouchInterval{5000};
constexpr std::chrono::milliseconds kFirstComparison{3000};
constexpr std::chrono::milliseconds kPullWait{
    2000};  // a fetch waits this long at the peer for news

Instant now() {
    return std::chrono::steady_clock::now().time_since_epoch();
}

std::vector<PeerCursor> cursors_of(const std::vector<std::string>& urls,
                                   const std::vector<PeerCursor>& known) {
    std::vector<PeerCursor> out;
    for (const std::string& url : urls) {
        PeerCursor cursor{url, {}, {}, 0};
        for (const PeerCursor& one : known)
            if (one.url == url) cursor = one;
        out.push_back(std::move(cursor));
    }
    return out;
}

http::Headers headers_of(const DriverOptions& options, const Identity& self) {
    http::Headers headers{{"x-agent-id", options.agent_id}, {"x-peer-id", self.node}};
    if (!options.api_key.empty()) headers.emplace_back("x-api-key", options.api_key);
    return headers;
}

std::vector<http::Url> urls_of(const std::vector<std::string>& texts) {
    std::vector<http::Url> out;
    for (const std::string& text : texts) {
        auto url = http::parse_url(text);
        if (!url) throw std::logic_error("an unchecked peer URL: " + url.error().message);
        out.push_back(std::move(*url));
    }
    return out;
}

}  // namespace

struct ReplicationDriver::Impl : std::enable_shared_from_this<Impl> {
    Impl(net::any_io_executor on, StoreGateway& gateway, DriverOptions given,
         repl::ReplicatorOptions machine_options)
        : executor(on),
          store(gateway),
          options(std::move(given)),
          self(machine_options.self),
          machine(std::move(machine_options)),
          clients(on, urls_of(options.peer_urls), options.tls, headers_of(options, self)),
          tasks(on, "replication"),
          timer(on) {}

    // Events wait for the end of the turn: the writes of one commit come one by one, and share a
    // push.
    void step(repl::Event event) {
        events.push_back(std::move(event));
        if (events.size() > 1) return;
        net::post(executor, [weak = weak_from_this()] {
            if (const auto alive = weak.lock()) alive->take_turn();
        });
    }

    void take_turn() {
        const std::vector<repl::Event> now_taken = std::exchange(events, {});
        for (repl::Action& action : machine.step(now_taken, now(), system_clock().now_ns()))
            std::visit([this](auto& one) { carry_out(std::move(one)); }, action);
        arm_timer();
    }

    void carry_out(repl::SendPush push) {
        counters.pushes += 1;
        tasks.spawn(send(std::move(push)));
    }
    void carry_out(repl::LoadPage page) { tasks.spawn(load(page)); }
    void carry_out(repl::SaveCursor save) { unsaved[save.cursor.url] = std::move(save.cursor); }
    void carry_out(repl::Resolve resolve) {
        const auto waiting = tickets.find(resolve.ticket);
        if (waiting == tickets.end()) return;
        count(resolve.outcome);
        auto tell = std::move(waiting->second);
        tickets.erase(waiting);
        tell(resolve.outcome);
    }
    void carry_out(repl::Report report);

    void count(const QuorumOutcome& outcome) {
        if (outcome.verdict == Verdict::met)
            counters.quorum_met += 1;
        else if (outcome.reason == "timeout")
            counters.failed_timeout += 1;
        else if (outcome.reason == "id_drift")
            counters.failed_id_drift += 1;
        else
            counters.failed_unreachable += 1;
    }

    net::awaitable<void> send(repl::SendPush push) {
        const repl::PushDone done = co_await clients.push(std::move(push));
        step(done);
    }

    net::awaitable<void> load(repl::LoadPage wanted) {
        auto query = [wanted](Store& from) {
            return from.feed_after(wanted.from, wanted.rows_max, wanted.bytes_max);
        };
        auto page = co_await store.read(std::move(query));
        repl::PageLoaded loaded{wanted.peer, wanted.from, std::nullopt};
        if (page) loaded.page = std::move(*page);
        step(loaded);
    }

    // One timer for everything the machine wants to look at later.
    void arm_timer() {
        const auto next = machine.next_wakeup();
        if (!next || (armed && *next >= armed_for)) return;
        armed = true;
        armed_for = *next;
        timer.expires_at(net::steady_timer::time_point(*next));
        timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
            const auto alive = weak.lock();
            if (error || !alive) return;
            alive->armed = false;
            alive->step(repl::Tick{});
        });
    }

    net::awaitable<void> look_at_feed() {
        auto query = [](Store& from) {
            return from.identity();
        };
        const auto identity = co_await store.read(std::move(query));
        if (identity) step(repl::FeedMoved{identity->next_seq});
    }

    net::awaitable<void> hear_bell(std::shared_ptr<DoorbellListener> bell) {
        net::posix::stream_descriptor socket(executor, ::dup(bell->descriptor()));
        for (;;) {
            auto [error] =
                co_await socket.async_wait(net::posix::stream_descriptor::wait_read, kNoThrow);
            if (error) co_return;
            bell->drain();
            co_await look_at_feed();
        }
    }

    net::awaitable<void> look_now_and_then() {
        net::steady_timer pause(executor);
        std::int64_t version = -1;
        for (;;) {
            auto query = [](Store& from) {
                return from.data_version();
            };
            const std::int64_t found = co_await store.read(std::move(query));
            if (found != version) co_await look_at_feed();
            version = found;
            pause.expires_after(kLookInterval);
            auto [error] = co_await pause.async_wait(kNoThrow);
            if (error) co_return;
        }
    }

    net::awaitable<void> save_now_and_then() {
        net::steady_timer pause(executor);
        auto flushed = std::chrono::steady_clock::now();
        for (;;) {
            pause.expires_after(kCursorInterval);
            auto [error] = co_await pause.async_wait(kNoThrow);
            if (error) co_return;
            save_cursors();
            if (std::chrono::steady_clock::now() - flushed < kTouchInterval) continue;
            flushed = std::chrono::steady_clock::now();
            auto query = [](Store& to) {
                to.flush_touches();
                return 0;
            };
            co_await store.read(std::move(query));
        }
    }

    ComparerContext comparer() { return {store, clients, self, options.agent_id}; }

    // One peer after the other; the first time soon, so that a node that was away is whole again.
    net::awaitable<void> compare_now_and_then(std::size_t peer) {
        const ComparerContext context = comparer();
        net::steady_timer pause(executor);
        auto wait = std::min<std::chrono::milliseconds>(options.catchup_interval, kFirstComparison);
        for (;;) {
            pause.expires_after(wait);
            auto [error] = co_await pause.async_wait(kNoThrow);
            if (error) co_return;
            wait = options.catchup_interval;
            const auto status = machine.peers().at(peer);
            if (status.kind == repl::PeerKind::legacy || !status.up) continue;
            const auto sent = co_await compare_with(context, peer);
            if (!sent)
                log::debug("repair.failed", "peer={} why={}", status.url, sent.error().message);
            else if (*sent > 0)
                log::info("repair.sent", "peer={} rows={}", status.url, *sent);
        }
    }

    // For a machine without a door: the peer's feed is fetched, since nobody can push it.
    net::awaitable<void> pull_on_and_on(std::size_t peer) {
        const ComparerContext context = comparer();
        const auto wait = std::min<std::chrono::milliseconds>(options.catchup_interval, kPullWait);
        net::steady_timer pause(executor);
        PullState state;
        for (;;) {
            const auto accepted = co_await pull_from(context, peer, state, wait);
            if (accepted) {
                step(repl::ForeignApplied{{accepted->span.from, accepted->span.to}});
                continue;
            }
            log::debug("pull.failed", "peer={} why={}", options.peer_urls[peer],
                       accepted.error().message);
            pause.expires_after(wait);
            auto [error] = co_await pause.async_wait(kNoThrow);
            if (error) co_return;
        }
    }

    void save_cursors() {
        for (auto& [url, cursor] : unsaved) store.store().save_cursor(std::move(cursor));
        unsaved.clear();
    }

    net::any_io_executor executor;
    StoreGateway& store;
    DriverOptions options;
    Identity self;
    repl::Replicator machine;
    PeerClients clients;
    TaskGroup tasks;
    net::steady_timer timer;
    bool armed = false;
    Instant armed_for{};
    std::map<repl::Ticket, std::function<void(QuorumOutcome)>> tickets;
    repl::Ticket next_ticket = 1;
    std::map<std::string, PeerCursor> unsaved;
    std::vector<repl::Event> events{};  // of this turn; taken by take_turn
    DriverCounters counters;
};

void ReplicationDriver::Impl::carry_out(repl::Report report) {
    const std::string& url = options.peer_urls.at(report.peer);
    switch (report.what) {
        case repl::Report::What::peer_up: log::info("peer.up", "peer={}", url); break;
        case repl::Report::What::peer_down:
            log::warn("peer.down", "peer={} why={}", url, report.why);
            break;
        case repl::Report::What::parked:
            counters.parked += 1;
            log::error("peer.parked", "peer={} {}", url, report.why);
            break;
        case repl::Report::What::self_in_peers:
            log::error("peer.self", "peer={} is this node itself and counts for nothing", url);
            break;
        case repl::Report::What::rewound:
            log::warn("peer.rewound", "peer={} {}", url, report.why);
            break;
    }
}

Result<std::unique_ptr<ReplicationDriver>> ReplicationDriver::create(net::any_io_executor executor,
                                                                     StoreGateway& store,
                                                                     DriverOptions options) {
    auto identity = store.store().identity();
    if (!identity) return fail(identity.error());
    const auto known = store.store().cursors();
    if (!known) return fail(known.error());
    repl::ReplicatorOptions machine;
    machine.policy = options.policy;
    machine.self = std::move(*identity);
    machine.agent_id = options.agent_id;
    machine.peers = cursors_of(options.peer_urls, *known);
    machine.push_timeout = options.policy.timeout;
    auto impl =
        std::make_shared<Impl>(std::move(executor), store, std::move(options), std::move(machine));
    return std::unique_ptr<ReplicationDriver>(new ReplicationDriver(std::move(impl)));
}

ReplicationDriver::ReplicationDriver(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
ReplicationDriver::~ReplicationDriver() = default;

void ReplicationDriver::start() {
    impl_->tasks.spawn(impl_->save_now_and_then());
    if (!federated()) return;
    try {
        auto bell = std::make_shared<DoorbellListener>(impl_->store.store().file(),
                                                       impl_->options.bell_listener);
        impl_->tasks.spawn(impl_->hear_bell(std::move(bell)));
    } catch (const std::system_error& e) {
        log::warn("doorbell.deaf", "{}; other processes are noticed every {} ms", e.what(),
                  kLookInterval.count());
    }
    impl_->tasks.spawn(impl_->look_now_and_then());
    for (std::size_t peer = 0; peer < impl_->options.peer_urls.size(); ++peer) {
        if (impl_->options.catchup_interval.count() > 0)
            impl_->tasks.spawn(impl_->compare_now_and_then(peer));
        if (impl_->options.pulls) impl_->tasks.spawn(impl_->pull_on_and_on(peer));
    }
    impl_->step(repl::Tick{});
}

net::awaitable<void> ReplicationDriver::stop() {
    const auto impl = impl_;
    impl->timer.cancel();
    impl->tasks.cancel();
    const bool ended = co_await impl->tasks.join(std::chrono::milliseconds(500));
    if (!ended)
        log::debug("replication.stop",
                   "pushes were cut off; their rows go again after the next start");
    impl->save_cursors();
    impl->clients.close();
}

net::awaitable<QuorumOutcome> ReplicationDriver::replicate(std::vector<FeedRow> rows,
                                                           std::vector<FeedRow> companions) {
    const auto impl = impl_;
    if (!federated()) {
        co_return QuorumOutcome{Verdict::met, 1, 1, {}};
    }
    repl::Committed committed{std::move(rows), std::move(companions), impl->next_ticket++};
    auto start = [impl, committed = std::move(committed)](auto done) mutable {
        impl->tickets.emplace(*committed.ticket, std::move(done));
        impl->step(std::move(committed));
    };
    co_return co_await await_callback<QuorumOutcome>(std::move(start));
}

void ReplicationDriver::announce(std::vector<FeedRow> rows, std::vector<FeedRow> companions) {
    if (!federated() || rows.empty()) return;
    impl_->step(repl::Committed{std::move(rows), std::move(companions), std::nullopt});
}

void ReplicationDriver::foreign_applied(SeqSpan span) {
    if (federated() && span.to > span.from) impl_->step(repl::ForeignApplied{{span.from, span.to}});
}

void ReplicationDriver::peer_heard(const std::string& node) {
    if (federated()) impl_->step(repl::PeerHeard{node});
}

bool ReplicationDriver::federated() const noexcept {
    return !impl_->options.peer_urls.empty();
}
const QuorumPolicy& ReplicationDriver::policy() const noexcept {
    return impl_->options.policy;
}
const Identity& ReplicationDriver::self() const noexcept {
    return impl_->self;
}
std::vector<repl::PeerStatus> ReplicationDriver::peers() const {
    return impl_->machine.peers();
}
const DriverCounters& ReplicationDriver::counters() const noexcept {
    return impl_->counters;
}

}  // namespace aimem
