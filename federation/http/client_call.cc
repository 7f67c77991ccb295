#include "federation/http/client_call.h"

#include <algorithm>

namespace aimem::http {
namespace {

bool is_target(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte != 0x7F;
    });
}

}  // namespace

std::string write_head(Call& call, const Url& base, std::string_view path, const Headers& headers) {
    if (call.verb == Verb::other) return "no such verb on the wire";
    if (!path.starts_with('/') || !is_target(path)) return "not a path that can be sent";
    std::string& out = call.head;
    out += to_string(call.verb);
    out += ' ';
    out += base.base;
    out += path;
    out += " HTTP/1.1\r\nHost: ";
    out += base.authority();
    out += "\r\n";
    const bool carries = call.verb == Verb::post || call.verb == Verb::put || !call.body.empty();
    if (carries) {
        out += "Content-Length: ";
        out += std::to_string(call.body.size());
        out += "\r\n";
    }
    if (!call.body.empty() && !find_header(headers, "content-type"))
        out += "Content-Type: application/json\r\n";
    for (const auto& [name, value] : headers) {
        if (!is_header_text(name) || !is_header_text(value))
            return "a header that would forge a line";
        out += name;
        out += ": ";
        out += value;
        out += "\r\n";
    }
    out += "\r\n";
    return {};
}

}  // namespace aimem::http
