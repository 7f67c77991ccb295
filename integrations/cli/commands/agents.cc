// SPDX-License-Identifier: Apache-2.0
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

constexpr std::array kRegisterArgs{
    Arg{"--agent-id", Kind::text, Need::required, "ID", "Its id"},
    Arg{"--agent-type", Kind::text, Need::required, "TYPE", "human, system or ai:MODEL"},
    Arg{"--capabilities", Kind::list, Need::optional, "A,B", "What it can do"},
};

json agent_json(const query::Agent& agent) {
    return {{"agent_id", agent.agent_id},
            {"agent_type", agent.agent_type},
            {"capabilities", agent.capabilities},
            {"registered_at", agent.registered_at},
            {"last_seen_at", agent.last_seen_at}};
}

Result<> run_agents(Session& session, const Args&) {
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto found = (*store)->ask([](sqlite::Database& db) { return query::agents(db); });
    if (!found) return fail(found.error());
    if (session.json()) {
        json agents = json::array();
        for (const query::Agent& one : *found) agents.push_back(agent_json(one));
        session.print({{"count", found->size()}, {"agents", std::move(agents)}});
        return {};
    }
    if (found->empty()) Session::notice("no agents registered");
    for (const query::Agent& one : *found)
        session.line(
            fmt::format("{} ({}, since {})", one.agent_id, one.agent_type, one.registered_at));
    return {};
}

Result<> run_register(Session& session, const Args& args) {
    auto op = agent_from_json(args.fields());
    if (!op) return fail(op.error());
    const RegisterAgent asked = *op;
    auto store = session.or_new();
    if (!store) return fail(store.error());
    const auto done = (*store)->commit(std::move(*op));
    if (!done) return fail(done.error());
    session.answer({{"registered", true},
                    {"id", done->id},
                    {"agent_id", asked.agent_id},
                    {"agent_type", asked.agent_type},
                    {"capabilities", asked.capabilities}},
                   "registered: " + asked.agent_id);
    return {};
}

}  // namespace

const Command kAgentsList{
    .name = "agents list",
    .alias = "agents",
    .summary = "List the agents that are registered",
    .examples = R"(  ai-memory agents
  ai-memory agents list --json
)",
    .run = run_agents,
};

const Command kAgentsRegister{
    .name = "agents register",
    .summary = "Register an agent, or renew what is known of it",
    .examples =
        R"(  ai-memory agents register --agent-id ai:alice --agent-type ai:model --capabilities read,write
)",
    .args = kRegisterArgs,
    .run = run_register,
};

}  // namespace aimem::cli
