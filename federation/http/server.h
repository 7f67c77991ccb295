// Accepts connections, plain or TLS, and runs one coroutine for each until told to stop. HTTP/1.1
// and 1.0, keep-alive, pipelining. One thread: that of the executor. The Router must live as long
// as the io_context runs. What a client does wrong is answered (400, 413, 431) or ends its
// connection, and never throws; a handler that throws makes a 500 and one line in the log.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/message.h"
#include "federation/http/router.h"
#include "federation/http/tls.h"
#include "store/base/result.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace aimem::http {

struct ServerOptions {
    std::string host = "127.0.0.1";  // a name or a literal; "::" listens on IPv4 too
    std::uint16_t port = 0;          // 0: any free one, see port()
    std::size_t connections_max = 1024;
    std::size_t header_max = std::size_t{16} << 10;
    std::size_t body_max = std::size_t{2} << 20;
    // From the first byte of a request to its last, however they trickle; also for a handshake and
    // for writing one response.
    std::chrono::milliseconds request_timeout{30'000};
    std::chrono::milliseconds idle_timeout{75'000};  // between two requests
};

struct ServerState;

class Server {
public:
    Server(boost::asio::any_io_executor executor, const Router& router, ServerOptions options,
           std::shared_ptr<ServerTls> tls = nullptr);  // shared: the owner may reload() it
    ~Server();                                         // closes every connection at once
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Resolves (blocking) and listens. Connections wait in the backlog until start().
    Result<void> bind();
    void start();

    // Stops accepting, closes idle connections, lets the others finish their request, and after
    // `grace` closes them and cancels their handlers. To be awaited outside of any handler.
    boost::asio::awaitable<void> stop(std::chrono::milliseconds grace);

    std::uint16_t port() const noexcept;  // 0 before bind()
    std::size_t connections() const noexcept;

private:
    std::shared_ptr<ServerState> state_;  // shared with the connections: their frames may go later
};

}  // namespace aimem::http
