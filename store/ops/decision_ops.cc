// Pending actions: asked for, decided, carried out. SPDX-License-Identifier: Apache-2.0
#include "store/base/hash.h"
#include "store/base/log.h"
#include "store/base/time_text.h"
#include "store/log/bodies.h"
#include "store/log/feed.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/log/planted.h"
#include "store/log/records.h"
#include "store/log/upkeep.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/ops/apply_op.h"
#include "store/ops/decision.h"
#include "store/ops/gate.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace aimem {
namespace {

using nlohmann::json;

// The id of what a pending store makes follows from the action, so that two nodes that carry it out
// make one memory.
std::string id_from(std::string_view pending_id) {
    const auto hi = hash64(pending_id, 11);
    const auto lo = hash64(pending_id, 12);
    return fmt::format("{:08x}-{:04x}-8{:03x}-{:04x}-{:012x}", hi >> 32, (hi >> 16) & 0xffff,
                       hi & 0xfff, 0x8000 | ((lo >> 48) & 0x3fff), lo & 0xffffffffffff);
}

StoreMemory store_of(const PendingAction& action, const json& payload) {
    StoreMemory op;
    op.title = payload.value("title", std::string());
    op.content = payload.value("content", std::string());
    op.ns = action.ns;
    op.tier = tier_from(payload.value("tier", std::string("mid")));
    if (payload.contains("tags")) op.tags = tags_from_text(json_text(payload["tags"]));
    op.priority = payload.value("priority", 5);
    op.confidence = payload.value("confidence", 1.0);
    op.source = payload.value("source", std::string("api"));
    if (const auto at = payload.value("expires_at", std::string()); !at.empty()) op.expires_at = at;
    if (payload.contains("metadata")) op.metadata = json_text(payload["metadata"]);
    op.agent_id = action.requested_by;
    op.new_id = id_from(action.id);
    const auto conflict = payload.value("on_conflict", std::string());
    if (conflict == "version") op.on_conflict = OnConflict::version;
    if (conflict == "error") op.on_conflict = OnConflict::error;
    return op;
}

// Carries an approved action out. What it acted on may be gone meanwhile: that is no failure of the
// decision, and nothing is left half done.
std::string carry_out(OpContext& context, const PendingAction& action) {
    const json payload = parse_json(action.payload);
    Result<Committed> done = fail(Errc::invalid_argument, "unknown action " + action.action_type);
    try {
        if (action.action_type == "store")
            done = run(context, store_of(action, payload));
        else if (action.action_type == "delete")
            done = run(context, DeleteMemory{action.memory_id.value_or(""), {}});
        else if (action.action_type == "promote") {
            PromoteMemory op{action.memory_id.value_or(""), std::nullopt, {}};
            if (payload.contains("to_namespace")) op.to_namespace = payload["to_namespace"];
            done = run(context, op);
        }
    } catch (const json::exception& error) {
        done = fail(Errc::invalid_argument, error.what());
    }
    if (done) return done->id;
    log::warn("decision.not_carried_out", "pending={} type={} why={}", action.id,
              action.action_type, done.error().message);
    return {};  // whoever asks is told that it was not done, and may ask for it again
}

void seal(OpContext& context, const PendingAction& action, bool approved,
          const std::string& decider) {
    const std::size_t before = context.rows().size();
    std::string made;
    if (approved) {
        context.set_agent(action.requested_by);
        made = carry_out(context, action);
    }
    Change sealed;
    sealed.key = record_key(Kind::decision, action.id);
    sealed.version.stamp = context.stamp_for(sealed.key);
    Decision decision{action.id,    approved, decider, time_text(sealed.version.stamp),
                      std::nullopt, action};
    if (!made.empty()) decision.memory_id = made;
    sealed.body = body_of(decision);
    for (std::size_t i = before; i < context.rows().size(); ++i)
        sealed.group.push_back(
            {context.rows()[i].change.key, context.rows()[i].change.version.stamp});
    context.write(std::move(sealed));
}

std::int64_t members(sqlite::Database& db) {
    auto row = db.sql("SELECT members FROM repl_meta WHERE id = 1").bind();
    return row.step() ? row.int64(0) : 1;
}

std::optional<Ballot> own_ballot(const std::vector<Ballot>& all, const std::string& node) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Ballot& b) { return b.node == node; });
    return found == all.end() ? std::nullopt : std::optional<Ballot>(*found);
}

