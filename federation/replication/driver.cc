#include "federation/replication/driver.h"

#include "federation/async.h"
#include "federation/replication/caretaker.h"
#include "federation/replication/page.h"
#include "federation/replication/peer_clients.h"
#include "federation/replication/place.h"
#include "federation/replication/report_log.h"
#include "federation/task_group.h"
#include "store/base/log.h"
#include "store/log/doorbell.h"
#include "store/log/upkeep.h"

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

constexpr std::chrono::milliseconds kLookInterval{250};     // the doorbell's back-stop
constexpr std::chrono::milliseconds kCursorInterval{1000};  // a lost cursor costs re-sending only
constexpr std::chrono::milliseconds kTouchInterval{5000};
constexpr std::chrono::milliseconds kAskedFor{100};  // somebody reads the cursors in the file

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
          place(machine_options.place),
          machine(std::move(machine_options)),
          clients(on, urls_of(options.peer_urls), options.tls, headers_of(options, self)),
          caretaker(make_caretaker()),
          tasks(on, "replication"),
          timer(on) {}

    Caretaker make_caretaker() {
        ComparerContext context{store, clients, options.agent_id};
        context.applied = [this](const Accepted& accepted) {
            step(repl::ForeignApplied{{accepted.span.from, accepted.span.to}, {}, {}});
        };
        context.forgot = std::bind_front(&Impl::step, this, repl::RowsForgotten{});
        CaretakerOptions care{options.peer_urls, options.catchup_interval,
                              [this] { return machine.peers(); },
                              [this] {
                                  tasks.spawn(look_at_feed());
                              }};
        return Caretaker(executor, std::move(context), std::move(care), self);
    }

    // Events wait for the end of the turn, so that the writes of one commit share a push.
    void step(repl::Event event) {
        events.push_back(std::move(event));
        if (events.size() > 1) return;
        net::post(executor, [weak = weak_from_this()] {
            if (const auto alive = weak.lock()) alive->take_turn();
        });
    }

    void take_turn() {
        const std::vector<repl::Event> now_taken = std::exchange(events, {});
        for (repl::Action& action : machine.step(now_taken, steady_now(), system_clock().now_ns()))
            std::visit([this](auto& one) { carry_out(std::move(one)); }, action);
        arm_timer();
    }

    void carry_out(repl::SendPush push) {
        counters.pushes += 1;
        tasks.spawn(send(std::move(push)));
    }
    void carry_out(repl::LoadPage page) { tasks.spawn(load(std::move(page))); }
    void carry_out(repl::SaveCursor save) {
        unsaved[save.cursor.url] = std::move(save.cursor);
        if (steady_now() < asked_until) save_cursors();
    }
    void carry_out(repl::Resolve resolve) {
        const auto waiting = tickets.find(resolve.ticket);
        if (waiting == tickets.end()) return;
        count(resolve.outcome);
        auto tell = std::move(waiting->second);
        tickets.erase(waiting);
        tell(resolve.outcome);
    }
    void carry_out(repl::CheckHistory check) {
        tasks.spawn(caretaker.check_history(std::move(check.seen)));
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
            return repl::load_page(from, wanted);
        };
        step(co_await store.read(std::move(query)));
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
        if (!identity) co_return;
        self.recovering = identity->recovering;
        if (identity->epoch != self.epoch) {
            self = *identity;
            log::warn("node.renewed", "this file is older than what peers know of it; epoch={}",
                      self.epoch);
            step(repl::IdentityChanged{self});
            caretaker.self_renewed(self.epoch);
        }
        step(repl::FeedMoved{identity->next_seq, identity->fresh});
    }

    net::awaitable<void> hear_bell(std::shared_ptr<DoorbellListener> bell) {
        net::posix::stream_descriptor socket(executor, ::dup(bell->descriptor()));
        for (;;) {
            auto [error] =
                co_await socket.async_wait(net::posix::stream_descriptor::wait_read, kNoThrow);
            if (error) co_return;
            bell->drain();
            if (bell->asked()) asked_until = steady_now() + kAskedFor;
            if (bell->asked()) save_cursors();
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

    void save_cursors() {
        for (auto& [url, cursor] : unsaved) store.store().save_cursor(std::move(cursor));
        unsaved.clear();
    }

    net::any_io_executor executor;
    StoreGateway& store;
    DriverOptions options;
    Identity self;
    std::string place;
    repl::Replicator machine;
    PeerClients clients;
    Caretaker caretaker;
    TaskGroup tasks;
    net::steady_timer timer;
    bool armed = false;
    Instant armed_for{};
    std::map<repl::Ticket, std::function<void(QuorumOutcome)>> tickets;
    repl::Ticket next_ticket = 1;
    std::map<std::string, PeerCursor> unsaved;
    Instant asked_until{};
    std::vector<repl::Event> events{};  // of this turn; taken by take_turn
    DriverCounters counters;
};

void ReplicationDriver::Impl::carry_out(repl::Report report) {
    log_report(report, options.peer_urls.at(report.peer));
    switch (report.what) {
        case repl::Report::What::peer_up: caretaker.peer_reached(report.peer); break;
        case repl::Report::What::peer_down: caretaker.peer_lost(report.peer); break;
        case repl::Report::What::parked:
            counters.parked += 1;
            tasks.spawn(caretaker.park(std::move(report)));
            break;
        case repl::Report::What::rewound: caretaker.peer_renewed(report.peer); break;
        case repl::Report::What::self_in_peers:
        case repl::Report::What::twin: break;
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
    machine.place = place_of(store.store().file());
    machine.agent_id = options.agent_id;
    const auto looked = store.store().look([&](sqlite::Database& db) {
        for (const PeerCursor& cursor : *known)
            if (!cursor.node.empty()) machine.seen[cursor.node] = seen_of_feed(db, cursor.node);
    });
    if (!looked) return fail(looked.error());
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
    impl_->tasks.spawn(impl_->caretaker.compare_on_and_on());
    impl_->tasks.spawn(impl_->caretaker.collect_now_and_then());
    for (std::size_t peer = 0; peer < impl_->options.peer_urls.size(); ++peer) {
        impl_->tasks.spawn(impl_->caretaker.pull_old_on_and_on(peer));
        if (impl_->options.pulls) impl_->tasks.spawn(impl_->caretaker.pull_on_and_on(peer));
    }
    impl_->step(repl::Tick{});
}

net::awaitable<void> ReplicationDriver::stop() {
    const auto impl = impl_;
    impl->timer.cancel();
    impl->caretaker.stop();
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

void ReplicationDriver::foreign_applied(SeqSpan span, std::string node, SeenOfFeed seen) {
    if (federated())
        impl_->step(repl::ForeignApplied{{span.from, span.to}, std::move(node), std::move(seen)});
}

void ReplicationDriver::heard_of_own_feed(SeenOfFeed seen) {
    // The common case costs nothing: it is our epoch, and no more of it than there is.
    if (!federated() || seen.epoch.empty()) return;
    if (seen.epoch == impl_->self.epoch && seen.seen <= impl_->machine.feed_end()) return;
    impl_->tasks.spawn(impl_->caretaker.check_history(std::move(seen)));
}

void ReplicationDriver::peer_heard(const std::string& node) {
    if (federated()) impl_->step(repl::PeerHeard{node});
}

void ReplicationDriver::renew_connections() {
    impl_->clients.close();
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
const std::string& ReplicationDriver::place() const noexcept {
    return impl_->place;
}
const DriverCounters& ReplicationDriver::counters() const noexcept {
    return impl_->counters;
}

bool ReplicationDriver::behind() const {
    return impl_->caretaker.behind();
}

}  // namespace aimem
