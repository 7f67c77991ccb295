// Links and walks over them. SPDX-License-Identifier: Apache-2.0
#include "store/query/graph.h"

#include "mcp/tools/call_help.h"
#include "mcp/tools/paging.h"
#include "mcp/tools/schema_parts.h"
#include "mcp/tools/tables.h"
#include "store/model/json.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::size_t kLinkRows = 200;  // of a page

constexpr std::string_view kLinkIn = AIMEM_IN(
    R"("source_id":)" AIMEM_ID R"(,"target_id":)" AIMEM_ID
    R"(,"relation":{"type":"string","enum":["related_to","supersedes","contradicts","derived_from"],"default":"related_to"},)"
    R"("valid_from":)" AIMEM_TIME R"(,"valid_until":)" AIMEM_TIME
    "," AIMEM_ASKER) R"("required":["source_id","target_id"],)" AIMEM_CLOSED;
constexpr std::string_view kLinkOut = AIMEM_OUT(
    R"("linked":{"type":"boolean"},"existed":{"type":"boolean"},"source_id":{"type":"string"},"target_id":{"type":"string"},"relation":{"type":"string"})");

constexpr std::string_view kUnlinkIn =
    AIMEM_IN(R"("source_id":)" AIMEM_ID R"(,"target_id":)" AIMEM_ID R"(,"relation":)" AIMEM_RELATION
             "," AIMEM_ASKER) R"("required":["source_id","target_id"],)" AIMEM_CLOSED;
constexpr std::string_view kUnlinkOut =
    AIMEM_OUT(R"("unlinked":{"type":"boolean"},"removed":{"type":"integer"})");

constexpr std::string_view kLinksIn =
    AIMEM_IN(R"("id":)" AIMEM_ID "," AIMEM_AS_AGENT
             "," AIMEM_PAGE("200", "1000")) R"("required":["id"],)" AIMEM_CLOSED;
constexpr std::string_view kLinksOut = AIMEM_OUT(R"("links":)" AIMEM_OBJECTS "," AIMEM_PAGE_OUT);

constexpr std::string_view kGraphIn = AIMEM_IN(
    R"("source_id":)" AIMEM_ID
    R"(,"max_depth":{"type":"integer","minimum":1,"maximum":5,"default":1},)"
    R"("valid_at":{"type":"string","minLength":1,"maxLength":64,"description":"Only links that hold then, RFC 3339"},)"
    R"("allowed_agents":{"type":"array","items":{"type":"string","minLength":1,"maxLength":128},"maxItems":100,"description":"Only links these made"},)" AIMEM_AS_AGENT
    "," AIMEM_PAGE("200", "1000")) R"("required":["source_id"],)" AIMEM_CLOSED;
constexpr std::string_view kGraphOut = AIMEM_OUT(
    R"("source_id":{"type":"string"},"max_depth":{"type":"integer"},"memories":)" AIMEM_OBJECTS
    R"(,"paths":)" AIMEM_TEXTS "," AIMEM_PAGE_OUT);

constexpr std::string_view kTimelineIn = AIMEM_IN(
    R"("source_id":)" AIMEM_ID R"(,"since":)" AIMEM_TIME R"(,"until":)" AIMEM_TIME
    "," AIMEM_AS_AGENT "," AIMEM_PAGE("200", "1000")) R"("required":["source_id"],)" AIMEM_CLOSED;
constexpr std::string_view kTimelineOut =
    AIMEM_OUT(R"("source_id":{"type":"string"},"events":)" AIMEM_OBJECTS "," AIMEM_PAGE_OUT);

constexpr std::string_view kInvalidateIn = AIMEM_IN(
    R"("source_id":)" AIMEM_ID R"(,"target_id":)" AIMEM_ID R"(,"relation":)" AIMEM_RELATION
    R"(,"valid_until":{"type":"string","minLength":1,"maxLength":64,"description":"RFC 3339; default: now"},)" AIMEM_ASKER) R"("required":["source_id","target_id","relation"],)" AIMEM_CLOSED;
constexpr std::string_view kInvalidateOut = AIMEM_OUT(
    R"("found":{"type":"boolean"},"source_id":{"type":"string"},"target_id":{"type":"string"},"relation":{"type":"string"},"valid_until":{"type":"string"})");

