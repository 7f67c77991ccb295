// GET, POST, DELETE /api/v1/archive; POST /api/v1/archive/{id}/restore; GET /api/v1/archive/stats.
// SPDX-License-Identifier: Apache-2.0
#include "federation/api/api.h"
#include "federation/api/arguments.h"
#include "federation/api/counted.h"
#include "federation/api/intake.h"
#include "federation/api/write.h"
#include "store/model/json.h"
#include "store/model/limits.h"
#include "store/model/validate.h"
#include "store/ops/intake.h"
#include "store/query/counts.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_set>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

net::awaitable<http::Response> list_archived(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    QueryArguments arguments(request.query);
    ArchiveQuery query;
    query.ns = arguments.text("namespace");
    if (query.ns) arguments.refuse(check_namespace("namespace", *query.ns));
    read_limit(arguments, query.limit, limits::list_rows);
    query.offset = arguments.count("offset").value_or(0);
    if (query.limit == 0) arguments.refuse("limit must be from 1 to 1000");
    if (arguments.error()) co_return reply_error(*arguments.error());
    auto ask = [query](Store& store) {
        return store.archived(query);
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    json rows = json::array();
    for (const Archived& one : *found) rows.push_back(to_json(one));
    const std::size_t count = rows.size();
    co_return reply(200, {{"archived", std::move(rows)}, {"count", count}});
}

struct Wanted {
    std::vector<std::string> ids{};  // as given, each once
    std::string reason = "archive";
};

// One invalid id refuses the whole request, before anything is written.
Result<Wanted> wanted_of(const json& body) {
    BodyArguments arguments(body);
    Wanted out;
    std::unordered_set<std::string> seen;
    std::vector<std::string> given = arguments.required_texts("ids");
    if (auto reason = arguments.text("reason")) out.reason = std::move(*reason);
    if (arguments.error()) return fail(*arguments.error());
    if (given.size() > limits::bulk_rows)
        return fail(Errc::invalid_argument,
                    fmt::format("archive limited to {} ids per request", limits::bulk_rows));
    for (std::string& id : given) {
        ArchiveMemory op;
        op.id = id;
        op.reason = out.reason;
        if (auto ok = check_op(op); !ok) return fail(ok.error());
        if (seen.insert(id).second) out.ids.push_back(std::move(id));
    }
    return out;
}

http::Response archived(const Wanted& wanted, const std::vector<Result<Committed>>& results) {
    json done = json::array();
    json missing = json::array();
    json errors = json::array();
    for (std::size_t i = 0; i < std::min(results.size(), wanted.ids.size()); ++i) {
        if (results[i]) {
            done.push_back(results[i]->id);
        } else if (results[i].error().code == Errc::not_found) {
            missing.push_back(wanted.ids[i]);
        } else {
            errors.push_back(fmt::format("{}: {}", wanted.ids[i], results[i].error().message));
        }
    }
    const std::size_t count = done.size();
    json body{{"archived", std::move(done)},
              {"missing", std::move(missing)},
              {"count", count},
              {"reason", wanted.reason}};
    if (!errors.empty()) body["errors"] = std::move(errors);
    return reply(200, body);
}

net::awaitable<http::Response> archive(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto wanted = wanted_of(*body);
    if (!wanted) co_return reply_error(wanted.error());
    const auto agent = agent_of(request);
    if (!agent) co_return reply_error(agent.error());
    std::vector<Op> ops;
    for (const std::string& id : wanted->ids) {
        ArchiveMemory op;
        op.id = id;
        op.reason = wanted->reason;
        op.agent_id = *agent;
        ops.emplace_back(std::move(op));
    }
    GroupAnswer answer = [wanted = *wanted](const std::vector<Result<Committed>>& results,
                                            const QuorumOutcome&) {
        return archived(wanted, results);
    };
    const Once once(request);
    co_return co_await write_all(services, once, std::move(ops), std::move(answer));
}

net::awaitable<http::Response> restore(Services& services, http::Request request) {
    const auto agent = agent_of(request);
    if (!agent) co_return reply_error(agent.error());
    RestoreMemory op;
    op.id = request.captures.at(0);
    op.agent_id = *agent;
    Answer answer = [](const Committed& committed, const QuorumOutcome&) {
        return reply(200, {{"restored", true}, {"id", committed.id}});
    };
    const Once once(request);
    co_return co_await write(services, once, std::move(op), std::move(answer));
}

// Everything, or what was archived `older_than_days` ago; of `namespace` only, when that is given.
net::awaitable<http::Response> purge(Services& services, http::Request request) {
    const auto caller = caller_of(request);
    if (!caller) co_return reply_error(caller.error());
    QueryArguments arguments(request.query);
    json given = json::object();
    if (const auto days = arguments.integer("older_than_days")) given["older_than_days"] = *days;
    if (auto ns = arguments.text("namespace")) given["namespace"] = std::move(*ns);
    if (arguments.error()) co_return reply_error(*arguments.error());
    auto op = purge_from_json(given, *caller);
    if (!op) co_return reply_error(op.error());
    const Once once(request);
    const auto done = co_await sweep(services, once, std::move(*op));
    if (!done) co_return reply_error(done.error());
    const std::vector<std::string> ids{done->id};
    if (done->outcome.verdict != Verdict::met) co_return reply_quorum_not_met(done->outcome, ids);
    co_return reply(200, {{"purged", done->affected}});
}

net::awaitable<http::Response> archive_stats(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    auto ask = [](Store& store) {
        return store.ask([](sqlite::Database& db) { return query::archive_by_namespace(db); });
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    std::int64_t total = 0;
    for (const Counted& one : *found) total += one.count;
    json body{{"archived_total", total}};
    put_namespaces(body, *found);
    co_return reply(200, body);
}

}  // namespace

void add_archive_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::get, "/api/v1/archive", with(services, list_archived));
    router.add(Verb::post, "/api/v1/archive", with(services, archive));
    router.add(Verb::del, "/api/v1/archive", with(services, purge));
    router.add(Verb::get, "/api/v1/archive/stats", with(services, archive_stats));
    router.add(Verb::post, "/api/v1/archive/{id}/restore", with(services, restore));
}

}  // namespace aimem::api
