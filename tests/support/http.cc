#include "tests/support/http.h"

#include "tests/support/http_message.h"

#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

namespace aimem::test {
namespace {

bool closed_by_peer(int socket) {
    char byte = 0;
    const ssize_t n = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

std::string encode(const Request& request) {
    std::string bytes = request.method + " " + request.target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    for (const auto& [name, value] : request.headers)
        bytes.append(name).append(": ").append(value).append("\r\n");
    const bool has_body =
        !request.body.empty() || request.method == "POST" || request.method == "PUT";
    if (has_body) bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    return bytes + "\r\n" + request.body;
}

}  // namespace

std::string Reply::header(const std::string& lower_name) const {
    const auto found = headers.find(lower_name);
    return found == headers.end() ? std::string() : found->second;
}

nlohmann::json Reply::json() const {
    auto parsed = nlohmann::json::parse(body, nullptr, false);
    if (parsed.is_discarded()) throw std::runtime_error("no JSON in " + text());
    return parsed;
}

std::string Reply::text() const {
    return status == 0 ? "no answer: " + error : std::to_string(status) + " " + body.substr(0, 500);
}

Reply HttpClient::get(const std::string& target) {
    return send(Request{"GET", target, {}, {}});
}

Reply HttpClient::del(const std::string& target) {
    return send(Request{"DELETE", target, {}, {}});
}

Reply HttpClient::post(const std::string& target, const nlohmann::json& body) {
    return send(Request{"POST", target, {{"Content-Type", "application/json"}}, body.dump()});
}

Reply HttpClient::put(const std::string& target, const nlohmann::json& body) {
    return send(Request{"PUT", target, {{"Content-Type", "application/json"}}, body.dump()});
}

Reply HttpClient::del(const std::string& target, const nlohmann::json& body) {
    return send(Request{"DELETE", target, {{"Content-Type", "application/json"}}, body.dump()});
}

Reply HttpClient::send(const Request& request) {
    const Deadline deadline(deadline_);
    try {
        connect_if_needed(deadline);
        return exchange(encode(request), request.method == "HEAD", deadline);
    } catch (const std::runtime_error& e) {
        socket_.reset();
        return Reply{0, {}, {}, e.what()};
    }
}

Reply HttpClient::send_raw(std::string_view bytes) {
    const Deadline deadline(deadline_);
    socket_.reset();
    try {
        connect_if_needed(deadline);
        Reply reply = exchange(bytes, false, deadline);
        socket_.reset();
        return reply;
    } catch (const std::runtime_error& e) {
        socket_.reset();
        return Reply{0, {}, {}, e.what()};
    }
}

void HttpClient::connect_if_needed(Deadline deadline) {
    if (socket_.open() && closed_by_peer(socket_.get())) socket_.reset();
    if (!socket_.open()) socket_ = connect_to(port_, deadline);
}

Reply HttpClient::exchange(std::string_view bytes, bool head_only, Deadline deadline) {
    send_all(socket_.get(), bytes, deadline);
    HttpParser parser(HttpParser::Kind::reply);
    if (head_only) parser.expect_no_body();
    HttpMessage message;
    std::array<char, 65536> chunk{};
    bool ended = false;
    while (!parser.take(message)) {
        if (ended) throw std::runtime_error("connection closed within the answer");
        const std::size_t n = receive_some(socket_.get(), chunk.data(), chunk.size(), deadline);
        parser.feed(std::string_view(chunk.data(), n));
        ended = n == 0;
        if (ended) parser.end_of_stream();
    }
    Reply reply;
    reply.status = message.status();
    if (ended || message.header("connection") == "close") socket_.reset();
    reply.headers = std::move(message.headers);
    reply.body = std::move(message.body);
    return reply;
}

std::string url_encode(std::string_view text) {
    static constexpr std::string_view hex = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            result += c;
        } else {
            result += '%';
            result += hex[byte >> 4];
            result += hex[byte & 15];
        }
    }
    return result;
}

}  // namespace aimem::test
