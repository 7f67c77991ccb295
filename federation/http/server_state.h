// What the connections of one Server share: options, the acceptor, the list that the sweep watches.
// Internal to the server. I/O thread only. Held by shared_ptr from Server and from every
// connection's frame, because at exit a frame may be destroyed after its Server.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/reply_head.h"
#include "federation/http/server.h"
#include "federation/task_group.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>

namespace aimem::http {

// What the sweep needs to know of a connection. `socket` lives in the connection's frame.
struct Watched {
    boost::asio::ip::tcp::socket* socket = nullptr;
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
    bool idle = true;  // between two requests
};

struct ServerState {
    ServerState(const boost::asio::any_io_executor& where, const Router& routes,
                ServerOptions chosen, std::shared_ptr<ServerTls> with_tls);

    using Connections = std::list<Watched>;
    using Self = std::shared_ptr<ServerState>;
    using Take = void (*)(const Self& state, boost::asio::ip::tcp::socket socket);

    boost::asio::any_io_executor executor;
    const Router& router;
    ServerOptions options;
    std::shared_ptr<ServerTls> tls;
    boost::asio::ip::tcp::acceptor acceptor;
    boost::asio::steady_timer sweep_timer;
    Connections connections;
    DateText date;
    std::chrono::steady_clock::time_point next_full_log{};
    std::uint16_t port = 0;
    bool sweeping = false;
    bool stopping = false;
    TaskGroup tasks;

    Result<void> listen();
    static boost::asio::awaitable<void> accept_loop(Self self, Take take);

    // Closes connections past their deadline: one timer for all instead of one for each read and
    // write. Runs while there are connections.
    static void sweep_soon(const Self& self);

    void close_idle();
    void close_all();
    void log_full();  // at most once a second
};

}  // namespace aimem::http
