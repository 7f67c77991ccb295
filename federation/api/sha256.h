// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace aimem::api {

std::string sha256_hex(std::string_view bytes);  // 64 digits

}  // namespace aimem::api
