// POST /api/v1/entities; GET /api/v1/entities/by_alias; GET, POST /api/v1/agents.
// SPDX-License-Identifier: Apache-2.0
#include "federation/api/arguments.h"
#include "federation/api/intake.h"
#include "store/query/records.h"

#include <nlohmann/json.hpp>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

net::awaitable<http::Response> register_entity(Services& services, http::Request request) {
    auto body = json_body(request);
    if (!body) co_return body.error();
    const auto caller = caller_of(request);
    if (!caller) co_return reply_error(caller.error());
    // As 0.6.3: metadata that is no object counts as none.
    if (body->is_object() && body->contains("metadata") && !(*body)["metadata"].is_object())
        body->erase("metadata");
    auto op = entity_from_json(*body, *caller);
    if (!op) co_return reply_error(op.error());
    Answer answer = [](const Committed& committed, const QuorumOutcome&) {
        return reply(committed.existed ? 200 : 201, {{"entity_id", committed.id},
                                                     {"canonical_name", committed.memory->title},
                                                     {"namespace", committed.memory->ns},
                                                     {"aliases", committed.aliases},
                                                     {"created", !committed.existed}});
    };
    const Once once(request);
    co_return co_await write(services, once, std::move(*op), std::move(answer));
}

net::awaitable<http::Response> entity_by_alias(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    QueryArguments arguments(request.query);
    const std::string alias = arguments.required_text("alias");
    const auto ns = arguments.text("namespace");
    if (arguments.error()) co_return reply_error(*arguments.error());
    auto ask = [alias, ns](Store& store) {
        return store.ask(
            [&](sqlite::Database& db) { return query::entity_by_alias(db, alias, ns); });
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    if (!*found)
        co_return reply(200, {{"found", false},
                              {"entity_id", nullptr},
                              {"canonical_name", nullptr},
                              {"namespace", nullptr},
                              {"aliases", json::array()}});
    const query::Entity& entity = **found;
    co_return reply(200, {{"found", true},
                          {"entity_id", entity.id},
                          {"canonical_name", entity.canonical_name},
                          {"namespace", entity.ns},
                          {"aliases", entity.aliases}});
}

net::awaitable<http::Response> list_agents(Services& services, http::Request) {
    auto ask = [](Store& store) {
        return store.ask([](sqlite::Database& db) { return query::agents(db); });
    };
    const auto found = co_await services.store.read(std::move(ask));
    if (!found) co_return reply_error(found.error());
    json agents = json::array();
    for (const query::Agent& one : *found)
        agents.push_back({{"agent_id", one.agent_id},
                          {"agent_type", one.agent_type},
                          {"capabilities", one.capabilities},
                          {"registered_at", one.registered_at},
                          {"last_seen_at", one.last_seen_at}});
    const std::size_t count = agents.size();
    co_return reply(200, {{"count", count}, {"agents", std::move(agents)}});
}

net::awaitable<http::Response> register_agent(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    auto op = agent_from_json(*body);
    if (!op) co_return reply_error(op.error());
    Answer answer = [asked = *op](const Committed& committed, const QuorumOutcome&) {
        return reply(201, {{"registered", true},
                           {"id", committed.id},
                           {"agent_id", asked.agent_id},
                           {"agent_type", asked.agent_type},
                           {"capabilities", asked.capabilities}});
    };
    const Once once(request);
    co_return co_await write(services, once, std::move(*op), std::move(answer));
}

}  // namespace

void add_entity_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::post, "/api/v1/entities", with(services, register_entity));
    router.add(Verb::get, "/api/v1/entities/by_alias", with(services, entity_by_alias));
    router.add(Verb::get, "/api/v1/agents", with(services, list_agents));
    router.add(Verb::post, "/api/v1/agents", with(services, register_agent));
}

}  // namespace aimem::api
