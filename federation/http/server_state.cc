#include "federation/http/server_state.h"

#include "federation/async.h"
#include "store/base/log.h"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace aimem::http {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using Code = boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kAcceptRetry{100};
constexpr std::chrono::milliseconds kSweepMin{5};
constexpr std::chrono::milliseconds kSweepMax{1000};
constexpr std::chrono::seconds kFullLogInterval{1};

void close_now(Watched& watched) {
    Code ignored;
    watched.socket->close(ignored);
}

Code listen_on(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
    Code error;
    Code ignored;
    acceptor.open(endpoint.protocol(), error);
    if (error) return error;
    acceptor.set_option(tcp::acceptor::reuse_address(true), ignored);
    if (endpoint.protocol() == tcp::v6()) acceptor.set_option(net::ip::v6_only(false), ignored);
    acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
    if (error) acceptor.close(ignored);
    return error;
}

}  // namespace

ServerState::ServerState(const net::any_io_executor& where, const Router& routes,
                         ServerOptions chosen, std::shared_ptr<ServerTls> with_tls)
    : executor(where),
      router(routes),
      options(std::move(chosen)),
      tls(std::move(with_tls)),
      acceptor(where),
      sweep_timer(where),
      tasks(where, "http") {}

Result<void> ServerState::listen() {
    std::string host = options.host;
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    tcp::resolver resolver(executor);
    Code error;
    const auto found =
        resolver.resolve(host, std::to_string(options.port), tcp::resolver::passive, error);
    if (error)
        return fail(Errc::invalid_argument, "cannot resolve '" + host + "': " + error.message());
    std::vector<tcp::endpoint> endpoints(found.begin(), found.end());
    // `localhost` is mostly named as 127.0.0.1 by others.
    std::stable_partition(endpoints.begin(), endpoints.end(),
                          [](const tcp::endpoint& e) { return e.protocol() == tcp::v4(); });
    for (const tcp::endpoint& endpoint : endpoints) {
        error = listen_on(acceptor, endpoint);
        if (error) continue;
        port = acceptor.local_endpoint().port();
        return {};
    }
    return fail(Errc::invalid_argument, "cannot listen on " + options.host + ":" +
                                            std::to_string(options.port) + ": " + error.message());
}

net::awaitable<void> ServerState::accept_loop(Self self, Take take) {
    while (self->acceptor.is_open()) {
        auto [error, socket] = co_await self->acceptor.async_accept(kNoThrow);
        if (error == net::error::operation_aborted) co_return;
        if (!error) {
            take(self, std::move(socket));
            continue;
        }
        log::warn("http.accept_failed", "why={}", error.message());  // mostly: out of descriptors
        net::steady_timer pause(self->executor, kAcceptRetry);
        co_await pause.async_wait(kNoThrow);
    }
}

void ServerState::sweep_soon(const Self& self) {
    if (self->sweeping || self->connections.empty()) return;
    self->sweeping = true;
    const auto shortest = std::min(self->options.request_timeout, self->options.idle_timeout) / 4;
    self->sweep_timer.expires_after(std::clamp(shortest, kSweepMin, kSweepMax));
    self->sweep_timer.async_wait([weak = std::weak_ptr(self)](const Code&) {
        const auto state = weak.lock();
        if (!state) return;
        state->sweeping = false;
        const auto now = SteadyClock::now();
        for (Watched& watched : state->connections)
            if (watched.deadline <= now) close_now(watched);
        sweep_soon(state);
    });
}

void ServerState::close_idle() {
    for (Watched& watched : connections)
        if (watched.idle) close_now(watched);
}

void ServerState::close_all() {
    for (Watched& watched : connections) close_now(watched);
}

void ServerState::log_full() {
    const auto now = SteadyClock::now();
    if (now < next_full_log) return;
    next_full_log = now + kFullLogInterval;
    log::warn("http.too_many_connections", "open={}", connections.size());
}

}  // namespace aimem::http
