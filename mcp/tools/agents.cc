// Agents, and the messages they send each other. SPDX-License-Identifier: Apache-2.0
#include "mcp/tools/call_help.h"
#include "mcp/tools/paging.h"
#include "mcp/tools/schema_parts.h"
#include "mcp/tools/tables.h"
#include "store/model/json.h"
#include "store/model/message_json.h"
#include "store/query/records.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::size_t kAgentRows = 100;  // of a page
constexpr std::size_t kUnreadCounted = 100;

constexpr std::string_view kAgentIn = AIMEM_IN(
    R"("agent_id":)" AIMEM_ID
    R"(,"agent_type":{"type":"string","minLength":1,"maxLength":64,"description":"human, system or ai:<name>"},)"
    R"("capabilities":)" AIMEM_TAGS) R"("required":["agent_id","agent_type"],)" AIMEM_CLOSED;
constexpr std::string_view kAgentOut = AIMEM_OUT(
    R"("registered":{"type":"boolean"},"id":{"type":"string"},"agent_id":{"type":"string"},"agent_type":{"type":"string"},"capabilities":)" AIMEM_TEXTS);
constexpr std::string_view kAgentsIn = AIMEM_IN(AIMEM_PAGE("100", "1000")) AIMEM_CLOSED;
constexpr std::string_view kAgentsOut = AIMEM_OUT(R"("agents":)" AIMEM_OBJECTS "," AIMEM_PAGE_OUT);

constexpr std::string_view kNotifyIn = AIMEM_IN(
    R"("target_agent_id":)" AIMEM_ID
    R"(,"title":{"type":"string","minLength":1,"maxLength":512},"payload":{"type":"string","minLength":1,"maxLength":65536},)"
    R"("priority":{"type":"integer","minimum":1,"maximum":10,"default":5},)"
    R"("tier":{"type":"string","enum":["short","mid","long"],"default":"mid"})") R"("required":["target_agent_id","title","payload"],)" AIMEM_CLOSED;
constexpr std::string_view kNotifyOut = AIMEM_OUT(
    R"("id":{"type":"string"},"from":{"type":"string"},"to":{"type":"string"},"namespace":{"type":"string"},"tier":{"type":"string"},"delivered_at":{"type":"string"})");
constexpr std::string_view kInboxIn = AIMEM_IN(
    R"("agent_id":{"type":"string","minLength":1,"maxLength":128,"description":"Whose; default: yours"},)"
    R"("unread_only":{"type":"boolean","default":false},)"
    R"("mark_read":{"type":"boolean","default":false,"description":"Count what is shown as read"},)" AIMEM_AS_AGENT
    "," AIMEM_PAGE("50", "500")) AIMEM_CLOSED;
constexpr std::string_view kInboxOut = AIMEM_OUT(
    R"("agent_id":{"type":"string"},"namespace":{"type":"string"},"messages":)" AIMEM_OBJECTS
    R"(,"unread_only":{"type":"boolean"},)" AIMEM_PAGE_OUT);

constexpr std::string_view kWhoIn = R"({"type":"object","additionalProperties":false})";
constexpr std::string_view kWhoOut = AIMEM_OUT(
    R"("agent_id":{"type":"string"},"registered":{"type":"boolean"},"unread_messages":{"type":"integer"})");

json agent_json(const query::Agent& agent) {
    return {{"agent_id", agent.agent_id},
            {"agent_type", agent.agent_type},
            {"capabilities", agent.capabilities},
            {"registered_at", agent.registered_at},
            {"last_seen_at", agent.last_seen_at}};
}

Result<ToolAnswer> memory_agent_register(const ToolCall& call) {
    auto op = agent_from_json(call.arguments);
    if (!op) return fail(op.error());
    json out{{"registered", true},
             {"agent_id", op->agent_id},
             {"agent_type", op->agent_type},
             {"capabilities", op->capabilities}};
    const auto done = commit(call, *std::move(op));
    if (!done) return fail(done.error());
    out["id"] = done->id;
    return answered(out);
}

