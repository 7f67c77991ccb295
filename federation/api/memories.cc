// POST, GET /api/v1/memories; GET, PUT, DELETE /api/v1/memories/{id}; POST .../{id}/promote; GET
// .../{id}/history.
// SPDX-License-Identifier: Apache-2.0
#include "federation/api/arguments.h"
#include "federation/api/intake.h"
#include "federation/api/write.h"
#include "store/model/json.h"
#include "store/model/limits.h"
#include "store/ops/intake.h"
#include "store/query/history.h"

#include <nlohmann/json.hpp>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

constexpr std::size_t kVersionsShown = 20;

json created(const Written& done, const std::string& agent_id, bool federated) {
    const Memory& memory = *done.committed.memory;
    json body{{"id", memory.id},
              {"tier", to_string(memory.tier)},
              {"namespace", memory.ns},
              {"title", memory.title},
              {"agent_id", agent_id}};
    if (federated) body["quorum_acks"] = done.outcome.got;
    return body;
}

net::awaitable<http::Response> create_memory(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto caller = caller_of(request);
    if (!caller) co_return reply_error(caller.error());
    auto op = store_op(request, *body, *caller);
    if (!op) co_return reply_error(op.error());

    const std::string agent_id = op->agent_id;
    op->find_similar = true;
    Once once(request);
    const auto done = co_await commit(services, once, std::move(*op));
    if (!done) co_return reply_error(done.error());
    if (done->outcome.verdict != Verdict::met) {
        const std::vector<std::string> ids{done->id};
        co_return reply_quorum_not_met(done->outcome, ids);
    }
    if (done->committed.pending) co_return reply_queued(*done->committed.pending);
    json answer = created(*done, agent_id, services.replication.federated());
    if (!done->committed.similar.empty())
        answer["potential_contradictions"] = done->committed.similar;
    co_return reply(201, answer);
}

net::awaitable<http::Response> list_memories(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    QueryArguments arguments(request.query);
    ListQuery query;
    read_place_and_time(arguments, query.filter);
    read_selection(arguments, query.filter);
    read_limit(arguments, query.limit, limits::list_rows);
    query.offset = arguments.count("offset").value_or(0);
    if (arguments.error()) co_return reply_error(*arguments.error());
    auto ask = [query](Store& store) {
        return store.list(query);
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    json memories = json::array();
    for (const Memory& memory : *found) memories.push_back(to_json(memory));
    const std::size_t count = memories.size();
    co_return reply(200, {{"memories", std::move(memories)}, {"count", count}});
}

// Flat and wrapped at once: one client reads the fields, the other `memory` (facts/http.md 4.4).
net::awaitable<http::Response> get_memory(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    auto ask = [id = request.captures.at(0)](Store& store) {
        return store.get_with_links(id);
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    json body = to_json(found->memory);
    json links = json::array();
    for (const Link& link : found->links) links.push_back(to_json(link));
    body["memory"] = body;
    body["links"] = std::move(links);
    co_return reply(200, body);
}

// Who wrote which version, as far as this node has seen it (query/history.h).
net::awaitable<http::Response> history_of(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    QueryArguments arguments(request.query);
    std::size_t limit = kVersionsShown;
    read_limit(arguments, limit, limits::list_rows);
    const std::size_t offset = arguments.count("offset").value_or(0);
    if (arguments.error()) co_return reply_error(*arguments.error());
    auto ask = [id = request.captures.at(0)](Store& store) {
        return store.ask([&](sqlite::Database& db) { return query::history(db, id); });
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    co_return reply(200, to_json(*found, query::some_of(*found, offset, limit)));
}

net::awaitable<http::Response> update_memory(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto caller = caller_of(request);
    if (!caller) co_return reply_error(caller.error());
    auto op = update_from_json(request.captures.at(0), *body, *caller);
    if (!op) co_return reply_error(op.error());
    Answer answer = [](const Committed& committed, const QuorumOutcome&) {
        return reply(200, to_json(*committed.memory));
    };
    const Once once(request);
    co_return co_await write(services, once, std::move(*op), std::move(answer));
}

net::awaitable<http::Response> delete_memory(Services& services, http::Request request) {
    const auto agent = agent_of(request);
    if (!agent) co_return reply_error(agent.error());
    DeleteMemory op;
    op.id = request.captures.at(0);
    op.agent_id = *agent;
    Answer answer = [](const Committed& committed, const QuorumOutcome&) {
        return reply(200, {{"deleted", true}, {"id", committed.id}});
    };
    const Once once(request);
    co_return co_await write(services, once, std::move(op), std::move(answer));
}

http::Response promoted(const Committed& committed, const std::string& source,
                        const std::optional<std::string>& to_namespace) {
    json body = to_json(*committed.memory);
    body["promoted"] = true;
    if (to_namespace) {
        body["mode"] = "vertical";
        body["source_id"] = source;
        body["clone_id"] = committed.id;
        body["to_namespace"] = *to_namespace;
    }
    return reply(200, body);
}

// With `to_namespace`: a copy of it in a namespace above its own.
net::awaitable<http::Response> promote_memory(Services& services, http::Request request) {
    const auto body = optional_body(request);
    if (!body) co_return body.error();
    const auto caller = caller_of(request);
    if (!caller) co_return reply_error(caller.error());
    auto op = promote_from_json(request.captures.at(0), *body, *caller);
    if (!op) co_return reply_error(op.error());
    Answer answer = [source = op->id, to = op->to_namespace](const Committed& committed,
                                                             const QuorumOutcome&) {
        return promoted(committed, source, to);
    };
    const Once once(request);
    co_return co_await write(services, once, std::move(*op), std::move(answer));
}

}  // namespace

void add_memory_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::post, "/api/v1/memories", with(services, create_memory));
    router.add(Verb::get, "/api/v1/memories", with(services, list_memories));
    router.add(Verb::get, "/api/v1/memories/{id}", with(services, get_memory));
    router.add(Verb::get, "/api/v1/memories/{id}/history", with(services, history_of));
    router.add(Verb::put, "/api/v1/memories/{id}", with(services, update_memory));
    router.add(Verb::del, "/api/v1/memories/{id}", with(services, delete_memory));
    router.add(Verb::post, "/api/v1/memories/{id}/promote", with(services, promote_memory));
}

}  // namespace aimem::api
