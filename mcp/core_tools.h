// The functions behind the core tools. Each gets arguments that fit its input schema
// (core_tools.cc) and turns them into one Op or one query of the store. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "mcp/tool.h"

namespace aimem::mcp {

// tools_write.cc
Result<ToolAnswer> memory_store(const ToolCall& call);
Result<ToolAnswer> memory_update(const ToolCall& call);
Result<ToolAnswer> memory_delete(const ToolCall& call);
Result<ToolAnswer> memory_promote(const ToolCall& call);
Result<ToolAnswer> memory_link(const ToolCall& call);

// tools_read.cc
Result<ToolAnswer> memory_recall(const ToolCall& call);
Result<ToolAnswer> memory_search(const ToolCall& call);
Result<ToolAnswer> memory_list(const ToolCall& call);
Result<ToolAnswer> memory_get(const ToolCall& call);
Result<ToolAnswer> memory_get_links(const ToolCall& call);

// tools_about.cc
Result<ToolAnswer> memory_capabilities(const ToolCall& call);

}  // namespace aimem::mcp
