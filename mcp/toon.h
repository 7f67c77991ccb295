// TOON: the tabular text form of an answer that lists memories (facts of 0.6.3: one meta line, one
// header, one row a memory, fields separated by |; rules of the namespace come first). Ours adds a
// last column, content, so that a recall needs no second call. Pure. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>

namespace aimem::mcp {

enum class ToonColumns { compact, full };

// `answer` has the memories under "memories" or "results"; count, mode, tokens_used, budget_tokens
// and next_cursor go to the meta line where present. Compact rows share kCompactContentBytes for
// their contents unless a budget was given; what is cut ends in "...(+N bytes)".
inline constexpr std::size_t kCompactContentBytes = 16'000;
std::string toon_text(const nlohmann::json& answer, ToonColumns columns);

}  // namespace aimem::mcp
