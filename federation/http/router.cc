#include "federation/http/router.h"

#include "federation/http/query.h"

#include <array>
#include <map>
#include <stdexcept>
#include <string>

namespace aimem::http {

struct Router::Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
    std::unique_ptr<Node> capture;
    std::array<Handler, kVerbs> handlers;
    std::string allow;  // value of the Allow header; empty: no route ends here

    const Handler* find(Verb verb) const {
        const Handler& own = handlers[static_cast<std::size_t>(verb)];
        if (own) return &own;
        const Handler& get = handlers[static_cast<std::size_t>(Verb::get)];
        return verb == Verb::head && get ? &get : nullptr;
    }
};

namespace {

using Captures = std::array<std::string_view, kCapturesMax>;

// Takes the first segment off a path that begins with '/'.
std::string_view next_segment(std::string_view& path) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, end);
    path.remove_prefix(end);
    return segment;
}

std::string allow_of(const std::array<Handler, kVerbs>& handlers) {
    std::string text;
    for (std::size_t i = 0; i < handlers.size(); ++i) {
        const auto verb = static_cast<Verb>(i);
        const bool from_get =
            verb == Verb::head && handlers[static_cast<std::size_t>(Verb::get)] != nullptr;
        if (!handlers[i] && !from_get) continue;
        if (!text.empty()) text += ", ";
        text += to_string(verb);
    }
    return text;
}

boost::asio::awaitable<Response> ready(Response response) {
    co_return std::move(response);
}

boost::asio::awaitable<Response> error(int status, const char* text) {
    return ready(Response(status, std::string(R"({"error":")") + text + "\"}"));
}

bool decode_captures(const Captures& raw, std::size_t count, std::vector<std::string>& out) {
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto text = percent_decode(raw[i]);
        if (!text || !is_utf8(*text)) return false;
        out.push_back(std::move(*text));
    }
    return true;
}

}  // namespace

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Verb verb, std::string_view pattern, Handler handler) {
    const std::string name = std::string(to_string(verb)) + " " + std::string(pattern);
    if (!pattern.starts_with('/') || !handler) throw std::logic_error("bad route " + name);
    Node* node = root_.get();
    std::size_t captures = 0;
    for (std::string_view rest = pattern; !rest.empty();) {
        const auto segment = next_segment(rest);
        const bool is_capture = segment.starts_with('{') && segment.ends_with('}');
        if (is_capture && ++captures > kCapturesMax)
            throw std::logic_error("too many captures in route " + name);
        auto& child = is_capture ? node->capture : node->children[std::string(segment)];
        if (!child) child = std::make_unique<Node>();
        node = child.get();
    }
    Handler& slot = node->handlers[static_cast<std::size_t>(verb)];
    if (slot) throw std::logic_error("second route " + name);
    slot = std::move(handler);
    node->allow = allow_of(node->handlers);
}

void Router::set_guard(Guard guard) {
    guard_ = std::move(guard);
}

boost::asio::awaitable<Response> Router::dispatch(Request request) const {
    if (request.verb == Verb::options) return ready(Response(200));
    if (guard_) {
        if (auto refusal = guard_(request)) return ready(std::move(*refusal));
    }
    Captures raw;
    std::size_t captured = 0;
    const Node* node = root_.get();
    std::string_view rest = request.path;
    if (!rest.starts_with('/')) return error(404, "no such path");
    while (node != nullptr && !rest.empty()) {
        const auto segment = next_segment(rest);
        if (const auto child = node->children.find(segment); child != node->children.end()) {
            node = child->second.get();
        } else if (node->capture && !segment.empty()) {
            raw[captured++] = segment;
            node = node->capture.get();
        } else {
            node = nullptr;
        }
    }
    if (node == nullptr || node->allow.empty()) return error(404, "no such path");
    const Handler* handler = node->find(request.verb);
    if (handler == nullptr) {
        Response refusal(405, R"({"error":"method not allowed"})");
        refusal.headers.emplace_back("allow", node->allow);
        return ready(std::move(refusal));
    }
    if (!decode_captures(raw, captured, request.captures))
        return error(400, "Invalid URL: the path is not percent-encoded UTF-8");
    return (*handler)(std::move(request));
}

}  // namespace aimem::http