Result<ToolAnswer> memory_agent_list(const ToolCall& call) {
    const auto page = page_of(call, kAgentRows);
    if (!page) return fail(page.error());
    const auto found = ask(call, [](sqlite::Database& db) { return query::agents(db); });
    if (!found) return fail(found.error());
    json rows = json::array();
    for (const query::Agent& one : *found) rows.push_back(agent_json(one));
    json out = json::object();
    put_page(out, "agents", std::move(rows), 0, *page);
    return answered(out);
}

Result<ToolAnswer> memory_notify(const ToolCall& call) {
    auto op = notify_from_json(call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    json out{{"from", op->from}, {"to", op->to}, {"tier", to_string(op->tier)}};
    const auto done = commit(call, *std::move(op));
    if (!done) return fail(done.error());
    out["id"] = done->id;
    out["namespace"] = done->memory->ns;
    out["delivered_at"] = done->memory->updated_at;
    return answered(out);
}

Result<ToolAnswer> memory_inbox(const ToolCall& call) {
    const auto page = page_of(call, query::InboxQuery{}.limit);
    if (!page) return fail(page.error());
    const query::InboxQuery query{asker_of(call).agent_id,
                                  call.arguments.value("unread_only", false), page->rows_wanted()};
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    const auto found =
        ask(call, [&](sqlite::Database& db) { return query::inbox(db, query, now_of_call()); });
    if (!found) return fail(found.error());
    json rows = json::array();
    for (const Memory& memory : *found) rows.push_back(message_to_json(memory));
    json out{{"agent_id", query.agent_id},
             {"namespace", "_messages/" + query.agent_id},
             {"unread_only", query.unread_only}};
    put_page(out, "messages", std::move(rows), 0, *page);
    if (call.arguments.value("mark_read", false)) {
        std::vector<std::string> read;
        for (const json& row : out["messages"]) read.push_back(row.at("id").get<std::string>());
        (*store)->touch(read);
        (*store)->flush_touches();
        (*store)->flush();  // so that the next look shows them as read
    }
    return answered(out);
}

Result<ToolAnswer> memory_whoami(const ToolCall& call) {
    json out{{"agent_id", call.agent_id}, {"registered", false}, {"unread_messages", 0}};
    const auto agents = ask(call, [](sqlite::Database& db) { return query::agents(db); });
    if (!agents) return fail(agents.error());
    const auto self = std::find_if(agents->begin(), agents->end(), [&](const query::Agent& one) {
        return one.agent_id == call.agent_id;
    });
    if (self != agents->end()) {
        out.update(agent_json(*self));
        out["registered"] = true;
    }
    const auto unread = ask(call, [&](sqlite::Database& db) {
        return query::inbox(db, {call.agent_id, true, kUnreadCounted}, now_of_call());
    });
    if (!unread) return fail(unread.error());
    out["unread_messages"] = unread->size();
    out["stable"] = true;  // the same after a restart: no process id is part of it
    return answered(out);
}

constexpr std::array<Tool, 5> kAgentTable{{
    {"memory_agent_register", "Register an agent",
     "Make an agent known to policies and subscriptions. Again: replaces type and capabilities.",
     Effect::settles, kAgentIn, kAgentOut, &memory_agent_register, kAdmin},
    {"memory_agent_list", "List agents", "Show the registered agents, first registered first.",
     Effect::reads, kAgentsIn, kAgentsOut, &memory_agent_list, kAdmin},
    {"memory_notify", "Send a message", "Leave another agent a message; never replaces one.",
     Effect::adds, kNotifyIn, kNotifyOut, &memory_notify, kAdmin},
    {"memory_inbox", "Read messages", "Show an agent's messages, important first, then newest.",
     Effect::reads, kInboxIn, kInboxOut, &memory_inbox, kAdmin},
    {"memory_whoami", "Who am I here",
     "Your agent id, whether it is registered, and how many unread messages you have.",
     Effect::reads, kWhoIn, kWhoOut, &memory_whoami, kGraph | kAdmin},
}};

}  // namespace

std::span<const Tool> agent_table() {
    return kAgentTable;
}

}  // namespace aimem::mcp
