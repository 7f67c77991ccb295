#include "federation/http/dial.h"

#include "federation/async.h"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <utility>

namespace aimem::http {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using Code = boost::system::error_code;

constexpr int kKeepIdleSeconds = 5;
constexpr int kKeepIntervalSeconds = 2;
constexpr int kKeepProbes = 3;

struct Lookup {
    explicit Lookup(const net::any_io_executor& where) : resolver(where), done(where) {}

    tcp::resolver resolver;
    net::steady_timer done;
    Code error = net::error::timed_out;
    Endpoints found;
};

void set_option(tcp::socket& socket, int level, int name, int value) {
    // A kernel that refuses one of these still moves bytes: no reason to fail.
    ::setsockopt(socket.native_handle(), level, name, &value, sizeof value);
}

}  // namespace

net::awaitable<Code> resolve(net::any_io_executor executor, const Url& url,
                             std::chrono::steady_clock::time_point until, Endpoints& found) {
    if (url.is_literal) {
        found.emplace_back(net::ip::make_address(url.host), url.port);
        co_return Code();
    }
    // The C library resolves on a thread of Asio's and cannot be interrupted: we only stop waiting,
    // and the lookup, shared with its handler, outlives us.
    const auto lookup = std::make_shared<Lookup>(executor);
    lookup->done.expires_at(until);
    auto on_found = [lookup](const Code& error, const tcp::resolver::results_type& all) {
        lookup->error = error;
        for (const auto& entry : all)
            if (lookup->found.size() < kEndpointsMax) lookup->found.push_back(entry.endpoint());
        lookup->done.cancel();
    };
    lookup->resolver.async_resolve(url.host, std::to_string(url.port), std::move(on_found));
    co_await lookup->done.async_wait(kNoThrow);
    found = lookup->found;
    co_return lookup->error;
}

void tune(tcp::socket& socket, std::chrono::milliseconds user_timeout) {
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(user_timeout.count()));
    set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, kKeepIdleSeconds);
    set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, kKeepIntervalSeconds);
    set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, kKeepProbes);
    Code ignored;
    socket.non_blocking(true, ignored);
}

}  // namespace aimem::http
