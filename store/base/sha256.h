// SHA-256 (FIPS 180-4) and HMAC over it (RFC 2104), for the secrets of webhook subscriptions and
// the keys of requests. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace aimem {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

std::string to_hex(const Sha256& hash);  // 64 lower-case digits
std::optional<Sha256> sha256_from_hex(std::string_view digits);
inline std::string sha256_hex(std::string_view bytes) {
    return to_hex(sha256(bytes));
}

// The bytes of one as text: the key of an HMAC.
inline std::string_view as_bytes(const Sha256& hash) noexcept {
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace aimem
