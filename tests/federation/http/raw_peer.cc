#include "tests/federation/http/raw_peer.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <exception>

namespace aimem::testing {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;

constexpr auto kNoThrow = net::as_tuple(net::use_awaitable);

tcp::endpoint loopback(std::uint16_t port) {
    return {net::ip::address_v4::loopback(), port};
}

void rethrow(const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

net::awaitable<void> pause(std::chrono::milliseconds time) {
    net::steady_timer timer(co_await net::this_coro::executor, time);
    co_await timer.async_wait(kNoThrow);
}

struct RawClient::Impl {
    explicit Impl(const net::any_io_executor& executor) : socket(executor) {}
    tcp::socket socket;
};

RawClient::RawClient(net::any_io_executor executor) : impl_(std::make_unique<Impl>(executor)) {}
RawClient::~RawClient() = default;

net::awaitable<void> RawClient::connect(std::uint16_t port) {
    co_await impl_->socket.async_connect(loopback(port), net::use_awaitable);
    impl_->socket.set_option(tcp::no_delay(true));
}

net::awaitable<bool> RawClient::send(std::string bytes) {
    auto [error, count] = co_await net::async_write(impl_->socket, net::buffer(bytes), kNoThrow);
    co_return !error;
}

net::awaitable<std::string> RawClient::read_some() {
    std::array<char, 65536> room{};
    auto [error, count] = co_await impl_->socket.async_read_some(net::buffer(room), kNoThrow);
    co_return std::string(room.data(), count);
}

net::awaitable<std::string> RawClient::read_to_end() {
    std::string all;
    for (;;) {
        const std::string more = co_await read_some();
        if (more.empty()) co_return all;
        all += more;
    }
}

void RawClient::close() {
    impl_->socket.close();
}

net::awaitable<std::string> raw_exchange(std::uint16_t port, std::vector<std::string> pieces,
                                         std::chrono::milliseconds between) {
    RawClient client(co_await net::this_coro::executor);
    co_await client.connect(port);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (i > 0) co_await pause(between);
        if (!co_await client.send(pieces[i])) break;
    }
    co_return co_await client.read_to_end();
}

struct ScriptedServer::Impl {
    Impl(const net::any_io_executor& executor, std::vector<Script> steps)
        : acceptor(executor, loopback(0)),
          scripts(std::move(steps)) {}

    tcp::acceptor acceptor;
    std::vector<Script> scripts;
    std::size_t connections = 0;
    std::string received;
    std::vector<std::shared_ptr<tcp::socket>> hanging;

    static net::awaitable<void> talk(std::shared_ptr<Impl> me, std::shared_ptr<tcp::socket> socket,
                                     Script script) {
        std::string request;
        for (const Step& step : script) {
            while (request.find("\r\n\r\n") == std::string::npos) {
                std::array<char, 65536> room{};
                auto [error, count] = co_await socket->async_read_some(net::buffer(room), kNoThrow);
                if (error) co_return;
                request.append(room.data(), count);
            }
            me->received += request;
            request.clear();
            co_await net::async_write(*socket, net::buffer(step.reply), kNoThrow);
            if (step.then == Then::hang) {
                me->hanging.push_back(socket);
                co_return;
            }
            if (step.then == Then::reset) socket->set_option(net::socket_base::linger(true, 0));
            if (step.then != Then::keep) break;
        }
        socket->close();
    }

    static net::awaitable<void> accept(std::shared_ptr<Impl> me) {
        for (;;) {
            auto [error, accepted] = co_await me->acceptor.async_accept(kNoThrow);
            if (error) co_return;
            const std::size_t number = me->connections++;
            if (number >= me->scripts.size()) continue;
            auto socket = std::make_shared<tcp::socket>(std::move(accepted));
            net::co_spawn(me->acceptor.get_executor(), talk(me, socket, me->scripts[number]),
                          rethrow);
        }
    }
};

ScriptedServer::ScriptedServer(net::any_io_executor executor, std::vector<Script> scripts)
    : impl_(std::make_shared<Impl>(executor, std::move(scripts))) {
    net::co_spawn(executor, Impl::accept(impl_), rethrow);
}
ScriptedServer::~ScriptedServer() {
    impl_->acceptor.close();
    impl_->hanging.clear();
}
std::uint16_t ScriptedServer::port() const {
    return impl_->acceptor.local_endpoint().port();
}
std::size_t ScriptedServer::connections() const {
    return impl_->connections;
}
std::string ScriptedServer::received() const {
    return impl_->received;
}

}  // namespace aimem::testing
