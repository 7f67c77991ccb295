// The order of tools/list: that of 0.6.3 (facts/mcp-tools.md 2), then our own.
// SPDX-License-Identifier: Apache-2.0
#include "mcp/tool_registry.h"
#include "mcp/tools/tables.h"

#include <array>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::mcp {
namespace {

constexpr auto kOrder = std::to_array<std::string_view>({"store",
                                                         "recall",
                                                         "search",
                                                         "list",
                                                         "get_taxonomy",
                                                         "check_duplicate",
                                                         "entity_register",
                                                         "entity_get_by_alias",
                                                         "kg_timeline",
                                                         "kg_invalidate",
                                                         "kg_query",
                                                         "delete",
                                                         "promote",
                                                         "forget",
                                                         "stats",
                                                         "update",
                                                         "get",
                                                         "link",
                                                         "get_links",
                                                         "consolidate",
                                                         "capabilities",
                                                         "expand_query",
                                                         "auto_tag",
                                                         "detect_contradiction",
                                                         "archive_list",
                                                         "archive_restore",
                                                         "archive_purge",
                                                         "archive_stats",
                                                         "gc",
                                                         "session_start",
                                                         "namespace_set_standard",
                                                         "namespace_get_standard",
                                                         "namespace_clear_standard",
                                                         "pending_list",
                                                         "pending_approve",
                                                         "pending_reject",
                                                         "agent_register",
                                                         "agent_list",
                                                         "notify",
                                                         "inbox",
                                                         "subscribe",
                                                         "unsubscribe",
                                                         "list_subscriptions",
                                                         "unlink",
                                                         "get_many",
                                                         "history",
                                                         "whoami"});
constexpr std::string_view kPrefix = "memory_";

std::vector<Tool> in_order() {
    std::map<std::string_view, const Tool*> known;
    for (const auto table :
         {core_table(), lifecycle_table(), archive_table(), graph_table(), entity_table(),
          governance_table(), agent_table(), subscription_table(), word_table(), about_table()})
        for (const Tool& tool : table) known.emplace(tool.name.substr(kPrefix.size()), &tool);
    std::vector<Tool> all;
    for (const std::string_view name : kOrder) {
        const auto found = known.find(name);
        if (found == known.end()) throw std::logic_error("no tool " + std::string(name));
        all.push_back(*found->second);
    }
    if (all.size() != known.size()) throw std::logic_error("a tool has no place in the list");
    return all;
}

}  // namespace

std::span<const Tool> all_tools() {
    static const std::vector<Tool> all = in_order();
    return all;
}

}  // namespace aimem::mcp
