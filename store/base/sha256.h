// SHA-256 (FIPS 180-4), for the secrets of webhook subscriptions, of which the hash alone is kept,
// and for the keys of requests.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace aimem {

std::string sha256_hex(std::string_view bytes);  // 64 lower-case hex digits

}  // namespace aimem
