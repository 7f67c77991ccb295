// Keep-alive connections to the peers, reused one request at a time. I/O thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/client.h"
#include "federation/replication/events.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace aimem {

class PeerClients {
public:
    PeerClients(boost::asio::any_io_executor executor, std::vector<http::Url> peers,
                std::shared_ptr<http::ClientTls> tls, http::Headers headers);

    // One request; what the machine wants to know of its end. Never throws for what a peer does.
    boost::asio::awaitable<repl::PushDone> push(repl::SendPush push);
    // A GET; with a body, which is JSON, a POST.
    boost::asio::awaitable<http::ClientResult> ask(std::size_t peer, std::string path,
                                                   std::string body,
                                                   std::chrono::milliseconds timeout);
    void close();

private:
    using Pool = std::vector<std::unique_ptr<http::Client>>;
    std::unique_ptr<http::Client> take(std::size_t peer);
    void give_back(std::size_t peer, std::unique_ptr<http::Client> client);

    boost::asio::any_io_executor executor_;
    std::vector<http::Url> peers_;
    std::shared_ptr<http::ClientTls> tls_;
    http::Headers headers_;
    std::vector<Pool> idle_;
};

}  // namespace aimem
