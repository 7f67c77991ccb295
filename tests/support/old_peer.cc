// SPDX-License-Identifier: Apache-2.0
#include "tests/support/old_peer.h"

#include "tests/support/http.h"

#include <algorithm>

namespace aimem::test {
namespace {

constexpr std::size_t kPage = 500;  // unless it is asked for more
constexpr std::size_t kPageMax = 10'000;
constexpr int kTries = 2;

std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::string parameter(const std::string& target, const std::string& name) {
    const auto at = target.find(name + "=", target.find('?'));
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 1;
    return unescaped(target.substr(from, target.find('&', from) - from));
}

}  // namespace

OldPeer::OldPeer(NowFn now) : now_(std::move(now)) {
    server_.script([this](const HttpMessage& request) { return answer(request); });
}

void OldPeer::cut(bool on) {
    const std::lock_guard lock(mutex_);
    cut_ = on;
}

std::size_t OldPeer::reads() {
    const std::lock_guard lock(mutex_);
    return reads_;
}

MockAnswer OldPeer::answer(const HttpMessage& request) {
    const std::lock_guard lock(mutex_);
    if (cut_) return answers::close_early();
    if (request.first_line.rfind("POST /api/v1/sync/push", 0) == 0) {
        auto [status, body] = store_.push(request.body, now_());
        return {status, std::move(body)};
    }
    if (request.first_line.rfind("GET /api/v1/sync/since", 0) == 0) {
        const std::string target = request.first_line.substr(4, request.first_line.rfind(' ') - 4);
        const std::string wanted = parameter(target, "limit");
        const std::size_t limit = wanted.empty() ? kPage : std::stoul(wanted);
        reads_ += 1;
        return {200, store_.since(parameter(target, "since"), std::min(limit, kPageMax))};
    }
    if (request.first_line.rfind("GET /api/v1/export", 0) == 0) return {200, store_.exported()};
    return answers::refusal(404);
}

std::string OldPeer::act(const Work& work, const std::vector<std::uint16_t>& peers) {
    const std::string body = look([&](OldStore& store) { return work(store, now_()); });
    if (body.empty()) return body;
    for (const std::uint16_t port : peers) {
        for (int tries = 0; tries < kTries; ++tries) {
            HttpClient client(port);
            const Request request{
                "POST", "/api/v1/sync/push", {{"content-type", "application/json"}}, body};
            if (client.send(request).ok()) break;
        }
    }
    return body;
}

}  // namespace aimem::test
