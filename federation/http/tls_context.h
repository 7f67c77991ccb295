// The inside of tls.h for server.cc and client.cc: an OpenSSL context and what belongs to it. Kept
// by every connection made from it. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/tls.h"

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <string>

namespace aimem::http {

struct TlsContext {
    explicit TlsContext(boost::asio::ssl::context::method method) : context(method) {}

    boost::asio::ssl::context context;
    Allowlist allowlist{};  // the verify callback points here
    std::chrono::steady_clock::time_point next_refusal_log{};
    bool verifies_names = false;
};

// Sets server name indication and the name or address that the server's certificate must carry.
bool expect_server(SSL* connection, const TlsContext& tls, const std::string& host);

// "" without a client certificate.
std::string client_fingerprint(const SSL* connection);

}  // namespace aimem::http