// Of the ballots with this verdict the decider who has most of them (the least name of several) and
// keeps that place whatever the `missing` ballots say that are not known here: two nodes that know
// different ones must not both take themselves for the sealer.
std::optional<Ballot> foremost(const std::vector<Ballot>& all, bool approved,
                               std::int64_t missing) {
    std::map<std::string, std::int64_t> by_decider;
    for (const Ballot& one : all)
        if (one.approved == approved) by_decider[one.decider_node] += 1;
    if (by_decider.empty()) return std::nullopt;
    const auto best =
        std::max_element(by_decider.begin(), by_decider.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    const bool certain = best->second > missing &&
                         std::all_of(by_decider.begin(), by_decider.end(), [&](const auto& other) {
                             const std::int64_t most = other.second + missing;
                             return &other == &*best || most < best->second ||
                                    (most == best->second && best->first < other.first);
                         });
    if (!certain) return std::nullopt;
    return *std::find_if(all.begin(), all.end(), [&](const Ballot& one) {
        return one.approved == approved && one.decider_node == best->first;
    });
}

// What a majority of the nodes holds; what none can hold any more is rejected, once every ballot is
// known: they are written once, so all who know them all see the same. The ballot is the sealer's.
std::optional<Ballot> elected(const std::vector<Ballot>& all, std::int64_t nodes) {
    const auto missing = std::max<std::int64_t>(0, nodes - static_cast<std::int64_t>(all.size()));
    for (const bool approved : {true, false}) {
        const auto votes = std::count_if(
            all.begin(), all.end(), [&](const Ballot& one) { return one.approved == approved; });
        if (votes >= nodes / 2 + 1) return foremost(all, approved, missing);
    }
    const bool split = static_cast<std::int64_t>(all.size()) == nodes;
    return split && !planted(Fault::split_vote_left_open) ? foremost(all, false, 0) : std::nullopt;
}

void cast(OpContext& context, Ballot ballot) {
    ballot.node = context.node();
    const std::string key = pair_key(Kind::ballot, ballot.pending_id, ballot.node);
    context.write(key, State::live, body_of(ballot), context.stamp_for(key));
}

void seal_if_elected(OpContext& context, const std::string& pending_id) {
    const auto state = pending_state(context.db(), pending_id);
    if (!state || state->status != "pending") return;
    const auto won = elected(ballots_of(context.db(), pending_id), members(context.db()));
    if (won && won->decider_node == context.node())
        seal(context, state->action, won->approved, won->decider);
}

// The ballot that a row asks this node for its own about: it is one, or the action that ballots
// which came before it are about.
std::optional<Ballot> heard_with(sqlite::Database& db, const Change& change) {
    if (change.state != State::live) return std::nullopt;
    if (kind_of(change.key) == Kind::ballot) {
        const auto heard = ballot_from_body(change.body);
        return heard ? std::optional<Ballot>(*heard) : std::nullopt;
    }
    if (kind_of(change.key) != Kind::pending) return std::nullopt;
    const auto waiting = ballots_of(db, id_of_key(change.key));
    return waiting.empty() ? std::nullopt : std::optional<Ballot>(waiting.front());
}

Committed outcome(OpContext& context, const std::string& id) {
    Committed out;
    out.pending = pending_state(context.db(), id);
    out.id = out.pending->memory_id.value_or("");
    if (!out.id.empty()) out.memory = live_row(context.db(), out.id);
    return out;
}

std::int64_t voices_with(const PendingState& state, const std::string& agent) {
    std::set<std::string> voices{agent};
    for (const Approval& one : state.approvals) voices.insert(one.agent_id);
    return static_cast<std::int64_t>(voices.size());
}

void add_approval(OpContext& context, const PendingState& state, const std::string& agent) {
    const bool known = std::any_of(state.approvals.begin(), state.approvals.end(),
                                   [&](const Approval& one) { return one.agent_id == agent; });
    if (known) return;
    const std::string key = pair_key(Kind::approval, state.action.id, agent);
    const std::int64_t stamp = context.stamp_for(key);
    context.write(key, State::live, body_of(Approval{state.action.id, agent, time_text(stamp)}),
                  stamp);
}

// Whether the ballot that this node would cast is already cast. An error: it may not cast it.
Result<bool> has_cast(OpContext& context, const DecideAction& op) {
    const auto held = own_ballot(ballots_of(context.db(), op.id), context.node());
    if (held && held->approved != op.approve)
        return fail(Errc::conflict,
                    fmt::format("already voted: this node holds that {} {} it", held->decider,
                                held->approved ? "approved" : "rejected"));
    // It may have given its ballot before, or sealed the action, and have lost that.
    if (read_identity(context.db()).recovering)
        return fail(Errc::busy, "this node is recovering and may not vote yet; try again");
    return held.has_value();
}

}  // namespace

