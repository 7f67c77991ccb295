// POST /api/v1/kg/query, /api/v1/kg/invalidate; GET /api/v1/kg/timeline. SPDX-License-Identifier:
// Apache-2.0
#include "store/query/graph.h"

#include "federation/api/arguments.h"
#include "federation/api/intake.h"
#include "store/model/limits.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

json step_json(const query::GraphStep& step) {
    return {{"target_id", step.link.target_id},
            {"relation", step.link.relation},
            {"valid_from", step.link.valid_from.value_or(step.link.created_at)},
            {"valid_until", or_null(step.link.valid_until)},
            {"observed_by", or_null(step.link.observed_by)},
            {"closed_by", or_null(step.link.closed_by)},
            {"closed_at", or_null(step.link.closed_at)},
            {"title", step.title},
            {"target_namespace", step.target_namespace}};
}

void read_rows(Arguments& arguments, std::size_t& limit) {
    read_limit(arguments, limit, limits::graph_rows);
    if (limit == 0) arguments.refuse(fmt::format("limit must be from 1 to {}", limits::graph_rows));
}

net::awaitable<http::Response> timeline(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    QueryArguments arguments(request.query);
    query::TimelineQuery wanted;
    wanted.source_id = arguments.required_text("source_id");
    wanted.since = arguments.text("since");
    wanted.until = arguments.text("until");
    read_rows(arguments, wanted.limit);
    if (arguments.error()) co_return reply_error(*arguments.error());
    auto ask = [wanted](Store& store) {
        return store.ask([&](sqlite::Database& db) { return query::timeline(db, wanted); });
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    json events = json::array();
    for (const query::GraphStep& step : *found) events.push_back(step_json(step));
    const std::size_t count = events.size();
    co_return reply(
        200, {{"source_id", wanted.source_id}, {"events", std::move(events)}, {"count", count}});
}

http::Response walked(const query::GraphQuery& wanted, const std::vector<query::GraphStep>& steps) {
    json memories = json::array();
    json paths = json::array();
    for (const query::GraphStep& step : steps) {
        json one = step_json(step);
        one["depth"] = step.depth;
        one["path"] = step.path;
        memories.push_back(std::move(one));
        paths.push_back(step.path);
    }
    const std::size_t count = memories.size();
    return reply(200, {{"source_id", wanted.source_id},
                       {"max_depth", wanted.max_depth},
                       {"memories", std::move(memories)},
                       {"paths", std::move(paths)},
                       {"count", count}});
}

net::awaitable<http::Response> walk(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto viewer = viewer_of(request, *body);
    if (!viewer) co_return reply_error(viewer.error());
    BodyArguments arguments(*body);
    query::GraphQuery wanted;
    wanted.source_id = arguments.required_text("source_id");
    wanted.valid_at = arguments.text("valid_at");
    wanted.allowed_agents = arguments.texts("allowed_agents");
    read_rows(arguments, wanted.limit);
    const auto depth = arguments.integer("max_depth").value_or(1);
    if (arguments.error()) co_return reply_error(*arguments.error());
    if (depth < 1 || depth > static_cast<std::int64_t>(limits::graph_depth)) {
        const auto why = fmt::format("max_depth must be from 1 to {}", limits::graph_depth);
        co_return reply(422, {{"error", why}});
    }
    wanted.max_depth = static_cast<std::size_t>(depth);
    auto ask = [wanted](Store& store) {
        return store.ask([&](sqlite::Database& db) { return query::graph(db, wanted); });
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    co_return walked(wanted, *found);
}

http::Response invalidated(const InvalidateLink& asked, const Committed& committed) {
    json body{{"found", committed.affected > 0},
              {"source_id", asked.source_id},
              {"target_id", asked.target_id},
              {"relation", asked.relation}};
    if (committed.affected == 0 || !committed.link) return reply(404, body);
    body["valid_until"] = or_null(committed.link->valid_until);
    if (committed.link->closed_by) body["closed_by"] = *committed.link->closed_by;
    body["previous_valid_until"] = or_null(committed.previous);
    return reply(200, body);
}

net::awaitable<http::Response> invalidate(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto caller = caller_of(request);
    if (!caller) co_return reply_error(caller.error());
    auto op = invalidate_from_json(*body, *caller);
    if (!op) co_return reply_error(op.error());
    Answer answer = [asked = *op](const Committed& committed, const QuorumOutcome&) {
        return invalidated(asked, committed);
    };
    const Once once(request);
    co_return co_await write(services, once, std::move(*op), std::move(answer));
}

}  // namespace

void add_graph_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::get, "/api/v1/kg/timeline", with(services, timeline));
    router.add(Verb::post, "/api/v1/kg/query", with(services, walk));
    router.add(Verb::post, "/api/v1/kg/invalidate", with(services, invalidate));
}

}  // namespace aimem::api
