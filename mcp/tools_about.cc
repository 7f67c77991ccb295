#include "mcp/core_tools.h"
#include "mcp/era.h"
#include "mcp/rpc.h"
#include "mcp/tool_registry.h"
#include "store/model/limits.h"

#include <nlohmann/json.hpp>

namespace aimem::mcp {
namespace {

using nlohmann::json;

// What this program can do, never what it is configured to wish for. The keys are those of schema 2
// of 0.6.3.
json features() {
    return {{"keyword_search", true},          {"semantic_search", false},
            {"hybrid_recall", false},          {"query_expansion", false},
            {"auto_consolidation", false},     {"auto_tagging", false},
            {"contradiction_analysis", false}, {"cross_encoder_reranking", false},
            {"memory_reflection", false},      {"embedder_loaded", false}};
}

json limits_shown() {
    return {{"title_chars", limits::title_chars},
            {"content_bytes", limits::content_bytes},
            {"namespace_depth", limits::namespace_depth},
            {"tags", limits::tags_count},
            {"tag_bytes", limits::tag_bytes},
            {"metadata_bytes", limits::metadata_bytes},
            {"recall_limit", limits::recall_rows}};
}

json revisions() {
    json list = json::array();
    for (const Revision revision :
         {Revision::v2026_07_28, Revision::v2025_11_25, Revision::v2025_06_18,
          Revision::v2025_03_26, Revision::v2024_11_05}) {
        list.push_back(name_of(revision));
    }
    return list;
}

}  // namespace

Result<ToolAnswer> memory_capabilities(const ToolCall& call) {
    json names = json::array();
    for (const RegisteredTool& tool : call.host.registry->tools()) names.push_back(tool.tool.name);
    const json none = nullptr;
    const json out{
        {"schema_version", "2"},
        {"tier", "keyword"},
        {"version", call.host.version},
        {"agent_id", call.agent_id},
        {"features", features()},
        {"models",
         {{"embedding", "none"}, {"embedding_dim", 0}, {"llm", "none"}, {"cross_encoder", "none"}}},
        {"permissions", {{"mode", "off"}, {"active_rules", 0}, {"rule_summary", json::array()}}},
        {"hooks", {{"registered_count", 0}, {"by_event", json::object()}}},
        {"compaction",
         {{"enabled", false},
          {"interval_minutes", none},
          {"last_run_at", none},
          {"last_run_stats", none}}},
        {"approval", {{"subscribers", 0}, {"pending_requests", 0}}},
        {"transcripts", {{"enabled", false}, {"total_count", 0}, {"total_size_mb", 0}}},
        {"tools", {{"profile", "core"}, {"available", std::move(names)}}},
        {"limits", limits_shown()},
        {"protocol_versions", revisions()}};
    return ToolAnswer{.structured = to_text(out)};
}

}  // namespace aimem::mcp
