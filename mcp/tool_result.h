// The text of a tools/call result, for an answer and for an Error. The one place where an Errc gets
// its MCP form: every failure of a tool is a result with isError, which the model can read and act
// on. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/era.h"
#include "mcp/tool.h"
#include "store/base/result.h"

#include <string>

namespace aimem::mcp {

std::string answer_result(const ToolAnswer& answer, Revision revision);
std::string error_result(const Error& error);

}  // namespace aimem::mcp
