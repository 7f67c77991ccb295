// POST, GET, DELETE /api/v1/subscriptions; DELETE /api/v1/subscriptions/{id}.
// SPDX-License-Identifier: Apache-2.0
#include "federation/api/arguments.h"
#include "federation/api/intake.h"
#include "federation/webhooks/target.h"
#include "store/base/webhook_keys.h"
#include "store/model/validate.h"
#include "store/query/records.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

constexpr const char* kNone = "-";  // the id of no subscription

// The secret itself is never kept.
json subscription_json(const Subscription& one) {
    json out{{"id", one.id},
             {"url", one.url},
             {"events", one.events},
             {"namespace_filter", or_null(one.namespace_filter)},
             {"agent_filter", or_null(one.agent_filter)},
             {"created_by", or_null(one.created_by)},
             {"agent_id", or_null(one.created_by)}};
    if (one.namespace_filter) out["namespace"] = *one.namespace_filter;
    return out;
}

struct Wish {
    SubscribeEvents op{};
    std::string secret{};  // as it was given; empty: none
};

Result<Wish> wish_of(const json& body, Caller caller) {
    BodyArguments arguments(body);
    if (const auto named = arguments.text("agent_id"); named && !named->empty())
        caller.agent_id = *named;
    const auto url = arguments.text("url");
    const auto ns = arguments.text("namespace");
    auto secret = arguments.text("secret").value_or("");
    if (arguments.error()) return fail(*arguments.error());
    json given = body;
    if (!url) {
        if (!ns) return fail(Errc::invalid_argument, "url or namespace is required");
        given["url"] = "http://localhost/_ns/" + caller.agent_id + "/" + *ns;
        if (!given.contains("namespace_filter")) given["namespace_filter"] = *ns;
    }
    auto op = subscribe_from_json(given, caller);
    if (!op) return fail(op.error());
    if (const auto target = webhooks::target_of(op->subscription.url); !target)
        return fail(target.error());
    return Wish{std::move(*op), std::move(secret)};
}

// On the readers' threads: the keys are in a file.
net::awaitable<Result<>> seal(Services& services, Wish& wish) {
    if (wish.secret.empty()) co_return Result<>{};
    auto work = [secret = wish.secret](Store& store) {
        return sealed_secret(store.file(), secret);
    };
    auto sealed = co_await services.store.read(std::move(work));
    if (!sealed) co_return fail(sealed.error());
    wish.op.subscription.secret_hash = std::move(*sealed);
    co_return Result<>{};
}

// Whoever subscribes is an agent that is known.
net::awaitable<Result<std::vector<Op>>> ops_of(Services& services, SubscribeEvents op) {
    auto ask = [](Store& store) {
        return store.ask([](sqlite::Database& db) { return query::agents(db); });
    };
    const auto agents = co_await services.store.read(std::move(ask));
    if (!agents) co_return fail(agents.error());
    const std::string caller = op.subscription.created_by.value_or("");
    const bool known = std::any_of(agents->begin(), agents->end(),
                                   [&](const query::Agent& one) { return one.agent_id == caller; });
    std::vector<Op> ops;
    if (!known) {
        RegisterAgent agent;
        agent.agent_id = caller;
        agent.agent_type = "ai:generic";
        ops.emplace_back(std::move(agent));
    }
    ops.emplace_back(std::move(op));
    co_return ops;
}

net::awaitable<http::Response> subscribe(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    auto caller = caller_of(request);
    if (!caller) co_return reply_error(caller.error());
    auto wish = wish_of(*body, std::move(*caller));
    if (!wish) co_return reply_error(wish.error());
    const auto sealed = co_await seal(services, *wish);
    if (!sealed) co_return reply_error(sealed.error());
    auto ops = co_await ops_of(services, std::move(wish->op));
    if (!ops) co_return reply_error(ops.error());
    GroupAnswer answer = [](const std::vector<Result<Committed>>& results, const QuorumOutcome&) {
        if (!results.back()) return reply_error(results.back().error());
        return reply(201, subscription_json(results.back()->subscription.value()));
    };
    const Once once(request);
    co_return co_await write_all(services, once, std::move(*ops), std::move(answer));
}

net::awaitable<Result<std::vector<Subscription>>> all(Services& services, Viewer viewer) {
    auto ask = [](Store& store) {
        return store.ask(
            [](sqlite::Database& db) { return query::subscriptions(db, std::nullopt); });
    };
    co_return co_await services.store.read(std::move(viewer), std::move(ask));
}

net::awaitable<http::Response> list(Services& services, http::Request request) {
    QueryArguments arguments(request.query);
    const auto agent = arguments.text("agent_id");
    if (arguments.error()) co_return reply_error(*arguments.error());
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    const auto found = co_await all(services, *viewer);
    if (!found) co_return reply_error(found.error());
    json rows = json::array();
    for (const Subscription& one : *found) {
        if (agent && one.agent_filter != agent && one.created_by != agent) continue;
        json row = subscription_json(one);
        row["namespace"] = or_null(one.namespace_filter);
        row["created_at"] = one.created_at;
        row["dispatch_count"] = one.dispatch_count;
        row["failure_count"] = one.failure_count;
        rows.push_back(std::move(row));
    }
    const std::size_t count = rows.size();
    co_return reply(200, {{"count", count}, {"subscriptions", std::move(rows)}});
}

net::awaitable<http::Response> remove_it(Services& services, Once once, UnsubscribeEvents op) {
    Answer answer = [](const Committed& committed, const QuorumOutcome&) {
        const std::string id = committed.id == kNone ? std::string() : committed.id;
        return reply(200, {{"id", id}, {"removed", committed.affected > 0}});
    };
    co_return co_await write(services, once, std::move(op), std::move(answer));
}

// By id, or the caller's own of a namespace.
net::awaitable<http::Response> unsubscribe(Services& services, http::Request request) {
    QueryArguments arguments(request.query);
    const auto id =
        request.captures.empty() ? arguments.text("id") : std::optional(request.captures.at(0));
    const auto ns = arguments.text("namespace");
    const auto named = arguments.text("agent_id");
    if (!id && !ns) arguments.refuse("id or (agent_id, namespace) is required");
    if (arguments.error()) co_return reply_error(*arguments.error());
    auto agent = agent_of(request);
    if (!agent) co_return reply_error(agent.error());
    UnsubscribeEvents op;
    op.agent_id = named ? *named : *agent;
    const Once once(request);
    if (id) {
        op.id = *id;
        co_return co_await remove_it(services, once, std::move(op));
    }
    const Viewer anybody;  // whose it is, is looked at below
    const auto found = co_await all(services, anybody);
    if (!found) co_return reply_error(found.error());
    for (const Subscription& one : *found)
        if (one.created_by == op.agent_id && one.namespace_filter == ns) op.id = one.id;
    if (op.id.empty()) op.id = kNone;  // asked all the same: the request may have come before
    co_return co_await remove_it(services, once, std::move(op));
}

}  // namespace

void add_subscription_routes(http::Router& router, Services& services) {
    using http::Verb;
    constexpr const char* path = "/api/v1/subscriptions";
    router.add(Verb::post, path, with(services, subscribe));
    router.add(Verb::get, path, with(services, list));
    router.add(Verb::del, path, with(services, unsubscribe));
    router.add(Verb::del, "/api/v1/subscriptions/{id}", with(services, unsubscribe));
}

}  // namespace aimem::api
