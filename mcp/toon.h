// TOON: the tabular text form of an answer that lists memories (facts of 0.6.3: one meta line, one
// header, one row a memory, fields separated by |). Ours adds a last column, content, so that a
// recall needs no second call. Pure. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace aimem::mcp {

enum class ToonColumns { compact, full };

// `answer` has the memories under "memories" or "results"; count, mode, tokens_used and
// budget_tokens go to the meta line where present.
std::string toon_text(const nlohmann::json& answer, ToonColumns columns);

}  // namespace aimem::mcp
