// The tools, a table for each group of them (files of this folder); all_tools.cc puts them into the
// order in which they are listed. A tool's function gets arguments that fit its input schema and
// turns them into one Op or one query of the store. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/tool.h"

#include <span>

namespace aimem::mcp {

std::span<const Tool> core_table();
std::span<const Tool> lifecycle_table();
std::span<const Tool> archive_table();
std::span<const Tool> graph_table();
std::span<const Tool> entity_table();
std::span<const Tool> governance_table();
std::span<const Tool> agent_table();
std::span<const Tool> subscription_table();
std::span<const Tool> word_table();
std::span<const Tool> about_table();

// core_write.cc
Result<ToolAnswer> memory_store(const ToolCall& call);
Result<ToolAnswer> memory_update(const ToolCall& call);
Result<ToolAnswer> memory_delete(const ToolCall& call);

// core_read.cc
Result<ToolAnswer> memory_recall(const ToolCall& call);
Result<ToolAnswer> memory_search(const ToolCall& call);
Result<ToolAnswer> memory_list(const ToolCall& call);
Result<ToolAnswer> memory_get(const ToolCall& call);
Result<ToolAnswer> memory_get_many(const ToolCall& call);
Result<ToolAnswer> memory_session_start(const ToolCall& call);

}  // namespace aimem::mcp
