// JSON text in and out, compiled once: the parser and the writer of the JSON library are most of
// what a file that uses them costs the compiler. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace aimem {

// A discarded value when `text` is no JSON; never throws. Ask is_discarded() or for the type
// wanted.
nlohmann::json parse_json(std::string_view text);

// Compact, keys sorted; bytes that are no UTF-8 become U+FFFD.
std::string json_text(const nlohmann::json& value);

}  // namespace aimem
