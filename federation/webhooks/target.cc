#include "federation/webhooks/target.h"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

namespace aimem::webhooks {
namespace {

namespace ip = boost::asio::ip;

bool names_this_machine(const http::Url& url) {
    if (url.host == "localhost" || url.host == "localhost.localdomain") return true;
    if (!url.is_literal) return false;
    boost::system::error_code bad;
    const auto address = ip::make_address(url.host, bad);
    return !bad && address.is_loopback();
}

bool within(std::uint32_t address, std::uint32_t network, int bits) {
    return (address >> (32 - bits)) == (network >> (32 - bits));
}

bool is_public(const ip::address_v4& address) {
    const auto n = address.to_uint();
    const bool closed = within(n, 0x00000000, 8) || within(n, 0x0a000000, 8) ||
                        within(n, 0x64400000, 10) || within(n, 0x7f000000, 8) ||
                        within(n, 0xa9fe0000, 16) || within(n, 0xac100000, 12) ||
                        within(n, 0xc0000000, 24) || within(n, 0xc0a80000, 16) ||
                        within(n, 0xc6120000, 15) || within(n, 0xe0000000, 3);
    return !closed;
}

bool is_public(const ip::address_v6& address) {
    const auto bytes = address.to_bytes();
    const bool local = (bytes[0] & 0xfe) == 0xfc;  // fc00::/7
    const bool nat64 = bytes[0] == 0 && bytes[1] == 0x64 && bytes[2] == 0xff && bytes[3] == 0x9b;
    return !address.is_loopback() && !address.is_unspecified() && !address.is_link_local() &&
           !address.is_site_local() && !address.is_multicast() && !local && !nat64 &&
           !address.is_v4_mapped();
}

}  // namespace

Result<Target> target_of(std::string_view url) {
    const auto mark = url.find('?');
    auto parsed = http::parse_url(url.substr(0, mark));
    if (!parsed) return fail(parsed.error());
    if (!parsed->tls && !names_this_machine(*parsed))
        return fail(Errc::invalid_argument, "url must be https, or http to this machine");
    if (parsed->is_literal) {
        boost::system::error_code bad;
        const auto address = ip::make_address(parsed->host, bad);
        if (bad || !may_connect(*parsed, address))
            return fail(Errc::invalid_argument, "url names an address inside a private network");
    }
    Target out;
    out.path = parsed->base.empty() ? "/" : parsed->base;
    if (mark != std::string_view::npos) out.path += url.substr(mark);
    out.url = std::move(*parsed);
    out.url.base.clear();
    return out;
}

bool may_connect(const http::Url& url, const ip::address& address) {
    if (names_this_machine(url)) return address.is_loopback();
    return address.is_v4() ? is_public(address.to_v4()) : is_public(address.to_v6());
}

}  // namespace aimem::webhooks
