#include "federation/webhooks/webhooks.h"

#include "federation/async.h"
#include "federation/http/client.h"
#include "federation/http/tls.h"
#include "federation/task_group.h"
#include "federation/webhooks/event.h"
#include "federation/webhooks/target.h"
#include "store/base/log.h"
#include "store/base/time_text.h"
#include "store/base/webhook_keys.h"
#include "store/log/feed.h"
#include "store/log/upkeep.h"
#include "store/query/records.h"
#include "store/store.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace aimem::webhooks {
namespace {

namespace net = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kLookAgain{250};
constexpr milliseconds kTimeout{10'000};
constexpr milliseconds kGrace{1'000};
constexpr std::size_t kPageRows = 64;
constexpr std::size_t kPageBytes = std::size_t{1} << 20;
constexpr std::size_t kFlights = 16;
constexpr std::array<milliseconds, 3> kPauses{milliseconds(0), milliseconds(200),
                                              milliseconds(1000)};

struct Look {
    std::int64_t at = 0;   // told up to here
    std::int64_t end = 0;  // of the feed
    std::vector<Subscriber> subscribers{};
    FeedPage page{};
    std::string keys_unreadable{};  // why
};

// The file of keys is looked at each time: one may have been added.
void take_subscribers(Look& out, std::vector<Subscription> found,
                      const std::filesystem::path& file) {
    const auto read = WebhookKeys::read(WebhookKeys::file_of(file));
    if (!read) out.keys_unreadable = read.error().message;
    const WebhookKeys keys = read.value_or(WebhookKeys{});
    for (Subscription& one : found) out.subscribers.push_back(subscriber_of(std::move(one), keys));
}

Result<Look> look(Store& store, std::int64_t at) {
    return store.ask([at, &file = store.file()](sqlite::Database& db) -> Result<Look> {
        Look out;
        out.at = at >= 0 ? at : webhooks_at(db);
        out.end = read_identity(db).next_seq - 1;
        if (out.at >= out.end) return out;
        auto found = query::subscriptions(db, std::nullopt);
        if (!found) return fail(found.error());
        if (found->empty()) return out;
        take_subscribers(out, std::move(*found), file);
        out.page = own_rows_after(db, out.at, kPageRows, kPageBytes);
        return out;
    });
}

}  // namespace

struct Webhooks::Impl : std::enable_shared_from_this<Impl> {
    Impl(net::any_io_executor on, StoreGateway& gateway)
        : executor(on),
          store(gateway),
          tasks(on, "webhooks"),
          timer(on) {}

    // Most nodes have no subscriber, and the roots take megabytes.
    bool load_roots(const http::Url& url) {
        if (tls || !url.tls) return true;
        auto roots = http::ClientTls::load({});
        if (roots)
            tls = std::move(*roots);
        else
            log::error("webhooks.no_roots", "{}", roots.error().message);
        return tls != nullptr;
    }

    net::awaitable<void> follow() {
        for (;;) {
            timer.expires_after(kLookAgain);
            auto [stopped] = co_await timer.async_wait(kNoThrow);
            if (stopped) co_return;
            auto ask = [from = at](Store& one) {
                return look(one, from);
            };
            auto found = co_await store.read(std::move(ask));
            if (!found) continue;  // logged where it happened
            at = found->at;
            if (found->at >= found->end) continue;
            if (found->subscribers.empty()) {
                at = found->end;  // nobody to tell; kept with the next page somebody is told of
                continue;
            }
            co_await tell(std::move(*found));
        }
    }

    net::awaitable<void> tell(Look found) {
        if (found.keys_unreadable != keys_unreadable) {
            keys_unreadable = found.keys_unreadable;
            if (!keys_unreadable.empty()) log::error("webhooks.keys", "{}", keys_unreadable);
        }
        for (const FeedRow& row : found.page.rows) {
            if (row.seq <= found.at) continue;  // a companion of a group, told before
            const auto event = event_of(row.change);
            if (!event) continue;
            for (const Subscriber& one : found.subscribers) {
                if (!wants(one.subscription, *event)) continue;
                co_await wait_for_a_flight();
                tasks.spawn(deliver(one, body_of(*event, time_text(system_clock().now_ns()))));
            }
        }
        at = found.page.to;
        co_await keep_place();
    }

    net::awaitable<void> keep_place() {
        auto work = [place = at](Registers& registers) {
            note_webhooks_at(registers, place);
        };
        const auto kept = co_await store.upkeep(std::move(work));
        if (!kept) log::warn("webhooks.place_not_kept", "{}", kept.error().message);
    }

    net::awaitable<void> wait_for_a_flight() {
        while (flights >= kFlights) {
            timer.expires_after(kLookAgain);
            co_await timer.async_wait(kNoThrow);
        }
        flights += 1;
    }

    // What ought to be signed and cannot be is not sent.
    bool may_sign(const Subscriber& to) {
        if (to.key_missing.empty()) return true;
        if (keys_missed.insert(to.key_missing).second)
            log::warn("webhooks.no_key",
                      "subscription={} key={} hint=copy the line of this key into the file of "
                      "webhook keys beside this database",
                      to.subscription.id, to.key_missing);
        return false;
    }

    net::awaitable<void> deliver(Subscriber to, std::string body) {
        const auto self = shared_from_this();  // the frame may outlive its owner
        bool told = false;
        if (may_sign(to)) told = co_await try_to_tell(to, body);
        flights -= 1;
        auto work = [id = to.subscription.id, told](Registers& registers) {
            note_webhook(registers, id, told);
        };
        (void)co_await store.upkeep(std::move(work));
    }

    net::awaitable<bool> try_to_tell(const Subscriber& to, const std::string& body) {
        for (const milliseconds pause : kPauses) {
            net::steady_timer wait(executor, pause);
            co_await wait.async_wait(kNoThrow);
            if (co_await post(to, body)) co_return true;
        }
        co_return false;
    }

    net::awaitable<bool> post(const Subscriber& subscriber, const std::string& body) {
        const Subscription& to = subscriber.subscription;
        const auto target = target_of(to.url);
        if (!target) {
            log::warn("webhooks.refused", "subscription={} why={}", to.id, target.error().message);
            co_return false;
        }
        if (!load_roots(target->url)) co_return false;
        const std::int64_t now = system_clock().now_ns() / kNsPerSecond;
        http::Headers headers;
        headers.emplace_back("content-type", "application/json");
        headers.emplace_back("user-agent", "ai-memory/" AIMEM_VERSION);
        headers.emplace_back("x-ai-memory-timestamp", std::to_string(now));
        if (subscriber.secret)
            headers.emplace_back("x-ai-memory-signature", signature(*subscriber.secret, now, body));
        http::ClientOptions options;
        options.may_connect = [url = target->url](const net::ip::address& address) {
            return webhooks::may_connect(url, address);
        };
        http::Client client(executor, target->url, tls, std::move(options));
        const auto answer =
            co_await client.request(http::Verb::post, target->path, headers, body, kTimeout);
        if (answer && answer->status >= 200 && answer->status < 300) co_return true;
        log::warn("webhooks.failed", "subscription={} why={}", to.id,
                  answer ? "status " + std::to_string(answer->status) : answer.error().message);
        co_return false;
    }

    net::any_io_executor executor;
    StoreGateway& store;
    std::shared_ptr<http::ClientTls> tls;
    TaskGroup tasks;
    net::steady_timer timer;
    std::int64_t at = -1;  // not read yet
    std::size_t flights = 0;
    std::set<std::string> keys_missed;  // told of in the log
    std::string keys_unreadable;
};

Webhooks::Webhooks(net::any_io_executor executor, StoreGateway& store)
    : impl_(std::make_shared<Impl>(executor, store)) {}

Webhooks::~Webhooks() = default;

void Webhooks::start() {
    impl_->tasks.spawn(impl_->follow());
}

net::awaitable<void> Webhooks::stop() {
    impl_->timer.cancel();
    co_await impl_->tasks.join(kGrace);
}

}  // namespace aimem::webhooks
