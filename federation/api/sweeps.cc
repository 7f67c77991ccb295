// POST /api/v1/forget, /api/v1/gc, /api/v1/consolidate. SPDX-License-Identifier: Apache-2.0
#include "federation/api/arguments.h"
#include "federation/api/intake.h"
#include "federation/api/write.h"
#include "store/model/limits.h"
#include "store/query/sweep.h"

#include <nlohmann/json.hpp>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

// What a forget would take now: at most as many as one commit takes are named.
net::awaitable<http::Response> would_forget(Services& services, Viewer viewer, ForgetMemories op) {
    auto ask = [op = std::move(op)](Store& store) {
        return store.ask([&](sqlite::Database& db) {
            return query::forgettable(db, {op.ns, op.pattern, op.tier}, limits::sweep_rows + 1);
        });
    };
    auto found = co_await services.store.read(std::move(viewer), std::move(ask));
    if (!found) co_return reply_error(found.error());
    const bool more = found->size() > limits::sweep_rows;
    if (more) found->resize(limits::sweep_rows);
    co_return reply(200, {{"deleted", 0},
                          {"dry_run", true},
                          {"would_delete", found->size()},
                          {"more", more},
                          {"ids", *found}});
}

net::awaitable<http::Response> forget(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto caller = caller_of(request);
    if (!caller) co_return reply_error(caller.error());
    auto op = forget_from_json(*body, *caller);
    if (!op) co_return reply_error(op.error());
    BodyArguments arguments(*body);
    const bool dry_run = arguments.flag("dry_run").value_or(false);
    if (arguments.error()) co_return reply_error(*arguments.error());
    const auto viewer = viewer_of(request, *body);
    if (!viewer) co_return reply_error(viewer.error());
    if (dry_run) co_return co_await would_forget(services, *viewer, std::move(*op));
    const Once once(request);
    const auto done = co_await sweep(services, once, std::move(*op));
    if (!done) co_return reply_error(done.error());
    const std::vector<std::string> ids{done->id};
    if (done->outcome.verdict != Verdict::met) co_return reply_quorum_not_met(done->outcome, ids);
    co_return reply(200, {{"deleted", done->affected}});
}

net::awaitable<http::Response> collect(Services& services, http::Request request) {
    const Once once(request);
    const ExpireMemories op;
    const auto done = co_await sweep(services, once, op);
    if (!done) co_return reply_error(done.error());
    const std::vector<std::string> ids{done->id};
    if (done->outcome.verdict != Verdict::met) co_return reply_quorum_not_met(done->outcome, ids);
    co_return reply(200, {{"expired_deleted", done->affected}});
}

net::awaitable<http::Response> consolidate(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto caller = caller_of(request);
    if (!caller) co_return reply_error(caller.error());
    auto op = consolidate_from_json(*body, *caller);
    if (!op) co_return reply_error(op.error());
    Answer answer = [](const Committed& committed, const QuorumOutcome&) {
        return reply(201, {{"id", committed.id}, {"consolidated", committed.affected}});
    };
    const Once once(request);
    co_return co_await write(services, once, std::move(*op), std::move(answer));
}

}  // namespace

void add_sweep_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::post, "/api/v1/forget", with(services, forget));
    router.add(Verb::post, "/api/v1/gc", with(services, collect));
    router.add(Verb::post, "/api/v1/consolidate", with(services, consolidate));
}

}  // namespace aimem::api
