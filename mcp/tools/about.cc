// What is there and what this server can do: stats, capabilities, history.
// SPDX-License-Identifier: Apache-2.0
#include "mcp/era.h"
#include "mcp/tool_registry.h"
#include "mcp/tools/call_help.h"
#include "mcp/tools/paging.h"
#include "mcp/tools/schema_parts.h"
#include "mcp/tools/tables.h"
#include "store/model/limits.h"
#include "store/query/counts.h"
#include "store/query/history.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::size_t kNamespacesShown = 100;  // of a page
constexpr std::size_t kVersionsShown = 10;

constexpr std::string_view kAboutIn = R"({"type":"object","additionalProperties":false})";
constexpr std::string_view kStatsIn =
    AIMEM_IN(AIMEM_AS_AGENT "," AIMEM_PAGE("100", "1000")) AIMEM_CLOSED;
constexpr std::string_view kStatsOut = AIMEM_OUT(
    R"("total":{"type":"integer"},"by_tier":)" AIMEM_OBJECTS R"(,"by_namespace":)" AIMEM_OBJECTS
    R"(,"links_count":{"type":"integer"},)" AIMEM_PAGE_OUT);
constexpr std::string_view kCapabilitiesOut = AIMEM_OUT(
    R"("version":{"type":"string"},"agent_id":{"type":"string"},"features":{"type":"object"},"tools":{"type":"object"},"limits":{"type":"object"})");
constexpr std::string_view kHistoryIn =
    AIMEM_IN(R"("id":)" AIMEM_ID_OR_PREFIX "," AIMEM_AS_AGENT
             "," AIMEM_PAGE("10", "100")) R"("required":["id"],)" AIMEM_CLOSED;
constexpr std::string_view kHistoryOut =
    AIMEM_OUT(R"("id":{"type":"string"},"versions":)" AIMEM_OBJECTS R"(,"names":)" AIMEM_TEXTS
              R"(,"note":{"type":"string"},)" AIMEM_PAGE_OUT);

json counted_json(const std::vector<Counted>& counts, const char* name) {
    json rows = json::array();
    for (const Counted& one : counts) rows.push_back({{name, one.name}, {"count", one.count}});
    return rows;
}

Result<ToolAnswer> memory_stats(const ToolCall& call) {
    const auto page = page_of(call, kNamespacesShown);
    if (!page) return fail(page.error());
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    const auto stats = (*store)->stats();
    if (!stats) return fail(stats.error());
    json out{{"total", stats->total},
             {"by_tier", counted_json(stats->by_tier, "tier")},
             {"expiring_soon", stats->expiring_soon},
             {"links_count", stats->links_count},
             {"archived_total", stats->archived_total},
             {"db_size_bytes", stats->db_size_bytes}};
    put_page(out, "by_namespace", counted_json(stats->by_namespace, "namespace"), 0, *page);
    return answered(out);
}

// What this program can do, never what it is configured to wish for. The keys are those of schema 2
// of 0.6.3, where all but the first mean a model.
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
          Revision::v2025_03_26, Revision::v2024_11_05})
        list.push_back(name_of(revision));
    return list;
}

json tools_shown(const ToolRegistry& registry) {
    json available = json::array();
    for (const RegisteredTool& tool : registry.tools()) available.push_back(tool.tool.name);
    json out{{"profile", name_of(registry.profile())}, {"available", std::move(available)}};
    json more = json::object();
    for (const Tool& tool : registry.others())
        for (const Profile profile : {Profile::graph, Profile::admin})
            if (is_in(tool.profiles, profile))
                more[std::string(name_of(profile))].push_back(tool.name);
    if (more.empty()) return out;
    out["more"] = std::move(more);
    out["how"] =
        "start the server with --profile graph, admin or full (ai-memory mcp --profile full)";
    return out;
}

// To say what one can do is no reason to make a database.
query::RecordCounts counts_if_open(const ToolCall& call) {
    Store* const store = call.host.opened ? call.host.opened() : nullptr;
    if (store == nullptr) return {};
    return store->ask([](sqlite::Database& db) { return query::record_counts(db); })
        .value_or(query::RecordCounts{});
}

Result<ToolAnswer> memory_capabilities(const ToolCall& call) {
    const query::RecordCounts counts = counts_if_open(call);
    const json none = nullptr;
    return answered(
        {{"schema_version", "2"},
         {"tier", "keyword"},
         {"version", call.host.version},
         {"agent_id", call.agent_id},
         {"features", features()},
         {"by_words", {"expand_query", "auto_tag", "detect_contradiction", "check_duplicate"}},
         {"models",
          {{"embedding", "none"},
           {"embedding_dim", 0},
           {"llm", "none"},
           {"cross_encoder", "none"}}},
         {"permissions",
          {{"mode", "ask"}, {"active_rules", counts.policies}, {"rule_summary", json::array()}}},
         {"hooks", {{"registered_count", counts.subscriptions}, {"by_event", json::object()}}},
         {"compaction",
          {{"enabled", false},
           {"interval_minutes", none},
           {"last_run_at", none},
           {"last_run_stats", none}}},
         {"approval", {{"subscribers", 0}, {"pending_requests", counts.pending}}},
         {"transcripts", {{"enabled", false}, {"total_count", 0}, {"total_size_mb", 0}}},
         {"tools", tools_shown(*call.host.registry)},
         {"limits", limits_shown()},
         {"protocol_versions", revisions()}});
}

Result<ToolAnswer> memory_history(const ToolCall& call) {
    const auto page = page_of(call, kVersionsShown);
    if (!page) return fail(page.error());
    const auto seen =
        ask(call, [&](sqlite::Database& db) { return query::history(db, text_of(call, "id")); });
    if (!seen) return fail(seen.error());
    json versions = json::array();
    for (const query::VersionSeen& one : seen->versions) versions.push_back(to_json(one));
    json out{{"id", seen->id},
             {"names", seen->names},
             {"note",
              "older versions are those that this machine has overwritten, the newest of them; "
              "written_by is the author where nobody else is known to have written"}};
    put_page(out, "versions", std::move(versions), 0, *page);
    return answered(out);
}

constexpr std::array<Tool, 3> kAboutTable{{
    {"memory_capabilities", "What this server can do",
     "Show version, features, limits, who you are here, and what tools there are beside these.",
     Effect::reads, kAboutIn, kCapabilitiesOut, &memory_capabilities},
    {"memory_stats", "Count memories",
     "How many memories, links and archived ones there are, by tier and namespace, the fullest "
     "first.",
     Effect::reads, kStatsIn, kStatsOut, &memory_stats, kGraph | kAdmin},
    {"memory_history", "Versions of a memory",
     "Who wrote which version of a memory, when, on which node, and what it said; newest first. Of "
     "a deleted one: who and when. Older versions are those this machine has overwritten.",
     Effect::reads, kHistoryIn, kHistoryOut, &memory_history, kGraph | kAdmin},
}};

}  // namespace

std::span<const Tool> about_table() {
    return kAboutTable;
}

}  // namespace aimem::mcp
