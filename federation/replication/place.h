// Where a file lies: the same for all programs of this machine that have it open, another for a
// copy of it. Tells a node that meets itself from one that meets a copy of its own file.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace aimem {

// 16 hex digits; empty when the file cannot be looked at.
std::string place_of(const std::filesystem::path& file);

}  // namespace aimem
