// GET /api/v1/pending; POST /api/v1/pending/{id}/approve, .../reject. In a mesh a decision is
// sealed when a majority of the nodes holds it (store/ops/decision.h): the answer waits for that,
// then for the copies of what it did. SPDX-License-Identifier: Apache-2.0
#include "federation/api/arguments.h"
#include "federation/api/intake.h"
#include "federation/api/write.h"
#include "store/log/change.h"
#include "store/log/records.h"
#include "store/model/limits.h"
#include "store/ops/requests.h"
#include "store/query/records.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

net::awaitable<http::Response> list_pending(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    QueryArguments arguments(request.query);
    query::PendingQuery wanted;
    wanted.status = arguments.text("status");
    wanted.ns = arguments.text("namespace");
    read_limit(arguments, wanted.limit, limits::list_rows);
    if (arguments.error()) co_return reply_error(*arguments.error());
    auto ask = [wanted](Store& store) {
        return store.ask([&](sqlite::Database& db) { return query::pendings(db, wanted); });
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    json pending = json::array();
    for (const PendingState& one : *found) pending.push_back(to_json(one));
    const std::size_t count = pending.size();
    co_return reply(200, {{"count", count}, {"pending", std::move(pending)}});
}

// What stands about a pending action on this node now.
struct Standing {
    PendingState state{};
    std::int64_t place = 0;   // of its seal in our feed; 0: not ours
    std::size_t ballots = 0;  // nodes that hold this decision
};

net::awaitable<Result<Standing>> look(Services& services, std::string id, bool approve) {
    auto ask = [id, approve](Store& store) {
        return store.ask([&](sqlite::Database& db) -> Result<Standing> {
            auto state = query::pending(db, id);
            if (!state) return fail(state.error());
            const auto ballots = ballots_of(db, id);
            const auto held =
                std::count_if(ballots.begin(), ballots.end(),
                              [&](const Ballot& ballot) { return ballot.approved == approve; });
            return Standing{std::move(*state), own_place_of(db, {record_key(Kind::decision, id)}),
                            static_cast<std::size_t>(held)};
        });
    };
    co_return co_await services.store.read(std::move(ask));
}

// Until the decision is sealed, or the time of a write is over.
net::awaitable<Result<Standing>> wait_for_seal(Services& services, std::string id, bool approve) {
    const auto deadline = std::chrono::steady_clock::now() + services.replication.policy().timeout;
    for (;;) {
        auto now = co_await look(services, id, approve);
        const bool over = services.stopping || std::chrono::steady_clock::now() >= deadline;
        if (!now || now->state.status != "pending" || over) co_return now;
        co_await pause_between_looks();
    }
}

struct Decided {
    Committed committed{};  // of the voice itself
    Standing standing{};
    QuorumOutcome outcome{};
    bool undecided = false;  // voices are missing
};

net::awaitable<Result<Decided>> carry_through(Services& services, Once& once, DecideAction op) {
    const std::string id = op.id;
    const bool approve = op.approve;
    auto committed = co_await commit_here(services, once, std::move(op));
    if (!committed) co_return fail(std::move(committed).error());
    Decided out;
    out.committed = std::move(*committed);
    out.standing.state = out.committed.pending.value();
    out.undecided = out.committed.quorum.has_value();
    if (out.standing.state.status != "pending" || out.undecided) {
        out.outcome = co_await confirm(services, out.committed);
        co_return out;
    }
    auto companions = std::move(out.committed.companions);
    if (!out.committed.repeated)
        services.replication.announce(out.committed.rows, std::move(companions));
    auto sealed = co_await wait_for_seal(services, id, approve);
    if (!sealed) co_return fail(std::move(sealed).error());
    out.standing = std::move(*sealed);
    if (out.standing.state.status != "pending") {
        out.outcome = co_await wait_for_copies(services, out.standing.place);
        co_return out;
    }
    const std::size_t majority = QuorumPolicy::majority(services.replication.policy().nodes);
    out.outcome = {Verdict::failed, out.standing.ballots, majority, "timeout"};
    co_return out;
}

http::Response too_few_voices(const Decided& done) {
    const auto votes = done.standing.state.approvals.size();
    const auto quorum = done.committed.quorum.value_or(0);
    return reply(202, {{"approved", false},
                       {"status", "pending"},
                       {"id", done.standing.state.action.id},
                       {"votes", votes},
                       {"quorum", quorum},
                       {"reason", fmt::format("{} of {} approvals", votes, quorum)}});
}

http::Response decided(const Decided& done, bool approve, const std::string& agent) {
    const PendingState& state = done.standing.state;
    const std::string decider = state.decided_by.value_or(agent);
    if ((state.status == "approved") != approve) {
        const auto why = fmt::format("already decided: {} by {}", state.status, decider);
        if (!approve) return reply(404, {{"error", "pending action not found or " + why}});
        return reply(403, {{"error", "approve rejected: " + why}});
    }
    const std::string& id = state.action.id;
    if (!approve) return reply(200, {{"rejected", true}, {"id", id}, {"decided_by", decider}});
    json body{{"approved", true}, {"id", id}, {"decided_by", decider}, {"executed", true}};
    const auto made = state.memory_id ? *state.memory_id : done.committed.id;
    body["memory_id"] = made.empty() ? json(nullptr) : json(made);
    return reply(200, body);
}

// As 0.6.3 words and numbers them (facts/http.md 1.9).
http::Response refused(const Error& error, bool approve) {
    const bool about_it = error.code == Errc::not_found || error.code == Errc::conflict;
    if (approve && (about_it || error.code == Errc::denied))
        return reply(403, {{"error", "approve rejected: " + error.message}});
    if (about_it) {
        const std::string why = "pending action not found or already decided";
        return reply(404, {{"error", why + " (" + error.message + ")"}});
    }
    return reply_error(error);
}

net::awaitable<http::Response> decide(Services& services, http::Request request, bool approve) {
    const auto agent = agent_of(request);
    if (!agent) co_return reply_error(agent.error());
    DecideAction op;
    op.id = request.captures.at(0);
    op.approve = approve;
    op.agent_id = *agent;
    Once once(request);
    const auto done = co_await carry_through(services, once, std::move(op));
    if (!done) co_return refused(done.error(), approve);
    const std::vector<std::string> ids{request.captures.at(0)};
    if (done->outcome.verdict != Verdict::met) co_return reply_quorum_not_met(done->outcome, ids);
    if (done->undecided) co_return too_few_voices(*done);
    co_return decided(*done, approve, *agent);
}

net::awaitable<http::Response> approve(Services& services, http::Request request) {
    return decide(services, std::move(request), true);
}

net::awaitable<http::Response> reject(Services& services, http::Request request) {
    return decide(services, std::move(request), false);
}

}  // namespace

void add_pending_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::get, "/api/v1/pending", with(services, list_pending));
    router.add(Verb::post, "/api/v1/pending/{id}/approve", with(services, approve));
    router.add(Verb::post, "/api/v1/pending/{id}/reject", with(services, reject));
}

}  // namespace aimem::api
