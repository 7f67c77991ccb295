// Where a webhook may go. https anywhere that is public; http to this machine alone. Names are
// judged by the addresses they resolve to at the moment of connecting, so that a name cannot be
// turned inward afterwards (facts/mcp-tools.md 9, 11 W25). Pure. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "federation/http/url.h"
#include "store/base/result.h"

#include <boost/asio/ip/address.hpp>

#include <string>
#include <string_view>

namespace aimem::webhooks {

struct Target {
    http::Url url{};     // of the server alone
    std::string path{};  // with the query, if there is one
};

// Errc::invalid_argument says what is wrong with the URL.
Result<Target> target_of(std::string_view url);

// Whether this address may be connected to for that URL.
bool may_connect(const http::Url& url, const boost::asio::ip::address& address);

}  // namespace aimem::webhooks
