// Small questions about UTF-8 text. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aimem {

bool is_utf8(std::string_view bytes) noexcept;  // RFC 3629: no surrogates, no overlong forms
std::size_t count_chars(std::string_view utf8) noexcept;  // Unicode scalars
std::string_view trim(std::string_view text) noexcept;    // ASCII white space
bool has_control_char(std::string_view utf8, std::string_view allowed) noexcept;  // C0, DEL and C1
std::string lower_ascii(std::string_view text);

// Where the plain stretch ends that begins at `at`: printable ASCII but for '"' and '\\', of which
// nearly all text is made and which stands for itself in JSON.
std::size_t plain_end(std::string_view text, std::size_t at) noexcept;

}  // namespace aimem
