// A message as two pieces of memory that are sent with one call, and what is left of them after a
// part was taken; how much is read at a time. Used by server.cc and client.cc.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace aimem::http {

inline constexpr std::size_t kOneWriteMax = std::size_t{16} << 10;  // larger bodies are not copied
inline constexpr std::size_t kReadMin = 4096;                       // bytes asked for at a time
inline constexpr std::size_t kReadMax = std::size_t{64} << 10;

using Parts = std::array<boost::asio::const_buffer, 2>;

inline Parts parts_of(const std::string& head, const std::string& body) {
    return {boost::asio::buffer(head), boost::asio::buffer(body)};
}

inline bool empty(const Parts& parts) {
    return parts[0].size() + parts[1].size() == 0;
}

// Gives a non-blocking socket what it takes now, mostly all: then no suspension is needed.
inline void send_now(boost::asio::ip::tcp::socket& socket, Parts& parts,
                     boost::system::error_code& error) {
    std::size_t sent = socket.write_some(parts, error);
    if (error == boost::asio::error::would_block) error = {};
    for (boost::asio::const_buffer& part : parts) {
        const std::size_t step = std::min(sent, part.size());
        part += step;
        sent -= step;
    }
}

}  // namespace aimem::http
