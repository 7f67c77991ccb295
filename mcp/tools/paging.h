// Answers in pages: limit, cursor and budget_tokens, the same for every tool that reads. A cursor
// says where the next page begins and is good for the same question only. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "mcp/tool.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace aimem::mcp {

enum class OverBudget {
    ends_page,    // the next page goes on with what did not fit; a page has one row at least
    passed_over,  // smaller rows behind it still get in; `left_out` counts the others
};

struct Page {
    std::size_t limit = 0;   // rows
    std::size_t offset = 0;  // of its first row in the whole answer
    std::optional<std::size_t> budget{};
    std::uint64_t question = 0;  // hash of the arguments that decide which rows there are
    OverBudget over = OverBudget::ends_page;

    std::size_t end() const noexcept { return offset + limit; }
    std::size_t rows_wanted() const noexcept { return end() + 1; }  // one more: is there a next?
};

// Errc::invalid_argument for a cursor that is none, or of another question.
Result<Page> page_of(const ToolCall& call, std::size_t standard_limit);

// Puts `rows`, of which the first is number `first` of the whole answer, into out[name], with
// count, tokens_used where a budget was given, and next_cursor where more follows.
void put_page(nlohmann::json& out, const char* name, nlohmann::json rows, std::size_t first,
              const Page& page);

// A token is 4 bytes, of title and content where a row has them, else of its JSON.
std::size_t tokens_of_row(const nlohmann::json& row);

// The same answer with a TOON text block where `format` (or its default) asks for it.
ToolAnswer in_format(const nlohmann::json& answer, const nlohmann::json& arguments,
                     const char* standard_format);

}  // namespace aimem::mcp
