// POST, DELETE /api/v1/links; GET /api/v1/links/{id}. SPDX-License-Identifier: Apache-2.0
#include "federation/api/api.h"
#include "federation/api/intake.h"
#include "store/model/json.h"
#include "store/model/validate.h"
#include "store/ops/intake.h"

#include <nlohmann/json.hpp>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

http::Response linked(const Committed& committed) {
    json body = committed.link ? to_json(*committed.link) : json::object();
    body["linked"] = true;
    return reply(201, body);
}

net::awaitable<http::Response> link(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto caller = caller_of(request);
    if (!caller) co_return reply_error(caller.error());
    auto op = link_from_arguments(*body, *caller);
    if (!op) co_return reply_error(op.error());
    Answer answer = [](const Committed& committed, const QuorumOutcome&) {
        return linked(committed);
    };
    const Once once(request);
    co_return co_await write(services, once, std::move(*op), std::move(answer));
}

net::awaitable<http::Response> unlink(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto caller = caller_of(request);
    if (!caller) co_return reply_error(caller.error());
    auto op = unlink_from_arguments(*body, *caller);
    if (!op) co_return reply_error(op.error());
    Answer answer = [](const Committed& committed, const QuorumOutcome&) {
        return reply(200, {{"deleted", committed.affected > 0}, {"count", committed.affected}});
    };
    const Once once(request);
    co_return co_await write(services, once, std::move(*op), std::move(answer));
}

// An unknown id has no links; that is no error.
net::awaitable<http::Response> links_of(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    const std::string id = request.captures.at(0);
    if (const auto ok = check_id("id", id); !ok) co_return reply_error(ok.error());
    auto ask = [id](Store& store) {
        return store.links_of(id);
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    json links = json::array();
    for (const Link& one : *found) links.push_back(to_json(one));
    const std::size_t count = links.size();
    co_return reply(200, {{"links", std::move(links)}, {"count", count}});
}

}  // namespace

void add_link_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::post, "/api/v1/links", with(services, link));
    router.add(Verb::del, "/api/v1/links", with(services, unlink));
    router.add(Verb::get, "/api/v1/links/{id}", with(services, links_of));
}

}  // namespace aimem::api
