// POST /api/v1/notify; GET /api/v1/inbox. SPDX-License-Identifier: Apache-2.0
#include "federation/api/arguments.h"
#include "federation/api/intake.h"
#include "store/model/message_json.h"
#include "store/model/validate.h"
#include "store/query/records.h"

#include <nlohmann/json.hpp>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

constexpr std::size_t kInboxRows = 500;

// `agent_id` of the body is as much a claim as the header is, and comes first as in 0.6.3.
Result<NotifyAgent> notify_op(json body, Caller caller) {
    BodyArguments arguments(body);
    if (const auto named = arguments.text("agent_id"); named && !named->empty())
        caller.agent_id = *named;
    auto payload = arguments.text("payload");
    if (!payload) payload = arguments.text("content");
    if (arguments.error()) return fail(*arguments.error());
    if (!payload) return fail(Errc::invalid_argument, "payload or content is required");
    body["payload"] = std::move(*payload);
    return notify_from_json(body, caller);
}

net::awaitable<http::Response> notify(Services& services, http::Request request) {
    auto body = json_body(request);
    if (!body) co_return body.error();
    auto caller = caller_of(request);
    if (!caller) co_return reply_error(caller.error());
    auto op = notify_op(std::move(*body), std::move(*caller));
    if (!op) co_return reply_error(op.error());
    Answer answer = [from = op->from, to = op->to](const Committed& committed,
                                                   const QuorumOutcome&) {
        const Memory& memory = *committed.memory;
        return reply(201, {{"id", memory.id},
                           {"from", from},
                           {"to", to},
                           {"namespace", memory.ns},
                           {"tier", to_string(memory.tier)},
                           {"delivered_at", memory.created_at}});
    };
    const Once once(request);
    co_return co_await write(services, once, std::move(*op), std::move(answer));
}

net::awaitable<http::Response> inbox(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    QueryArguments arguments(request.query);
    query::InboxQuery wanted;
    const auto named = arguments.text("agent_id");
    wanted.unread_only = arguments.flag("unread_only").value_or(false);
    read_limit(arguments, wanted.limit, kInboxRows);
    if (arguments.error()) co_return reply_error(*arguments.error());
    const auto agent = agent_of(request);
    if (!named && !agent) co_return reply_error(agent.error());
    wanted.agent_id = named ? *named : *agent;
    auto ask = [wanted](Store& store) {
        return store.ask([&](sqlite::Database& db) {
            return query::inbox(db, wanted, system_clock().now_ns());
        });
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    json messages = json::array();
    for (const Memory& memory : *found) messages.push_back(message_to_json(memory));
    const std::size_t count = messages.size();
    co_return reply(200, {{"agent_id", wanted.agent_id},
                          {"namespace", "_messages/" + wanted.agent_id},
                          {"count", count},
                          {"unread_only", wanted.unread_only},
                          {"messages", std::move(messages)}});
}

}  // namespace

void add_message_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::post, "/api/v1/notify", with(services, notify));
    router.add(Verb::get, "/api/v1/inbox", with(services, inbox));
}

}  // namespace aimem::api
