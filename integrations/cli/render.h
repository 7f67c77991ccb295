// How memories look on a terminal. Colour only when stdout is one and NO_COLOR is not set. Text
// from memories loses its control characters on the way, so that what another agent stored cannot
// steer the terminal.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/model/memory.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aimem::cli {

enum class Ink : std::uint8_t { bold, dim, green, yellow, cyan };

bool stdout_has_colour();
std::string paint(Ink ink, std::string_view text);  // as it is when there is no colour

std::string age_text(std::string_view rfc3339,
                     std::int64_t now_ns);    // "3m ago", "in 2h", "just now"
std::string one_line(std::string_view text);  // white space and control characters become spaces
std::string short_id(std::string_view id);    // its first 8 bytes, enough to type

// [mid/1a2b3c4d] Title (p=5, ns=global, 3m ago)
std::string summary_line(const Memory& memory, std::int64_t now_ns);
// The same with the score, and the content below it, indented.
std::string card(const Memory& memory, double score, std::int64_t now_ns);
// "1 memory listed", "0 memories found"
std::string count_line(std::size_t count, std::string_view done);

}  // namespace aimem::cli
