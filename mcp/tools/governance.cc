// Standards of namespaces, and actions that wait for approval. SPDX-License-Identifier: Apache-2.0
#include "mcp/tools/call_help.h"
#include "mcp/tools/paging.h"
#include "mcp/tools/schema_parts.h"
#include "mcp/tools/tables.h"
#include "store/model/records.h"
#include "store/query/records.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::string_view kPendingListIn = AIMEM_IN(
    R"("status":{"type":"string","enum":["pending","approved","rejected"],"description":"Default: all"},)"
    R"("namespace":)" AIMEM_NAMESPACE "," AIMEM_AS_AGENT "," AIMEM_PAGE("100", "999")) AIMEM_CLOSED;
constexpr std::string_view kPendingListOut =
    AIMEM_OUT(R"("pending":)" AIMEM_OBJECTS "," AIMEM_PAGE_OUT);
constexpr std::string_view kDecideIn =
    AIMEM_IN(R"("id":)" AIMEM_ID "," AIMEM_ASKER) R"("required":["id"],)" AIMEM_CLOSED;
constexpr std::string_view kApproveOut = AIMEM_OUT(
    R"("approved":{"type":"boolean"},"id":{"type":"string"},"executed":{"type":"boolean"},"status":{"type":"string"},"votes":{"type":"integer"},"quorum":{"type":"integer"})");
constexpr std::string_view kRejectOut =
    AIMEM_OUT(R"("rejected":{"type":"boolean"},"id":{"type":"string"},"status":{"type":"string"})");

#define AIMEM_LEVEL R"({"type":"string","enum":["any","registered","owner","approve"]})"
// `approver` is "human", {"agent":ID} or {"consensus":N}: the store checks it.
constexpr std::string_view kSetStandardIn = AIMEM_IN(
    R"("namespace":{"type":"string","minLength":1,"maxLength":512,"description":"* for all"},"id":)" AIMEM_ID
    R"(,"parent":)" AIMEM_NAMESPACE
    R"(,"governance":{"type":"object","description":"Who may do what; approver: human, {agent: ID} or {consensus: N}",)"
    R"("properties":{"write":)" AIMEM_LEVEL R"(,"promote":)" AIMEM_LEVEL R"(,"delete":)" AIMEM_LEVEL
    R"(,"approver":{}},"required":["write"]},)" AIMEM_ASKER) R"("required":["namespace","id"],)" AIMEM_CLOSED;
constexpr std::string_view kSetStandardOut = AIMEM_OUT(
    R"("set":{"type":"boolean"},"namespace":{"type":"string"},"standard_id":{"type":"string"})");
constexpr std::string_view kGetStandardIn = AIMEM_IN(
    R"("namespace":)" AIMEM_NAMESPACE
    R"(,"inherit":{"type":"boolean","default":false},)" AIMEM_AS_AGENT) R"("required":["namespace"],)" AIMEM_CLOSED;
constexpr std::string_view kGetStandardOut =
    AIMEM_OUT(R"("namespace":{"type":"string"},"chain":)" AIMEM_TEXTS
              R"(,"standards":)" AIMEM_OBJECTS R"(,"count":{"type":"integer"})");
constexpr std::string_view kClearStandardIn = AIMEM_IN(
    R"("namespace":)" AIMEM_NAMESPACE "," AIMEM_ASKER) R"("required":["namespace"],)" AIMEM_CLOSED;
constexpr std::string_view kClearStandardOut =
    AIMEM_OUT(R"("cleared":{"type":"boolean"},"namespace":{"type":"string"})");

Result<ToolAnswer> memory_pending_list(const ToolCall& call) {
    const auto page = page_of(call, query::PendingQuery{}.limit);
    if (!page) return fail(page.error());
    const query::PendingQuery query{text_if(call, "status"), text_if(call, "namespace"),
                                    page->rows_wanted()};
    const auto found = ask(call, [&](sqlite::Database& db) { return query::pendings(db, query); });
    if (!found) return fail(found.error());
    json out = json::object();
    put_page(out, "pending", rows_json(*found), 0, *page);
    return answered(out);
}

