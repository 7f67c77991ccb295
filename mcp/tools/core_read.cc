// recall, search, list, get, get_many, session_start. SPDX-License-Identifier: Apache-2.0
#include "mcp/tools/call_help.h"
#include "mcp/tools/paging.h"
#include "mcp/tools/standards.h"
#include "mcp/tools/tables.h"
#include "store/model/json.h"
#include "store/model/limits.h"
#include "store/query/listing.h"
#include "store/query/recall.h"
#include "store/query/records.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::size_t kUnreadShown = 100;  // counted up to here
constexpr std::size_t kLinksShown = 200;   // with a memory; memory_get_links has pages of them

Result<Filter> filter_from(const ToolCall& call) {
    Filter filter;
    filter.ns = text_if(call, "namespace");
    filter.tag = text_if(call, "tags");
    filter.agent_id = text_if(call, "agent_id");
    filter.since = text_if(call, "since");
    filter.until = text_if(call, "until");
    if (const auto tier = text_if(call, "tier")) filter.tier = tier_from(*tier);
    if (auto checked = check_filter(filter); !checked) return fail(checked.error());
    return filter;
}

struct AskedRows {
    Page page{};
    Filter filter{};
};

Result<AskedRows> asked_rows(const ToolCall& call, std::size_t standard_limit) {
    auto page = page_of(call, standard_limit);
    if (!page) return fail(page.error());
    auto filter = filter_from(call);
    if (!filter) return fail(filter.error());
    return AskedRows{*page, *std::move(filter)};
}

// Unless it was asked for by its namespace, what the program keeps for itself is no memory; and the
// rules of the namespace are shown apart.
struct Shown {
    bool internal = false;
    std::vector<Memory> standards{};

    bool operator()(const Memory& memory) const {
        return (internal || !is_internal(memory.ns)) && !is_among(standards, memory.id);
    }
};

Result<Shown> shown_for(const ToolCall& call, const std::optional<std::string>& ns) {
    auto standards = standards_for(call, ns);
    if (!standards) return fail(standards.error());
    return Shown{ns && is_internal(*ns), *std::move(standards)};
}

std::string with_more_words(const ToolCall& call) {
    std::string context = text_of(call, "context");
    const auto more = call.arguments.find("context_tokens");
    if (more == call.arguments.end()) return context;
    for (const json& word : *more) context += ' ' + word.get<std::string>();
    return context;
}

json hit_json(const Hit& hit) {
    json row = to_json(hit.memory);
    row["score"] = std::round(hit.score * 1000.0) / 1000.0;
    return row;
}

}  // namespace

Result<ToolAnswer> memory_recall(const ToolCall& call) {
    const auto asked = asked_rows(call, RecallQuery{}.limit);
    if (!asked) return fail(asked.error());
    const auto shown = shown_for(call, asked->filter.ns);
    if (!shown) return fail(shown.error());
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    const RecallQuery query{with_more_words(call),
                            asked->filter,
                            asked->page.rows_wanted() + shown->standards.size(),
                            {}};
    // Not Store::recall: what is found and then not shown was not used.
    auto found = (*store)->ask(
        [&](sqlite::Database& db) { return query::recall(db, query, now_of_call()); });
    if (!found) return fail(found.error());
    std::erase_if(found->hits, [&](const Hit& hit) { return !(*shown)(hit.memory); });
    json rows = json::array();
    for (const Hit& hit : found->hits) rows.push_back(hit_json(hit));
    json out{{"mode", found->mode}};
    Page page = asked->page;
    page.over = OverBudget::passed_over;
    put_page(out, "memories", std::move(rows), 0, page);
    std::vector<std::string> used;
    std::size_t tokens = 0;
    for (const json& row : out["memories"]) {
        used.push_back(row.at("id").get<std::string>());
        tokens += tokens_of_row(row);
    }
    out["tokens_used"] = tokens;
    (*store)->touch(used);
    put_standards(out, shown->standards);
    return in_format(out, call.arguments, "toon_compact");
}

Result<ToolAnswer> memory_search(const ToolCall& call) {
    const auto asked = asked_rows(call, SearchQuery{}.limit);
    if (!asked) return fail(asked.error());
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    const auto found =
        (*store)->search({text_of(call, "query"), asked->filter, asked->page.rows_wanted()});
    if (!found) return fail(found.error());
    json out = json::object();
    put_page(out, "results", rows_json(*found), 0, asked->page);
    return in_format(out, call.arguments, "toon_compact");
}

Result<ToolAnswer> memory_list(const ToolCall& call) {
    const auto asked = asked_rows(call, ListQuery{}.limit);
    if (!asked) return fail(asked.error());
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    const Page& page = asked->page;
    const auto found = (*store)->list({asked->filter, page.limit + 1, page.offset});
    if (!found) return fail(found.error());
    json out = json::object();
    put_page(out, "memories", rows_json(*found), page.offset, page);
    return in_format(out, call.arguments, "toon_compact");
}

Result<ToolAnswer> memory_get(const ToolCall& call) {
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    if (auto checked = filter_from(call); !checked) return fail(checked.error());
    auto found = (*store)->get_with_links(text_of(call, "id"));
    if (!found) return fail(found.error());
    json out = to_json(found->memory);
    if (found->links.size() > kLinksShown) {
        out["links_total"] = found->links.size();
        found->links.resize(kLinksShown);
    }
    out["links"] = rows_json(found->links);
    return answered(out);
}

Result<ToolAnswer> memory_get_many(const ToolCall& call) {
    const auto page = page_of(call, limits::consolidate_rows);
    if (!page) return fail(page.error());
    if (auto checked = filter_from(call); !checked) return fail(checked.error());
    std::vector<Memory> found;
    json missing = json::array();
    for (const json& id : call.arguments.at("ids")) {
        auto memory = ask(call, [&](sqlite::Database& db) {
            return query::get(db, id.get_ref<const std::string&>());
        });
        if (memory) {
            found.push_back(*std::move(memory));
        } else if (memory.error().code == Errc::not_found) {
            missing.push_back(id);
        } else {
            return fail(memory.error());
        }
    }
    json out{{"missing", std::move(missing)}};
    put_page(out, "memories", rows_json(found), 0, *page);
    return in_format(out, call.arguments, "json");
}

Result<ToolAnswer> memory_session_start(const ToolCall& call) {
    const auto asked = asked_rows(call, RecallQuery{}.limit);
    if (!asked) return fail(asked.error());
    const auto shown = shown_for(call, asked->filter.ns);
    if (!shown) return fail(shown.error());
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    auto found = (*store)->list({asked->filter, asked->page.rows_wanted(), 0});
    const auto hidden = [&](const Memory& memory) {
        return !(*shown)(memory);
    };
    if (found && std::any_of(found->begin(), found->end(), hidden))
        found = (*store)->list({asked->filter, limits::list_rows, 0});
    if (!found) return fail(found.error());
    std::erase_if(*found, hidden);
    json rows = json::array();
    for (const Memory& memory : *found) rows.push_back(hit_json({memory, 0.0}));
    json out{{"mode", "session_start"}};
    put_page(out, "memories", std::move(rows), 0, asked->page);
    put_standards(out, shown->standards);
    const auto unread = ask(call, [&](sqlite::Database& db) {
        return query::inbox(db, {call.agent_id, true, kUnreadShown}, now_of_call());
    });
    if (unread && !unread->empty()) out["unread_messages"] = unread->size();
    return in_format(out, call.arguments, "toon_compact");
}

}  // namespace aimem::mcp
