// HTTP as the rest of the node sees it: plain values. Beast stays inside server.cc and client.cc.
// Values own their bytes and may outlive the connection they came from. Sizes are bytes.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aimem::http {

enum class Verb : std::uint8_t { get, head, post, put, del, options, other };

inline constexpr std::size_t kVerbs = 7;

std::string_view to_string(Verb verb) noexcept;  // as on the wire; `other` has no wire form
Verb verb_of(std::string_view method) noexcept;
std::string_view reason_phrase(int status) noexcept;

using Headers = std::vector<std::pair<std::string, std::string>>;  // received names are lower case

// The first value of a header; `name` in lower case.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) noexcept;

std::string lower_ascii(std::string_view text);

// No CR, LF or NUL: such a value would forge a line of the message.
bool is_header_text(std::string_view text) noexcept;

// Neither type is an aggregate, on purpose: g++ 12 destroys an aggregate temporary twice when it
// stands in one expression with co_await.
struct Request {
    Request() = default;

    Verb verb = Verb::get;
    std::string path{};   // raw, begins with '/'
    std::string query{};  // raw, without the '?'
    std::string body{};
    Headers headers{};
    std::vector<std::string> captures{};  // what the {...} of the route matched, percent-decoded
    std::string client_fingerprint{};     // hex SHA-256 of the client certificate; mTLS only

    std::optional<std::string_view> header(std::string_view name) const noexcept {
        return find_header(headers, name);
    }
};

// Splits a request target into path and query. false: it is neither a path, an absolute URL with
// one, nor the '*' of OPTIONS.
bool set_target(Request& request, std::string_view target);

struct Response {
    Response() = default;
    explicit Response(int code, std::string text = {}, std::string type = "application/json")
        : status(code),
          body(std::move(text)),
          content_type(std::move(type)) {}

    int status = 200;
    std::string body{};
    std::string content_type = "application/json";
    Headers headers{};  // beside Content-Type, Content-Length, Connection and Date

    std::optional<std::string_view> header(std::string_view name) const noexcept {
        return find_header(headers, name);
    }
};

using Handler = std::function<boost::asio::awaitable<Response>(Request)>;

}  // namespace aimem::http
