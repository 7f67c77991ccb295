// The text of a tools/call result, for an answer and for an Error. The one place where an Errc gets
// its MCP form: every failure of a tool is a result with isError, which the model can read and act
// on. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/era.h"
#include "mcp/tool.h"
#include "store/base/result.h"

#include <string>
#include <string_view>

namespace aimem::mcp {

// Begins the message of a database that could not be opened. What follows is for the user to read;
// other storage errors may hold SQL and are replaced by a fixed sentence.
inline constexpr std::string_view kCannotOpen = "the memory database is not usable: ";

std::string answer_result(const ToolAnswer& answer, Revision revision);
std::string error_result(const Error& error);

}  // namespace aimem::mcp
