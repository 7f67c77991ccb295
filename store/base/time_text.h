// RFC 3339 instants. We always print UTC with nine fraction digits and "+00:00": text order is then
// time order, also beside the 0/3/6/9 digits of 0.6.3 (facts/federation.md 5.1).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aimem {

inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::string time_text(std::int64_t ns);                         // ns since 1970
std::optional<std::int64_t> parse_time(std::string_view text);  // any offset, 0-9+ digits, 'Z'
std::string normal_time(std::string_view text);  // the same instant as we print it; else `text`

}  // namespace aimem
