// SPDX-License-Identifier: Apache-2.0
#include "store/model/limits.h"
#include "store/ops/intake.h"
#include "store/query/records.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/session.h"
#include <array>

namespace aimem::cli {
namespace {

using nlohmann::json;

constexpr std::array kPendingArgs{
    Arg{"--status", Kind::text, Need::optional, "STATUS", "Only pending, approved or rejected"},
    Arg{"--limit", Kind::integer, Need::optional, "N", "At most N; default 100, at most 1000"},
};

constexpr std::array kDecideArgs{
    Arg{"id", Kind::text, Need::required, "ID", "Its whole id, as pending list shows it"},
};

Result<> run_pendings(Session& session, const Args& args) {
    query::PendingQuery wanted;
    wanted.status = args.text("status");
    const auto limit = limit_of(args, wanted.limit, limits::list_rows);
    if (!limit) return fail(limit.error());
    wanted.limit = *limit;
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto found =
        (*store)->ask([&](sqlite::Database& db) { return query::pendings(db, wanted); });
    if (!found) return fail(found.error());
    if (session.json()) {
        json rows = json::array();
        for (const PendingState& one : *found) rows.push_back(to_json(one));
        session.print({{"count", found->size()}, {"pending", std::move(rows)}});
        return {};
    }
    if (found->empty()) Session::notice("nothing is pending");
    for (const PendingState& one : *found)
        session.line(fmt::format("{} [{}] {} in {} by {}", one.action.id, one.status,
                                 one.action.action_type, one.action.ns, one.action.requested_by));
    return {};
}

json verdict_json(const PendingState& state, bool approve, const std::string& agent) {
    json out{{approve ? "approved" : "rejected", true},
             {"id", state.action.id},
             {"decided_by", state.decided_by.value_or(agent)}};
    if (!approve) return out;
    out["executed"] = true;
    out["memory_id"] = state.memory_id ? json(*state.memory_id) : json(nullptr);
    return out;
}

// In a mesh the nodes vote: what is decided here is carried out when a majority holds it.
Result<> decide(Session& session, const Args& args, bool approve) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    auto op = decision_from_json(args.text("id").value_or(""), approve, json::object(), *caller);
    if (!op) return fail(op.error());
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto done = (*store)->commit(std::move(*op));
    if (!done) return fail(done.error());
    const PendingState& state = done->pending.value();
    const char* verdict = approve ? "approved" : "rejected";
    if (state.status != "pending") {
        session.answer(verdict_json(state, approve, caller->agent_id),
                       fmt::format("{}: {}", verdict, state.action.id));
        return {};
    }
    json out{{verdict, false}, {"status", "pending"}, {"id", state.action.id}};
    std::string why = "waits for a majority of the nodes";
    if (done->quorum) {
        why = fmt::format("{} of {} approvals", state.approvals.size(), *done->quorum);
        out["votes"] = state.approvals.size();
        out["quorum"] = *done->quorum;
    }
    out["reason"] = why;
    session.answer(out, fmt::format("pending: {} ({})", state.action.id, why));
    return {};
}

Result<> run_approve(Session& session, const Args& args) {
    return decide(session, args, true);
}

Result<> run_reject(Session& session, const Args& args) {
    return decide(session, args, false);
}

}  // namespace

const Command kPendingList{
    .name = "pending list",
    .alias = "pending",
    .summary = "List actions that wait for approval, or waited",
    .examples = R"(  ai-memory pending
  ai-memory pending list --status pending --json
)",
    .args = kPendingArgs,
    .run = run_pendings,
};

const Command kPendingApprove{
    .name = "pending approve",
    .summary = "Approve an action that waits",
    .details = "In a mesh it is carried out once a majority of the nodes holds the decision.",
    .examples =
        R"(  ai-memory pending approve 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d --agent-id ai:bob
)",
    .args = kDecideArgs,
    .run = run_approve,
};

const Command kPendingReject{
    .name = "pending reject",
    .summary = "Reject an action that waits",
    .examples = R"(  ai-memory pending reject 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d
)",
    .args = kDecideArgs,
    .run = run_reject,
};

}  // namespace aimem::cli
