// The replicated body of a memory, read as memory_body writes it. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "store/model/memory.h"

#include <optional>
#include <string_view>

namespace aimem {

// The memory whose memory_body is `body`, letter for letter, also when it comes back from a table.
// Nothing when there is none, and for the few that are written with \u escapes: memory_from_body
// tells then.
std::optional<Memory> memory_from_canonical_body(std::string_view id, std::string_view body);

}  // namespace aimem
