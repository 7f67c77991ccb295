#include "federation/http/message.h"

#include <algorithm>

namespace aimem::http {

std::string_view to_string(Verb verb) noexcept {
    switch (verb) {
        case Verb::get: return "GET";
        case Verb::head: return "HEAD";
        case Verb::post: return "POST";
        case Verb::put: return "PUT";
        case Verb::del: return "DELETE";
        case Verb::options: return "OPTIONS";
        case Verb::other: return "OTHER";
    }
    return "OTHER";
}

Verb verb_of(std::string_view method) noexcept {
    for (std::size_t i = 0; i + 1 < kVerbs; ++i)
        if (method == to_string(static_cast<Verb>(i))) return static_cast<Verb>(i);
    return Verb::other;
}

std::string_view reason_phrase(int status) noexcept {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 409: return "Conflict";
        case 410: return "Gone";
        case 413: return "Payload Too Large";
        case 415: return "Unsupported Media Type";
        case 422: return "Unprocessable Entity";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 507: return "Insufficient Storage";
        default: return "";  // the phrase may be empty, RFC 9112 section 4
    }
}

std::optional<std::string_view> find_header(const Headers& headers,
                                            std::string_view name) noexcept {
    for (const auto& [key, value] : headers)
        if (key == name) return value;
    return std::nullopt;
}

std::string lower_ascii(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool set_target(Request& request, std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {  // the form for proxies
        if (!target.starts_with(scheme)) continue;
        target.remove_prefix(scheme.size());
        target.remove_prefix(std::min(target.find('/'), target.size()));
    }
    target = target.substr(0, target.find('#'));
    const auto mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    request.query = target.substr(std::min(mark + 1, target.size()));
    return request.path.starts_with('/') || (request.verb == Verb::options && request.path == "*");
}

bool is_header_text(std::string_view text) noexcept {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace aimem::http
