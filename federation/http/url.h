// Base URLs of nodes: http://host:port/base or https://. A pure parser; failures are
// Errc::invalid_argument with a sentence that names the URL and what is wrong with it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace aimem::http {

struct Url {
    Url() = default;

    bool tls = false;         // https
    std::string host{};       // lower case; an IPv6 literal without its brackets
    std::uint16_t port = 0;   // the scheme's default if the text named none
    std::string base{};       // "" or "/x/y": no trailing '/'
    bool is_literal = false;  // the host is an IP address

    std::string authority() const;  // what the Host header says; a default port is left out
    std::string text() const;       // scheme://authority/base
    // Equal for two URLs that reach the same door as far as text can tell: as text(), with the port
    // always and one name for localhost, 127.0.0.1 and [::1].
    std::string canonical() const;
};

Result<Url> parse_url(std::string_view text);

}  // namespace aimem::http
