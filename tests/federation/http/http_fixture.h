// A Server with a few telling routes on a free loopback port, and clients for it, all on one
// io_context. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/client.h"
#include "federation/http/router.h"
#include "federation/http/server.h"
#include "tests/federation/http/raw_peer.h"
#include "tests/support/run_awaitable.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace aimem::http {

using std::chrono::milliseconds;

inline constexpr milliseconds kPlenty{10'000};

class HttpFixture : public ::testing::Test {
protected:
    HttpFixture() {
        router_.add(Verb::get, "/hello", [](Request) -> boost::asio::awaitable<Response> {
            co_return Response(200, R"({"hello":"world"})");
        });
        router_.add(Verb::post, "/echo", [](Request request) -> boost::asio::awaitable<Response> {
            Response response(200, std::move(request.body), "text/plain");
            for (auto& [name, value] : request.headers)
                if (name.starts_with("x-")) response.headers.emplace_back(name, value);
            response.headers.emplace_back("x-query", request.query);
            response.headers.emplace_back("x-fingerprint", request.client_fingerprint);
            co_return response;
        });
        router_.add(Verb::get, "/slow/{ms}",
                    [](Request request) -> boost::asio::awaitable<Response> {
                        co_await testing::pause(milliseconds(std::stoi(request.captures.at(0))));
                        co_return Response(200, "slow");
                    });
        router_.add(
            Verb::get, "/big/{size}", [](Request request) -> boost::asio::awaitable<Response> {
                co_return Response(200, std::string(std::stoul(request.captures.at(0)), 'b'));
            });
        router_.add(Verb::get, "/throws", [](Request) -> boost::asio::awaitable<Response> {
            co_await testing::pause(milliseconds(0));
            throw std::runtime_error("secret detail");
        });
        router_.add(Verb::get, "/throws/at/once", [](Request) -> boost::asio::awaitable<Response> {
            throw std::runtime_error("secret detail");
        });
        router_.add(Verb::del, "/nothing",
                    [](Request) -> boost::asio::awaitable<Response> { co_return Response(204); });
        router_.add(Verb::get, "/forge", [](Request) -> boost::asio::awaitable<Response> {
            Response response(200, "x");
            response.headers.emplace_back("x-bad", "1\r\nx-forged: 2");
            co_return response;
        });
    }

    void start(ServerOptions options = {}, std::shared_ptr<ServerTls> tls = nullptr) {
        server_ = std::make_unique<Server>(io_.get_executor(), router_, options, std::move(tls));
        const auto bound = server_->bind();
        ASSERT_TRUE(bound) << bound.error().message;
        ASSERT_NE(server_->port(), 0);
        server_->start();
    }

    std::string base(const std::string& scheme = "http", const std::string& host = "127.0.0.1") {
        return scheme + "://" + host + ":" + std::to_string(server_->port());
    }

    Client client() { return Client(io_.get_executor(), parse_url(base()).value()); }

    ClientResult ask(Client& client, Verb verb, std::string path, std::string body = {},
                     milliseconds timeout = kPlenty) {
        return testing::run(
            io_, client.request(verb, std::move(path), Headers(), std::move(body), timeout));
    }

    std::string raw(std::vector<std::string> pieces, milliseconds between = {}) {
        return testing::run(io_,
                            testing::raw_exchange(server_->port(), std::move(pieces), between));
    }

    boost::asio::io_context io_{1};
    Router router_;
    std::unique_ptr<Server> server_;
};

}  // namespace aimem::http