Result<ToolAnswer> memory_link(const ToolCall& call) {
    auto op = link_from_arguments(call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    const auto done = commit(call, *std::move(op));
    if (!done) return fail(done.error());
    json out = to_json(*done->link);
    out["linked"] = true;
    out["existed"] = done->existed;
    return answered(out);
}

Result<ToolAnswer> memory_unlink(const ToolCall& call) {
    auto op = unlink_from_arguments(call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    const auto done = commit(call, *std::move(op));
    if (!done) return fail(done.error());
    return answered({{"unlinked", done->affected > 0}, {"removed", done->affected}});
}

Result<ToolAnswer> memory_get_links(const ToolCall& call) {
    const auto page = page_of(call, kLinkRows);
    if (!page) return fail(page.error());
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    const auto links = (*store)->links_of(text_of(call, "id"));
    if (!links) return fail(links.error());
    json out = json::object();
    put_page(out, "links", rows_json(*links), 0, *page);
    return answered(out);
}

json event_json(const query::GraphStep& step) {
    const auto given = [](const std::optional<std::string>& text) {
        return text ? json(*text) : json();
    };
    return {{"target_id", step.link.target_id},
            {"relation", step.link.relation},
            {"valid_from", given(step.link.valid_from)},
            {"valid_until", given(step.link.valid_until)},
            {"observed_by", given(step.link.observed_by)},
            {"closed_by", given(step.link.closed_by)},
            {"closed_at", given(step.link.closed_at)},
            {"title", step.title},
            {"target_namespace", step.target_namespace}};
}

Result<ToolAnswer> memory_kg_query(const ToolCall& call) {
    const auto page = page_of(call, kLinkRows);
    if (!page) return fail(page.error());
    query::GraphQuery query;
    query.source_id = text_of(call, "source_id");
    query.max_depth = call.arguments.value("max_depth", query.max_depth);
    query.valid_at = text_if(call, "valid_at");
    if (call.arguments.contains("allowed_agents"))
        query.allowed_agents = call.arguments.at("allowed_agents").get<std::vector<std::string>>();
    query.limit = page->rows_wanted();
    const auto found = ask(call, [&](sqlite::Database& db) { return query::graph(db, query); });
    if (!found) return fail(found.error());
    json rows = json::array();
    for (const query::GraphStep& step : *found) {
        json row = event_json(step);
        row["depth"] = step.depth;
        row["path"] = step.path;
        rows.push_back(std::move(row));
    }
    json out{{"source_id", query.source_id}, {"max_depth", query.max_depth}};
    put_page(out, "memories", std::move(rows), 0, *page);
    out["paths"] = json::array();
    for (const json& row : out["memories"]) out["paths"].push_back(row.at("path"));
    return answered(out);
}

Result<ToolAnswer> memory_kg_timeline(const ToolCall& call) {
    const auto page = page_of(call, kLinkRows);
    if (!page) return fail(page.error());
    const query::TimelineQuery query{text_of(call, "source_id"), text_if(call, "since"),
                                     text_if(call, "until"), page->rows_wanted()};
    const auto found = ask(call, [&](sqlite::Database& db) { return query::timeline(db, query); });
    if (!found) return fail(found.error());
    json rows = json::array();
    for (const query::GraphStep& step : *found) rows.push_back(event_json(step));
    json out{{"source_id", query.source_id}};
    put_page(out, "events", std::move(rows), 0, *page);
    return answered(out);
}

Result<ToolAnswer> memory_kg_invalidate(const ToolCall& call) {
    auto op = invalidate_from_json(call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    json out{{"found", false},
             {"source_id", op->source_id},
             {"target_id", op->target_id},
             {"relation", op->relation}};
    const auto done = commit(call, *std::move(op));
    if (!done) return fail(done.error());
    if (!done->link) return answered(out);
    out["found"] = true;
    out["valid_until"] = done->link->valid_until.value_or("");
    if (done->link->closed_by) out["closed_by"] = *done->link->closed_by;
    out["previous_valid_until"] = done->previous ? json(*done->previous) : json();
    return answered(out);
}

constexpr std::array<Tool, 6> kGraphTable{{
    {"memory_link", "Link two memories",
     "Say how one memory relates to another; a link that was closed is open again.",
     Effect::settles, kLinkIn, kLinkOut, &memory_link, kGraph},
    {"memory_unlink", "Remove a link",
     "Remove the links from one memory to another: those of one relation, else all.",
     Effect::destroys, kUnlinkIn, kUnlinkOut, &memory_unlink, kGraph},
    {"memory_get_links", "Get links of a memory",
     "List the links from and to one memory, with the times they hold.", Effect::reads, kLinksIn,
     kLinksOut, &memory_get_links, kGraph},
    {"memory_kg_query", "Follow links",
     "Walk from one memory along its links, up to 5 hops, nearest first.", Effect::reads, kGraphIn,
     kGraphOut, &memory_kg_query, kGraph},
    {"memory_kg_timeline", "Links in time",
     "The links of one memory in the order in which they began to hold; closed ones too.",
     Effect::reads, kTimelineIn, kTimelineOut, &memory_kg_timeline, kGraph},
    {"memory_kg_invalidate", "Close a link",
     "Say that a link no longer holds from a time on. It stays, with that time.", Effect::destroys,
     kInvalidateIn, kInvalidateOut, &memory_kg_invalidate, kGraph},
}};

}  // namespace

std::span<const Tool> graph_table() {
    return kGraphTable;
}

}  // namespace aimem::mcp
