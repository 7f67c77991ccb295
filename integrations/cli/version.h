// The version of the program, from the build.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace aimem::cli {

inline constexpr std::string_view kVersion = AIMEM_VERSION;

}  // namespace aimem::cli