Result<Committed> run(OpContext& context, const RequestAction& op) {
    PendingAction action = op.action;
    if (action.id.empty()) action.id = context.new_id();
    const std::string key = record_key(Kind::pending, action.id);
    const std::int64_t stamp = context.stamp_for(key);
    if (action.requested_at.empty()) action.requested_at = time_text(stamp);
    context.write(key, State::live, body_of(action), stamp);
    Committed out;
    out.pending = pending_state(context.db(), action.id);
    return out;
}

Result<Committed> run(OpContext& context, const DecideAction& op) {
    const auto state = pending_state(context.db(), op.id);
    if (!state) return fail(Errc::not_found, "pending action not found: " + op.id);
    if (state->status != "pending")
        return fail(Errc::conflict, fmt::format("already decided: {} by {}", state->status,
                                                state->decided_by.value_or("?")));
    const auto in_force = policy_of(context.db(), state->action.ns);
    if (!in_force) return fail(in_force.error());
    const Policy policy = *in_force ? (*in_force)->policy : Policy{};
    const Asked asked{op.agent_id, {}, is_registered(context.db(), op.agent_id)};
    const auto ok = op.approve ? may_approve(policy, asked, state->action.requested_by)
                               : may_reject(policy, asked, state->action.requested_by);
    if (!ok) return fail(ok.error());
    const bool counted = op.approve && policy.approver.consensus > 0;
    if (counted && voices_with(*state, op.agent_id) < policy.approver.consensus) {
        add_approval(context, *state, op.agent_id);
        Committed out = outcome(context, op.id);
        out.quorum = policy.approver.consensus;
        return out;
    }
    if (members(context.db()) == 1) {
        if (counted) add_approval(context, *state, op.agent_id);
        seal(context, state->action, op.approve, op.agent_id);
        return outcome(context, op.id);
    }
    const auto voted = has_cast(context, op);
    if (!voted) return fail(voted.error());
    if (counted) add_approval(context, *state, op.agent_id);
    if (!*voted) cast(context, {op.id, {}, op.approve, op.agent_id, context.node()});
    seal_if_elected(context, op.id);
    return outcome(context, op.id);
}

void answer_ballots(OpContext& context, const Delivery& delivery) {
    std::optional<bool> votes;  // asked once, and only when there is a ballot to answer
    const auto may_vote = [&] {
        if (!votes)
            votes = !read_identity(context.db()).recovering &&
                    !contradicts_history(context.db(), delivery.you);
        return *votes;
    };
    for (const FeedRow& row : delivery.rows) {
        const auto heard = heard_with(context.db(), row.change);
        if (!heard) continue;
        const auto state = pending_state(context.db(), heard->pending_id);
        if (!state || state->status != "pending") continue;
        if (!may_vote()) return;
        const auto all = ballots_of(context.db(), heard->pending_id);
        if (!own_ballot(all, context.node())) cast(context, *heard);
        seal_if_elected(context, heard->pending_id);
    }
}

void settle_open_actions(Registers& registers, Rng& rng) {
    auto& db = registers.db();
    std::vector<std::string> open;
    for (auto row =
             db.sql("SELECT id FROM pending_actions WHERE status = 'pending' ORDER BY id").bind();
         row.step();)
        open.push_back(row.string(0));
    if (open.empty() || read_identity(db).recovering) return;
    query::RecentTitles titles;
    NewIds ids(rng);
    OpContext context(registers, ids, titles);
    for (const std::string& id : open) {
        const auto all = ballots_of(db, id);
        if (all.empty()) continue;
        if (!own_ballot(all, context.node())) cast(context, all.front());
        seal_if_elected(context, id);
    }
}

bool take_legacy_decision(OpContext& context, const std::string& id, bool approved,
                          const std::string& decider) {
    const auto state = pending_state(context.db(), id);
    if (state) {
        if (state->status != "pending") return false;
        seal(context, state->action, approved, decider);
        return true;
    }
    // The action itself is late; what was decided of it is not told again.
    const std::string key = record_key(Kind::decision, id);
    if (find_register(context.db(), key)) return false;
    const std::int64_t stamp = context.stamp_for(key);
    const Decision decision{id, approved, decider, time_text(stamp), std::nullopt, std::nullopt};
    context.write(key, State::live, body_of(decision), stamp);
    return true;
}

void finish_legacy_decision(OpContext& context, const std::string& id) {
    const auto state = pending_state(context.db(), id);
    const auto kept = stored_body(context.db(), record_key(Kind::decision, id));
    if (!state || !kept) return;
    const auto decision = decision_from_body(kept->body);
    if (decision && !decision->action)
        seal(context, state->action, decision->approved, decision->decided_by);
}

}  // namespace aimem
