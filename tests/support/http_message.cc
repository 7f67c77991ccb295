#include "tests/support/http_message.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>

namespace aimem::test {
namespace {

constexpr std::size_t kHeadMax = 64 * 1024;
constexpr std::size_t kMessageMax = std::size_t{64} << 20;

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::size_t number(std::string_view text, int base) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || value > kMessageMax) throw std::runtime_error("bad HTTP length");
    return value;
}

}  // namespace

std::string HttpMessage::header(const std::string& lower_name) const {
    const auto found = headers.find(lower_name);
    return found == headers.end() ? std::string() : found->second;
}

int HttpMessage::status() const {
    const std::size_t space = first_line.find(' ');
    int value = 0;
    if (space != std::string::npos)
        std::from_chars(first_line.data() + space + 1, first_line.data() + first_line.size(),
                        value);
    return value;
}

void HttpParser::parse_head(std::size_t end, HttpMessage& out) const {
    std::string_view head(buffer_.data(), end);
    const auto next_line = [&head] {
        const std::size_t eol = head.find("\r\n");
        const std::string_view line = head.substr(0, eol);
        head.remove_prefix(eol == std::string_view::npos ? head.size() : eol + 2);
        return line;
    };
    out = HttpMessage{};
    out.first_line = next_line();
    if (out.first_line.find("HTTP/1.") == std::string::npos)
        throw std::runtime_error("not HTTP: " + out.first_line);
    while (!head.empty()) {
        const std::string_view line = next_line();
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) throw std::runtime_error("bad HTTP header");
        out.headers[lower(line.substr(0, colon))] = trimmed(line.substr(colon + 1));
    }
}

bool HttpParser::take_chunked(std::size_t at, HttpMessage& out) {
    for (;;) {
        const std::size_t eol = buffer_.find("\r\n", at);
        if (eol == std::string::npos) return false;
        const std::size_t size = number(std::string_view(buffer_).substr(at, eol - at), 16);
        const std::size_t data = eol + 2;
        if (buffer_.size() < data + size + 2) return false;
        out.body.append(buffer_, data, size);
        at = data + size + 2;
        if (size == 0) {
            buffer_.erase(0, at);
            return true;
        }
    }
}

bool HttpParser::take(HttpMessage& out) {
    const std::size_t end = buffer_.find("\r\n\r\n");
    if (end == std::string::npos) {
        if (buffer_.size() > kHeadMax) throw std::runtime_error("HTTP head without end");
        return false;
    }
    parse_head(end, out);
    const std::size_t body = end + 4;
    const bool informational = kind_ == Kind::reply && out.first_line.find(" 1") == 8;
    if (informational) {  // 100 Continue
        buffer_.erase(0, body);
        return take(out);
    }
    const bool bare = no_body_ || (kind_ == Kind::reply && (out.first_line.find(" 204") == 8 ||
                                                            out.first_line.find(" 304") == 8));
    if (bare) {
        buffer_.erase(0, body);
        return true;
    }
    if (lower(out.header("transfer-encoding")) == "chunked") return take_chunked(body, out);
    const std::string length = out.header("content-length");
    if (length.empty()) {
        if (kind_ == Kind::reply && !ended_) return false;  // the end of the stream ends the body
        if (kind_ == Kind::reply) out.body = buffer_.substr(body);
        buffer_.erase(0, kind_ == Kind::reply ? buffer_.size() : body);
        return true;
    }
    const std::size_t size = number(length, 10);
    if (buffer_.size() < body + size) return false;
    out.body = buffer_.substr(body, size);
    buffer_.erase(0, body + size);
    return true;
}

}  // namespace aimem::test
