#include "federation/http/url.h"

#include "federation/http/message.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>

namespace aimem::http {
namespace {

constexpr std::size_t kUrlMax = 2048;
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool is_name(std::string_view host) {
    return !host.empty() && host.front() != '-' && host.front() != '.' &&
           std::all_of(host.begin(), host.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                      c == '_';
           });
}

// "" if fine, else what is wrong.
std::string parse_port(std::string_view digits, std::uint16_t& port) {
    unsigned value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || stop != end || value == 0 || value > 65535)
        return "the port must be a number from 1 to 65535";
    port = static_cast<std::uint16_t>(value);
    return {};
}

std::string set_host(Url& url, std::string_view host) {
    url.host = lower_ascii(host);
    if (url.host.size() > 1 && url.host.back() == '.') url.host.pop_back();
    boost::system::error_code bad;
    auto address = boost::asio::ip::make_address(url.host, bad);
    if (!bad) {
        if (address.is_v6() && address.to_v6().is_v4_mapped())
            address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
        url.host = address.to_string();
        url.is_literal = true;
        return {};
    }
    if (!is_name(url.host)) return "the host is neither a name nor an IP address";
    return {};
}

std::string parse_authority(Url& url, std::string_view text) {
    if (text.find('@') != std::string_view::npos) return "user names are not supported";
    std::string_view host = text;
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return "a '[' has no ']'";
        host = text.substr(1, close - 1);
        rest = text.substr(close + 1);
        if (host.find(':') == std::string_view::npos) return "only an IPv6 address may stand in []";
    } else {
        const auto colon = text.find(':');
        host = text.substr(0, colon);
        if (colon != std::string_view::npos) rest = text.substr(colon);
        if (rest.find(':', 1) != std::string_view::npos)
            return "an IPv6 address must stand in [], and a port may be named once";
    }
    if (host.empty()) return "it names no host";
    if (auto wrong = set_host(url, host); !wrong.empty()) return wrong;
    if (rest.empty()) return {};
    if (rest.front() != ':') return "only ':port' may follow the ']'";
    return parse_port(rest.substr(1), url.port);
}

std::string parse_into(Url& url, std::string_view text) {
    if (text.empty()) return "it is empty";
    if (text.size() > kUrlMax) return "it is longer than " + std::to_string(kUrlMax) + " bytes";
    const bool clean = std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte < 0x7F;
    });
    if (!clean) return "spaces, control and non-ASCII characters must be percent-encoded";
    const auto mark = text.find("://");
    const std::string scheme = lower_ascii(text.substr(0, mark));
    if (mark == std::string_view::npos || (scheme != "http" && scheme != "https"))
        return "it must begin with http:// or https://";
    url.tls = scheme == "https";
    url.port = url.tls ? kHttpsPort : kHttpPort;
    text.remove_prefix(mark + 3);
    if (text.find_first_of("?#") != std::string_view::npos)
        return "a base URL has no query and no fragment";
    const auto slash = std::min(text.find('/'), text.size());
    url.base = text.substr(slash);
    while (!url.base.empty() && url.base.back() == '/') url.base.pop_back();
    return parse_authority(url, text.substr(0, slash));
}

std::string bracketed(const Url& url) {
    return url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
}

}  // namespace

std::string Url::authority() const {
    const auto usual = tls ? kHttpsPort : kHttpPort;
    return port == usual ? bracketed(*this) : bracketed(*this) + ":" + std::to_string(port);
}

std::string Url::text() const {
    return (tls ? "https://" : "http://") + authority() + base;
}

std::string Url::canonical() const {
    const bool loopback = host == "localhost" || host == "127.0.0.1" || host == "::1";
    return (tls ? "https://" : "http://") + (loopback ? "localhost" : bracketed(*this)) + ":" +
           std::to_string(port) + base;
}

Result<Url> parse_url(std::string_view text) {
    Url url;
    if (const auto wrong = parse_into(url, text); !wrong.empty())
        return fail(Errc::invalid_argument,
                    "not a base URL: '" + std::string(text.substr(0, kUrlMax)) + "': " + wrong);
    return url;
}

}  // namespace aimem::http
