// Profiles: which tools a server shows. Every session pays for the list in tokens, so that the
// default is the handful that everybody needs. Fixed for the life of the process.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <cstdint>
#include <string_view>

namespace aimem::mcp {

enum class Profile : std::uint8_t { core = 1, graph = 2, admin = 4, full = 8 };

// The profiles a tool is in, as bits; every tool is in full.
using Profiles = std::uint8_t;
inline constexpr Profiles kEverywhere = 15;
inline constexpr Profiles kGraph = 2;
inline constexpr Profiles kAdmin = 4;

constexpr bool is_in(Profiles profiles, Profile profile) noexcept {
    return profile == Profile::full || (profiles & static_cast<Profiles>(profile)) != 0;
}

std::string_view name_of(Profile profile) noexcept;
Result<Profile> profile_from(std::string_view name);

}  // namespace aimem::mcp
