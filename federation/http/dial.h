// Finding a peer's addresses and preparing a socket for it. Internal to client.cc; I/O thread only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/url.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

namespace aimem::http {

inline constexpr std::size_t kEndpointsMax = 8;  // addresses of one name that we try

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

// Does not block the thread; `timed_out` if there is no answer by then.
boost::asio::awaitable<boost::system::error_code> resolve(
    boost::asio::any_io_executor executor, const Url& url,
    std::chrono::steady_clock::time_point until, Endpoints& found);

// No delay, TCP_USER_TIMEOUT, keep-alive probes after 5 s, each 2 s, 3 times; non-blocking.
void tune(boost::asio::ip::tcp::socket& socket, std::chrono::milliseconds user_timeout);

}  // namespace aimem::http