Result<Committed> decide(const ToolCall& call, bool approve) {
    auto op = decision_from_json(text_of(call, "id"), approve, call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    return commit(call, *std::move(op));
}

// More voices are needed: of agents where a quorum is named, else of other nodes.
json undecided(const Committed& done, const char* verb) {
    json out{{verb, false},
             {"status", "pending"},
             {"id", done.pending->action.id},
             {"votes", done.pending->approvals.size()},
             {"reason", "other nodes have yet to agree"}};
    if (done.quorum) {
        out["quorum"] = *done.quorum;
        out["reason"] = "consensus threshold not yet reached";
    }
    return out;
}

Result<ToolAnswer> memory_pending_approve(const ToolCall& call) {
    const auto done = decide(call, true);
    if (!done) return fail(done.error());
    const PendingState& state = *done->pending;
    if (state.status != "approved") return answered(undecided(*done, "approved"));
    json out{{"approved", true},
             {"id", state.action.id},
             {"decided_by", state.decided_by.value_or("")},
             {"executed", state.memory_id.has_value()}};
    if (state.memory_id) out["memory_id"] = *state.memory_id;
    return answered(out);
}

Result<ToolAnswer> memory_pending_reject(const ToolCall& call) {
    const auto done = decide(call, false);
    if (!done) return fail(done.error());
    const PendingState& state = *done->pending;
    if (state.status != "rejected") return answered(undecided(*done, "rejected"));
    return answered({{"rejected", true},
                     {"id", state.action.id},
                     {"decided_by", state.decided_by.value_or("")}});
}

Result<ToolAnswer> memory_namespace_set_standard(const ToolCall& call) {
    auto op = standard_from_arguments(call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    const auto done = commit(call, *std::move(op));
    if (!done) return fail(done.error());
    json out{{"set", true},
             {"namespace", text_of(call, "namespace")},
             {"standard_id", done->standard ? done->standard->standard_id : done->id}};
    if (done->standard && done->standard->parent) out["parent"] = *done->standard->parent;
    if (call.arguments.contains("governance")) out["governance"] = call.arguments.at("governance");
    return answered(out);
}

json standard_json(const query::StandardView& view) {
    json out{{"namespace", view.standard.ns}, {"standard_id", view.standard.standard_id}};
    if (!view.memory) {
        out["warning"] = "the memory of this standard is gone";
        return out;
    }
    out["title"] = view.memory->title;
    out["content"] = view.memory->content;
    out["priority"] = view.memory->priority;
    // Without a policy of its own the namespace is open; this is what 0.6.3 shows then.
    out["governance"] = metadata_of(*view.memory)
                            .value("governance", json{{"write", "any"},
                                                      {"promote", "any"},
                                                      {"delete", "owner"},
                                                      {"approver", "human"}});
    return out;
}

Result<ToolAnswer> memory_namespace_get_standard(const ToolCall& call) {
    const std::string ns = text_of(call, "namespace");
    const bool inherit = call.arguments.value("inherit", false);
    const auto found =
        ask(call, [&](sqlite::Database& db) { return query::standards(db, ns, inherit); });
    if (!found) return fail(found.error());
    if (!inherit) {
        if (found->empty()) return answered({{"namespace", ns}, {"standard_id", json()}});
        return answered(standard_json(found->front()));
    }
    json chain = json::array();
    json rows = json::array();
    for (const query::StandardView& view : *found) {
        chain.push_back(view.standard.ns);
        rows.push_back(standard_json(view));
    }
    json out{{"namespace", ns}, {"chain", std::move(chain)}, {"count", rows.size()}};
    out["standards"] = std::move(rows);
    return answered(out);
}

Result<ToolAnswer> memory_namespace_clear_standard(const ToolCall& call) {
    auto op = clear_standard_from_json(call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    const std::string ns = op->ns;
    const auto done = commit(call, *std::move(op));
    if (!done) return fail(done.error());
    return answered({{"cleared", done->affected > 0}, {"namespace", ns}});
}

constexpr std::array<Tool, 6> kGovernanceTable{{
    {"memory_pending_list", "List actions that wait",
     "Show stores, deletions and promotions that a policy wants approved, newest first.",
     Effect::reads, kPendingListIn, kPendingListOut, &memory_pending_list, kAdmin},
    {"memory_pending_approve", "Approve an action",
     "Vote for a waiting action; when that decides, it is carried out.", Effect::destroys,
     kDecideIn, kApproveOut, &memory_pending_approve, kAdmin},
    {"memory_pending_reject", "Reject an action", "Refuse a waiting action for good.",
     Effect::destroys, kDecideIn, kRejectOut, &memory_pending_reject, kAdmin},
    {"memory_namespace_set_standard", "Set the rules of a namespace",
     "Make a memory the rule text of a namespace, shown with every recall there; governance says "
     "who may write, promote and delete.",
     Effect::destroys, kSetStandardIn, kSetStandardOut, &memory_namespace_set_standard, kAdmin},
    {"memory_namespace_get_standard", "Read the rules of a namespace",
     "Read the standard of a namespace; with inherit those of the whole chain, general first.",
     Effect::reads, kGetStandardIn, kGetStandardOut, &memory_namespace_get_standard, kAdmin},
    {"memory_namespace_clear_standard", "Clear the rules of a namespace",
     "Take the standard away from a namespace; the memory stays.", Effect::destroys,
     kClearStandardIn, kClearStandardOut, &memory_namespace_clear_standard, kAdmin},
}};

}  // namespace

std::span<const Tool> governance_table() {
    return kGovernanceTable;
}

}  // namespace aimem::mcp
