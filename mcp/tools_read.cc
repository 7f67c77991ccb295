#include "mcp/core_tools.h"
#include "mcp/rpc.h"
#include "mcp/toon.h"
#include "store/model/json.h"
#include "store/ops/intake.h"
#include "store/store.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace aimem::mcp {
namespace {

using nlohmann::json;

std::optional<std::string> text(const json& arguments, const char* name) {
    const auto found = arguments.find(name);
    if (found == arguments.end()) return std::nullopt;
    return found->get<std::string>();
}

Result<Filter> filter_from(const json& arguments) {
    Filter filter;
    filter.ns = text(arguments, "namespace");
    filter.tag = text(arguments, "tags");
    filter.agent_id = text(arguments, "agent_id");
    filter.since = text(arguments, "since");
    filter.until = text(arguments, "until");
    filter.as_agent = text(arguments, "as_agent");
    if (const auto tier = text(arguments, "tier")) filter.tier = tier_from(*tier);
    if (auto checked = check_filter(filter); !checked) return fail(checked.error());
    return filter;
}

json list_of(const std::vector<Memory>& memories) {
    json list = json::array();
    for (const Memory& memory : memories) list.push_back(to_json(memory));
    return list;
}

json list_of(const std::vector<Link>& links) {
    json list = json::array();
    for (const Link& link : links) list.push_back(to_json(link));
    return list;
}

// The same answer as JSON and, where `format` asks for it, with a TOON text block.
ToolAnswer in_format(const json& answer, const json& arguments) {
    const std::string format = arguments.value("format", "json");
    ToolAnswer out{.structured = to_text(answer)};
    if (format == "toon") out.text = toon_text(answer, ToonColumns::full);
    if (format == "toon_compact") out.text = toon_text(answer, ToonColumns::compact);
    return out;
}

}  // namespace

Result<ToolAnswer> memory_recall(const ToolCall& call) {
    const json& arguments = call.arguments;
    RecallQuery query;
    query.context = arguments.at("context").get<std::string>();
    query.limit = arguments.value("limit", query.limit);
    if (arguments.contains("budget_tokens")) {
        query.budget_tokens = arguments.at("budget_tokens").get<std::size_t>();
    }
    auto filter = filter_from(arguments);
    if (!filter) return fail(filter.error());
    query.filter = *std::move(filter);
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    const auto found = (*store)->recall(query);
    if (!found) return fail(found.error());

    json memories = json::array();
    std::vector<std::string> used;
    for (const Hit& hit : found->hits) {
        json memory = to_json(hit.memory);
        memory["score"] = std::round(hit.score * 1000.0) / 1000.0;
        memories.push_back(std::move(memory));
        used.push_back(hit.memory.id);
    }
    (*store)->touch(used);
    json out{{"memories", std::move(memories)},
             {"count", found->hits.size()},
             {"mode", found->mode},
             {"tokens_used", found->tokens_used}};
    if (query.budget_tokens) out["budget_tokens"] = *query.budget_tokens;
    return in_format(out, arguments);
}

Result<ToolAnswer> memory_search(const ToolCall& call) {
    SearchQuery query;
    query.query = call.arguments.at("query").get<std::string>();
    query.limit = call.arguments.value("limit", query.limit);
    auto filter = filter_from(call.arguments);
    if (!filter) return fail(filter.error());
    query.filter = *std::move(filter);
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    const auto found = (*store)->search(query);
    if (!found) return fail(found.error());
    return in_format({{"results", list_of(*found)}, {"count", found->size()}}, call.arguments);
}

Result<ToolAnswer> memory_list(const ToolCall& call) {
    ListQuery query;
    query.limit = call.arguments.value("limit", query.limit);
    query.offset = call.arguments.value("offset", query.offset);
    auto filter = filter_from(call.arguments);
    if (!filter) return fail(filter.error());
    query.filter = *std::move(filter);
    const std::size_t asked = query.limit;
    query.limit = asked + 1;  // one more tells whether there is a next page
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    auto found = (*store)->list(query);
    if (!found) return fail(found.error());
    const bool more = found->size() > asked;
    if (more) found->resize(asked);
    json out{{"memories", list_of(*found)}, {"count", found->size()}};
    if (more) out["next_offset"] = query.offset + asked;
    return in_format(out, call.arguments);
}

Result<ToolAnswer> memory_get(const ToolCall& call) {
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    const auto found =
        (*store)->get_with_links(call.arguments.at("id").get_ref<const std::string&>());
    if (!found) return fail(found.error());
    json out = to_json(found->memory);
    out["links"] = list_of(found->links);
    return ToolAnswer{.structured = to_text(out)};
}

Result<ToolAnswer> memory_get_links(const ToolCall& call) {
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    const auto links = (*store)->links_of(call.arguments.at("id").get_ref<const std::string&>());
    if (!links) return fail(links.error());
    return ToolAnswer{.structured =
                          to_text(json{{"links", list_of(*links)}, {"count", links->size()}})};
}

}  // namespace aimem::mcp
