// Idempotency-Key. The key is the caller's, for one path: another agent, verb or path under the
// same text is another request. SPDX-License-Identifier: Apache-2.0
#include "federation/api/api.h"
#include "store/base/sha256.h"

namespace aimem::api {
namespace {

constexpr std::size_t kKeyDigits = 32;

// Each part with its length before it: no two lists of parts read the same.
std::string joined(std::initializer_list<std::string_view> parts) {
    std::string out;
    for (const std::string_view part : parts) {
        out += std::to_string(part.size()) + ":";
        out += part;
    }
    return out;
}

bool changes_something(http::Verb verb) {
    return verb == http::Verb::post || verb == http::Verb::put || verb == http::Verb::del;
}

}  // namespace

Once::Once(const http::Request& request) : viewer_(viewer_of(request)) {
    const auto given = request.header("idempotency-key").value_or(std::string_view{});
    // Peers of 0.6.3 mark pushes with the id of what they carry: those are all different.
    if (given.empty() || !changes_something(request.verb) ||
        request.path.starts_with("/api/v1/sync/"))
        return;
    const auto agent = request.header("x-agent-id").value_or(std::string_view{});
    key_ = sha256_hex(joined({agent, given, http::to_string(request.verb), request.path}));
    key_.resize(kKeyDigits);
    body_ = sha256_hex(joined({request.query, request.body}));
}

std::optional<RequestId> Once::next() {
    if (key_.empty()) return std::nullopt;
    return RequestId{key_ + "#" + std::to_string(step_++), body_};
}

}  // namespace aimem::api
