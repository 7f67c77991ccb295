// One keep-alive connection to one base URL, http or https: opened when first needed, reopened when
// it breaks. One request at a time (a second is a std::logic_error). Runs on its executor's thread
// and must be destroyed before its io_context; a request cut short by cancellation or by
// destruction closes the connection. Follows no redirects, knows no proxies.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/message.h"
#include "federation/http/tls.h"
#include "federation/http/url.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <tl/expected.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace aimem::http {

struct ClientError {
    enum class Kind : std::uint8_t {
        refused,   // the name did not resolve or the connection was not accepted: nothing was sent
        timeout,   // not done in time; the peer may have acted on it
        broken,    // reset or closed mid-way, or cancelled; the peer may have acted on it
        protocol,  // not HTTP, or larger than we take; or a request that cannot be sent
        tls,       // the handshake failed or either side refused the other's certificate
    };

    ClientError(Kind k, std::string m) : kind(k), message(std::move(m)) {}

    Kind kind;
    std::string message;
};

std::string_view to_string(ClientError::Kind kind) noexcept;

using ClientResult = tl::expected<Response, ClientError>;

struct ClientOptions {
    std::chrono::milliseconds connect_timeout{
        2000};                                     // resolving, connecting and handshake together
    std::chrono::milliseconds user_timeout{4000};  // TCP_USER_TIMEOUT
    std::size_t header_max = std::size_t{16} << 10;
    std::size_t body_max = std::size_t{8} << 20;
    // Whether an address that a name resolved to may be connected to; empty: any.
    std::function<bool(const boost::asio::ip::address&)> may_connect{};
};

class Client {
public:
    // `tls` is needed for https only.
    Client(boost::asio::any_io_executor executor, Url base,
           std::shared_ptr<ClientTls> tls = nullptr, ClientOptions options = {});
    ~Client();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;

    // `path` comes after the base and may carry a query. Any status is a Response. A connection
    // that was kept from before and turns out closed before the first byte of an answer is replaced
    // once.
    boost::asio::awaitable<ClientResult> request(Verb verb, const std::string& path,
                                                 const Headers& headers, std::string body,
                                                 std::chrono::milliseconds timeout);

    void close();  // a request in flight ends as `broken`
    bool connected() const noexcept;
    const Url& base() const noexcept;

private:
    struct Impl;
    std::shared_ptr<Impl>
        impl_;  // shared with the frame of a request, which may be destroyed later
};

}  // namespace aimem::http
