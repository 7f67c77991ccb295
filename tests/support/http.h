// HttpClient: a small blocking HTTP/1.1 client on one kept-alive loopback connection; one thread at
// a time. A request is sent once, never repeated. What goes wrong on the way (refused, reset,
// deadline) is a Reply with status 0 and the reason in `error`: to a test that is the outcome
// UNKNOWN, not a failure. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/deadline.h"
#include "tests/support/socket.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace aimem::test {

struct Reply {
    int status = 0;
    std::map<std::string, std::string> headers{};  // names in lower case
    std::string body{};
    std::string error{};  // why there is no status

    bool ok() const { return status >= 200 && status < 300; }
    std::string header(const std::string& lower_name) const;
    nlohmann::json json() const;  // throws std::runtime_error that shows the body
    std::string text() const;     // one line for a failure message
};

struct Request {
    std::string method = "GET";
    std::string target = "/";
    std::map<std::string, std::string> headers{};
    std::string body{};
};

class HttpClient {
public:
    explicit HttpClient(std::uint16_t port, Millis deadline = Millis(10'000))
        : port_(port),
          deadline_(deadline) {}

    Reply get(const std::string& target);
    Reply del(const std::string& target);
    Reply post(const std::string& target, const nlohmann::json& body);
    Reply put(const std::string& target, const nlohmann::json& body);
    Reply del(const std::string& target, const nlohmann::json& body);
    Reply send(const Request& request);
    // These bytes as they are, on a connection of their own, and the first reply to them.
    Reply send_raw(std::string_view bytes);

    void close() { socket_.reset(); }
    std::uint16_t port() const { return port_; }

private:
    void connect_if_needed(Deadline deadline);
    Reply exchange(std::string_view bytes, bool head_only, Deadline deadline);

    std::uint16_t port_;
    Millis deadline_;
    Fd socket_;
};

std::string url_encode(std::string_view text);

}  // namespace aimem::test
