// Result: how every expected failure travels. A function that can fail for a reason its caller must
// handle returns Result<T>; anything else throws. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace aimem {

// One closed list for the whole program. The HTTP status and the MCP form of each entry live in
// exactly one table each (federation/api/reply.cc, mcp/tool_result.cc).
enum class Errc : std::uint8_t {
    invalid_argument,  // the caller's mistake; the message names the field and what is accepted
    wrong_type,        // the same, but the JSON type is wrong (HTTP 422, as 0.6.3 answers)
    not_found,
    conflict,        // e.g. the title is taken
    denied,          // a policy forbids it
    request_reused,  // its Idempotency-Key stands for another request
    quorum_not_met,  // committed here, not on enough peers
    busy,            // a bound is reached or the lock was not to be had; try again
    shutting_down,
    disk_full,
    storage,  // the database failed; logged once where it happened
    peer,     // another node failed or answered nonsense
};

std::string_view to_string(Errc code) noexcept;

// Not an aggregate on purpose: g++ 12 destroys an aggregate temporary twice when it stands in one
// expression with co_await.
struct Error {
    Error(Errc c, std::string m) : code(c), message(std::move(m)) {}

    Errc code;
    std::string message;

    friend bool operator==(const Error&, const Error&) = default;
};

template <typename T = void>
using Result = tl::expected<T, Error>;

// return fail(Errc::not_found, "no memory m1");   return fail(other.error());
inline tl::unexpected<Error> fail(Errc code, std::string message) {
    return tl::unexpected<Error>(Error(code, std::move(message)));
}
inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

}  // namespace aimem
