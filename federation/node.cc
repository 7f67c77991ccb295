#include "federation/node.h"

#include "federation/api/api.h"
#include "federation/housekeeping.h"
#include "federation/http/server.h"
#include "federation/http/url.h"
#include "federation/replication/driver.h"
#include "federation/store_gateway.h"
#include "federation/task_group.h"
#include "federation/webhooks/webhooks.h"
#include "store/base/log.h"
#include "store/base/paths.h"
#include "store/store.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <memory>
#include <utility>

namespace aimem {
namespace {

namespace net = boost::asio;

constexpr std::size_t kReaders = 2;
constexpr std::size_t kReaderCacheKib = 4096;
constexpr std::chrono::milliseconds kChoresGrace{1000};

// Members in order of dependence: what comes later uses what came before.
struct Node {
    Node(const NodeOptions& given, std::unique_ptr<Store> opened)
        : options(given),
          store(std::move(opened)),
          gateway(*store, kReaders) {}

    const NodeOptions& options;
    net::io_context io{1};  // outlives the threads of store and gateway, whose answers go there
    std::unique_ptr<Store> store;
    StoreGateway gateway;
    std::shared_ptr<http::ServerTls> server_tls{};
    std::shared_ptr<http::ClientTls> client_tls{};
    std::unique_ptr<ReplicationDriver> replication{};
    std::unique_ptr<api::Services> services{};
    http::Router router{};
    std::unique_ptr<http::Server> server{};
    std::unique_ptr<webhooks::Webhooks> webhooks{};
};

std::string bell_of(const NodeOptions& options) {
    return options.command == NodeCommand::serve ? "node" : "sync";
}

bool over_tls(const std::string& url) {
    const auto parsed = http::parse_url(url);
    return parsed && parsed->tls;
}

Result<> make_replication(Node& node) {
    DriverOptions driver;
    driver.policy = node.options.policy;
    driver.peer_urls = node.options.peers;
    driver.agent_id = node.options.agent_id;
    driver.api_key = node.options.api_key;
    driver.catchup_interval = node.options.catchup_interval;
    driver.bell_listener = bell_of(node.options);
    driver.pulls = node.options.command == NodeCommand::sync_daemon;
    auto files = node.options.client_tls;
    files.roots = std::any_of(driver.peer_urls.begin(), driver.peer_urls.end(), over_tls);
    auto tls = http::ClientTls::load(std::move(files));
    if (!tls) return fail(tls.error());
    node.client_tls = *tls;
    driver.tls = std::move(*tls);
    auto made = ReplicationDriver::create(node.io.get_executor(), node.gateway, std::move(driver));
    if (!made) return fail(made.error());
    node.replication = std::move(*made);
    return {};
}

Result<> make_door(Node& node) {
    const NodeOptions& options = node.options;
    if (!options.server_tls.cert.empty()) {
        auto tls = http::ServerTls::load(options.server_tls);
        if (!tls) return fail(tls.error());
        node.server_tls = std::move(*tls);
    }
    node.services = std::make_unique<api::Services>(
        api::Services{node.gateway, *node.replication, AIMEM_VERSION});
    node.services->lists = [&node](const std::string& fingerprint) {
        return node.server_tls && node.server_tls->lists(fingerprint);
    };
    api::add_routes(node.router, *node.services);
    if (!options.api_key.empty()) node.router.set_guard(api::require_key(options.api_key));
    http::ServerOptions server;
    server.host = options.host;
    server.port = options.port;
    node.server = std::make_unique<http::Server>(node.io.get_executor(), node.router, server,
                                                 node.server_tls);
    node.webhooks = std::make_unique<webhooks::Webhooks>(node.io.get_executor(), node.gateway);
    return node.server->bind();
}

void reload(Node& node) {
    if (const auto done = node.client_tls->reload(); !done)
        log::error("tls.reload_failed", "towards peers the old certificates stay in use: {}",
                   done.error().message);
    node.replication->renew_connections();
    if (!node.server_tls) return;
    if (const auto done = node.server_tls->reload(); !done)
        log::error("tls.reload_failed", "the old certificates stay in use: {}",
                   done.error().message);
    else
        log::info("tls.reloaded", "clients listed: {}", node.server_tls->listed());
}

std::optional<std::chrono::seconds> ahead_of_slowest(const std::map<std::string, double>& offsets) {
    std::optional<std::chrono::seconds> out;
    for (const auto& [peer, seconds] : offsets) {
        const std::chrono::seconds ahead(static_cast<std::int64_t>(-seconds));
        out = out ? std::max(*out, ahead) : ahead;
    }
    return out;
}

net::awaitable<void> run_until_told(Node& node) {
    net::signal_set signals(co_await net::this_coro::executor, SIGINT, SIGTERM, SIGHUP);
    co_await note_members(node.gateway, *node.replication);
    if (node.server) node.server->start();
    node.replication->start();
    if (node.webhooks) node.webhooks->start();
    TaskGroup chores(co_await net::this_coro::executor, "housekeeping");
    ClockAhead clock_ahead = [&node] {
        return node.services ? ahead_of_slowest(node.services->clock_offsets) : std::nullopt;
    };
    chores.spawn(keep_house(node.gateway, *node.replication, node.options.expiry_interval,
                            std::move(clock_ahead)));
    for (int signal = SIGHUP; signal == SIGHUP;) {
        signal = co_await signals.async_wait(net::use_awaitable);
        if (signal == SIGHUP) reload(node);
    }
    log::info("node.stopping", "grace={}s", node.options.shutdown_grace.count());
    if (node.services) node.services->stopping = true;
    if (node.server) co_await node.server->stop(node.options.shutdown_grace);
    if (node.webhooks) co_await node.webhooks->stop();
    chores.cancel();
    co_await chores.join(kChoresGrace);
    co_await node.replication->stop();
}

}  // namespace

Result<> run_node(const NodeOptions& options) {
    if (auto ok = make_private_folders(options.db); !ok) return ok;
    StoreOptions store_options;
    store_options.own_bell = bell_of(options);
    store_options.file = options.db;
    store_options.readers = kReaders;
    store_options.reader_cache_kib = kReaderCacheKib;
    auto store = Store::open(store_options);
    if (!store) return fail(store.error());
    Node node(options, std::move(*store));
    if (auto ok = make_replication(node); !ok) return ok;
    if (options.command == NodeCommand::serve)
        if (auto ok = make_door(node); !ok) return ok;
    const Identity& self = node.replication->self();
    log::info("node.start", "db={} node={} epoch={} peers={} w={}", options.db.string(), self.node,
              self.epoch, options.peers.size(), options.policy.needed);
    if (node.server)
        log::info("node.listening", "listening on {}:{}", options.host, node.server->port());
    std::exception_ptr failure;
    net::co_spawn(node.io, run_until_told(node), [&](const std::exception_ptr& thrown) {
        failure = thrown;
        node.io.stop();
    });
    node.io.run();
    if (failure) std::rethrow_exception(failure);
    return {};
}

}  // namespace aimem
