// SipHash-2-4 with a fixed key: the signature of replicated content and the digest of key ranges.
// It finds differences, it is no defence against an attacker. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace aimem {

std::uint64_t hash64(std::string_view bytes, std::uint64_t salt = 0) noexcept;

}  // namespace aimem
