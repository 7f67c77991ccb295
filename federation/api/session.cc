// POST /api/v1/session/start: what an assistant begins with, and the rules of its namespace.
// SPDX-License-Identifier: Apache-2.0
#include "federation/api/api.h"
#include "federation/api/arguments.h"
#include "store/base/clock.h"
#include "store/model/json.h"
#include "store/model/limits.h"
#include "store/model/validate.h"
#include "store/query/listing.h"
#include "store/query/records.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

struct Beginning {
    std::vector<Memory> memories{};
    std::vector<Memory> standards{};  // general first
};

bool is_own_space(const std::string& ns) {
    return ns.starts_with('_');
}

bool is_one_of(const std::vector<Memory>& rows, const std::string& id) {
    return std::any_of(rows.begin(), rows.end(), [&](const Memory& one) { return one.id == id; });
}

// Standards are shown apart; what the program keeps for itself only when it is asked for by name.
Result<Beginning> begin_session(sqlite::Database& db, const ListQuery& wanted) {
    Beginning out;
    const auto& ns = wanted.filter.ns;
    const auto chain = query::standards(db, ns.value_or("*"), ns.has_value());
    if (!chain) return fail(chain.error());
    for (const query::StandardView& one : *chain)
        if (one.memory && !is_one_of(out.standards, one.memory->id))
            out.standards.push_back(*one.memory);
    ListQuery many = wanted;
    const bool own = ns && is_own_space(*ns);
    many.limit = limits::list_rows;
    auto found = query::list(db, many, system_clock().now_ns());
    if (!found) return fail(found.error());
    for (Memory& memory : *found) {
        if (out.memories.size() >= wanted.limit) break;
        if ((own || !is_own_space(memory.ns)) && !is_one_of(out.standards, memory.id))
            out.memories.push_back(std::move(memory));
    }
    return out;
}

json opening_of(const Beginning& beginning) {
    json memories = json::array();
    for (const Memory& memory : beginning.memories) {
        memories.push_back(to_json(memory));
        memories.back()["score"] = 0.0;
    }
    json body{
        {"count", memories.size()}, {"mode", "session_start"}, {"session_id", uuid4(system_rng())}};
    body["memories"] = std::move(memories);
    json standards = json::array();
    for (const Memory& memory : beginning.standards) standards.push_back(to_json(memory));
    if (standards.size() == 1)
        body["standard"] = standards.front();
    else if (!standards.empty())
        body["standards"] = std::move(standards);
    return body;
}

net::awaitable<http::Response> start_session(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto viewer = viewer_of(request, *body);
    if (!viewer) co_return reply_error(viewer.error());
    BodyArguments arguments(*body);
    ListQuery wanted;
    wanted.limit = RecallQuery{}.limit;
    wanted.filter.ns = arguments.text("namespace");
    if (wanted.filter.ns) arguments.refuse(check_namespace("namespace", *wanted.filter.ns));
    read_limit(arguments, wanted.limit, limits::recall_rows);
    const auto agent = arguments.text("agent_id");
    if (agent) arguments.refuse(check_agent_id("agent_id", *agent));
    if (arguments.error()) co_return reply_error(*arguments.error());
    auto ask = [wanted](Store& store) {
        return store.ask([&](sqlite::Database& db) { return begin_session(db, wanted); });
    };
    const auto beginning = co_await services.store.read(*viewer, std::move(ask));
    if (!beginning) co_return reply_error(beginning.error());
    json answer = opening_of(*beginning);
    if (agent) answer["agent_id"] = *agent;
    co_return reply(200, answer);
}

}  // namespace

void add_session_routes(http::Router& router, Services& services) {
    router.add(http::Verb::post, "/api/v1/session/start", with(services, start_session));
}

}  // namespace aimem::api
