// Both ends of a connection without our HTTP code: bytes out, bytes in. For tests of what
// well-behaved peers never send. One io_context, one thread. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aimem::testing {

boost::asio::awaitable<void> pause(std::chrono::milliseconds time);

// Connects, sends the pieces with a pause before each but the first, and reads until the other end
// closes or resets.
boost::asio::awaitable<std::string> raw_exchange(std::uint16_t port,
                                                 std::vector<std::string> pieces,
                                                 std::chrono::milliseconds between = {});

class RawClient {
public:
    explicit RawClient(boost::asio::any_io_executor executor);
    ~RawClient();
    boost::asio::awaitable<void> connect(std::uint16_t port);
    boost::asio::awaitable<bool> send(std::string bytes);
    boost::asio::awaitable<std::string> read_some();    // "" at the end
    boost::asio::awaitable<std::string> read_to_end();  // until EOF or reset
    void close();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

enum class Then { keep, close, reset, hang };

struct Step {
    Step(std::string text, Then after) : reply(std::move(text)), then(after) {}
    std::string reply;  // sent after one request has been read
    Then then;
};

// Answers the n-th connection's requests by the n-th script, however they read; a request ends with
// an empty line. Connections beyond the scripts are closed at once.
class ScriptedServer {
public:
    using Script = std::vector<Step>;

    ScriptedServer(boost::asio::any_io_executor executor, std::vector<Script> scripts);
    ~ScriptedServer();
    std::uint16_t port() const;
    std::size_t connections() const;
    std::string received() const;  // all requests of all connections

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;  // shared with the connections' coroutines
};

}  // namespace aimem::testing
