#include "federation/http/reply_head.h"

#include <array>

namespace aimem::http {

const std::string& DateText::now() {
    const std::time_t second = std::time(nullptr);
    if (second == second_) return text_;
    second_ = second;
    std::tm parts{};
    gmtime_r(&second, &parts);
    std::array<char, 40> text{};
    // In the C locale, as the node never sets another.
    const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    text_.assign(text.data(), size);
    return text_;
}

bool has_no_body(int status) noexcept {
    return status == 204 || status == 304;
}

void append_head(std::string& out, const Response& response, const ReplyForm& form,
                 std::string_view date) {
    out += form.http10 ? "HTTP/1.0 " : "HTTP/1.1 ";
    out += std::to_string(response.status);
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\n";
    if (!has_no_body(response.status)) {
        if (!response.body.empty() && is_header_text(response.content_type)) {
            out += "Content-Type: ";
            out += response.content_type;
            out += "\r\n";
        }
        out += "Content-Length: ";
        out += std::to_string(response.body.size());
        out += "\r\n";
    }
    for (const auto& [name, value] : response.headers) {
        if (!is_header_text(name) || !is_header_text(value)) continue;
        out += name;
        out += ": ";
        out += value;
        out += "\r\n";
    }
    if (!form.keep_alive) out += "Connection: close\r\n";
    if (form.keep_alive && form.http10) out += "Connection: keep-alive\r\n";
    out += "Date: ";
    out += date;
    out += "\r\n\r\n";
}

}  // namespace aimem::http
