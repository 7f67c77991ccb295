// GET, POST, DELETE /api/v1/namespaces and /api/v1/namespaces/{ns}/standard.
// SPDX-License-Identifier: Apache-2.0
#include "federation/api/arguments.h"
#include "federation/api/intake.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/model/validate.h"
#include "store/query/records.h"
#include "store/query/taxonomy.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

constexpr const char* kStandardTag = "_namespace_standard";

json governance_of(const Memory& memory) {
    const json metadata = parse_json(memory.metadata);
    const auto found = metadata.find("governance");
    return found == metadata.end() ? json(nullptr) : *found;
}

json view_json(const query::StandardView& view) {
    json out{{"namespace", view.standard.ns}, {"standard_id", view.standard.standard_id}};
    if (view.standard.parent) out["parent"] = *view.standard.parent;
    if (!view.memory) {
        out["warning"] = "the memory of this standard is gone";
        return out;
    }
    out["title"] = view.memory->title;
    out["content"] = view.memory->content;
    out["priority"] = view.memory->priority;
    out["governance"] = governance_of(*view.memory);
    return out;
}

// "*", what explicit parents bring in, every namespace above it, itself.
json chain_of(const std::string& ns, const std::vector<query::StandardView>& views) {
    std::vector<std::string> above;
    for (auto slash = ns.find('/'); slash != std::string::npos; slash = ns.find('/', slash + 1))
        above.push_back(ns.substr(0, slash));
    above.push_back(ns);
    json out{"*"};
    for (const query::StandardView& view : views)
        if (view.standard.ns != "*" &&
            std::find(above.begin(), above.end(), view.standard.ns) == above.end())
            out.push_back(view.standard.ns);
    for (std::string& one : above)
        if (one != "*") out.push_back(std::move(one));
    return out;
}

net::awaitable<http::Response> show(Services& services, Viewer viewer, std::string ns,
                                    bool inherit) {
    auto ask = [ns, inherit](Store& store) {
        return store.ask([&](sqlite::Database& db) { return query::standards(db, ns, inherit); });
    };
    const auto found = co_await services.store.read(std::move(viewer), std::move(ask));
    if (!found) co_return reply_error(found.error());
    if (!inherit && found->empty())
        co_return reply(200, {{"namespace", ns}, {"standard_id", nullptr}});
    if (!inherit) co_return reply(200, view_json(found->front()));
    json standards = json::array();
    for (const query::StandardView& view : *found) standards.push_back(view_json(view));
    const std::size_t count = standards.size();
    co_return reply(200, {{"namespace", ns},
                          {"chain", chain_of(ns, *found)},
                          {"standards", std::move(standards)},
                          {"count", count}});
}

net::awaitable<http::Response> list(Services& services, Viewer viewer) {
    auto ask = [](Store& store) {
        return store.ask([](sqlite::Database& db) {
            return query::namespaces(db, "", query::kTaxonomyRowsMax, system_clock().now_ns());
        });
    };
    const auto found = co_await services.store.read(std::move(viewer), std::move(ask));
    if (!found) co_return reply_error(found.error());
    json rows = json::array();
    for (const query::NamespaceCount& one : *found)
        rows.push_back({{"namespace", one.ns}, {"count", one.count}});
    co_return reply(200, {{"namespaces", std::move(rows)}});
}

net::awaitable<http::Response> list_or_show(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    QueryArguments arguments(request.query);
    const auto ns = arguments.text("namespace");
    const bool inherit = arguments.flag("inherit").value_or(false);
    if (arguments.error()) co_return reply_error(*arguments.error());
    if (!ns) co_return co_await list(services, *viewer);
    co_return co_await show(services, *viewer, *ns, inherit);
}

net::awaitable<http::Response> show_one(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    QueryArguments arguments(request.query);
    const bool inherit = arguments.flag("inherit").value_or(false);
    if (arguments.error()) co_return reply_error(*arguments.error());
    co_return co_await show(services, *viewer, request.captures.at(0), inherit);
}

// What a body asks for: the members stand in it or under "standard".
struct WantedStandard {
    SetStandard op{};
    std::optional<std::string> text{};  // of the standard, when it is set by its text
};

Result<WantedStandard> wanted_of(const json& body, std::optional<std::string> ns,
                                 std::string agent_id) {
    const auto nested = body.is_object() ? body.find("standard") : body.end();
    const json& given = nested != body.end() && nested->is_object() ? *nested : body;
    BodyArguments arguments(given);
    BodyArguments outer(body);
    WantedStandard out;
    out.op.agent_id = std::move(agent_id);
    if (!ns) ns = arguments.text("namespace");
    if (!ns) ns = outer.text("namespace");
    out.op.ns = ns.value_or("");
    out.op.id = arguments.text("id").value_or("");
    out.op.parent = arguments.text("parent");
    if (const json* governance = arguments.object("governance"))
        out.op.governance = json_text(*governance);
    out.text = arguments.text("content");
    if (arguments.error()) return fail(*arguments.error());
    if (outer.error()) return fail(*outer.error());
    if (!ns) return fail(Errc::invalid_argument, "namespace is required");
    if (!out.op.id.empty() && out.text)
        return fail(Errc::invalid_argument, "give id or content of the standard, not both");
    SetStandard probe = out.op;
    if (probe.id.empty()) probe.id = "x";
    if (auto ok = check_op(probe); !ok) return fail(ok.error());
    return out;
}

// The memory that will hold the rules of a namespace which nobody named one for.
StoreMemory placeholder(const WantedStandard& wanted, const std::optional<Memory>& existing,
                        const std::string& author) {
    StoreMemory op;
    op.ns = wanted.op.ns;
    op.title = existing ? existing->title : "_standard:" + wanted.op.ns;
    op.content = wanted.text.value_or("Standard of namespace " + wanted.op.ns);
    op.tier = Tier::long_term;
    op.source = "api";
    op.tags = std::vector<std::string>{kStandardTag};
    op.agent_id = author;
    return op;
}

// The Ops that set it; by text, or by nothing, a memory of its own comes first.
net::awaitable<Result<std::vector<Op>>> ops_of(Services& services, WantedStandard wanted,
                                               std::string author) {
    std::vector<Op> ops;
    if (!wanted.op.id.empty()) {
        ops.emplace_back(std::move(wanted.op));
        co_return ops;
    }
    ListQuery tagged;
    tagged.filter.ns = wanted.op.ns;
    tagged.filter.tag = kStandardTag;
    tagged.limit = 1;
    auto ask = [tagged](Store& store) {
        return store.list(tagged);
    };
    auto found = co_await services.store.read(std::move(ask));
    if (!found) co_return fail(std::move(found).error());
    std::optional<Memory> existing;
    if (!found->empty()) existing = std::move(found->front());
    wanted.op.id = existing ? existing->id : uuid4(system_rng());
    if (!existing || wanted.text) {
        StoreMemory op = placeholder(wanted, existing, author);
        op.new_id = wanted.op.id;
        ops.emplace_back(std::move(op));
    }
    ops.emplace_back(std::move(wanted.op));
    co_return ops;
}

http::Response set_answer(const std::vector<Result<Committed>>& results, const json& governance) {
    if (results.front() && results.front()->pending) return reply_queued(*results.front()->pending);
    for (const auto& one : results)
        if (!one) {
            Error error = one.error();
            if (error.code == Errc::not_found) error.code = Errc::invalid_argument;
            return reply_error(error);
        }
    const Standard& made = results.back()->standard.value();
    json body{{"set", true}, {"namespace", made.ns}, {"standard_id", made.standard_id}};
    if (made.parent) body["parent"] = *made.parent;
    if (!governance.is_null()) body["governance"] = governance;
    return reply(201, body);
}

net::awaitable<http::Response> set(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto agent = agent_of(request);
    if (!agent) co_return reply_error(agent.error());
    std::optional<std::string> ns;
    if (!request.captures.empty()) ns = request.captures.at(0);
    auto wanted = wanted_of(*body, std::move(ns), *agent);
    if (!wanted) co_return reply_error(wanted.error());
    const json governance = wanted->op.governance ? parse_json(*wanted->op.governance) : json();
    // Rules that nobody signed belong to the system: a made-up name could never change them again.
    const std::string author = names_agent(request) ? *agent : "system";
    auto ops = co_await ops_of(services, std::move(*wanted), author);
    if (!ops) co_return reply_error(ops.error());
    GroupAnswer answer = [governance](const std::vector<Result<Committed>>& results,
                                      const QuorumOutcome&) {
        return set_answer(results, governance);
    };
    const Once once(request);
    co_return co_await write_all(services, once, std::move(*ops), std::move(answer));
}

net::awaitable<http::Response> clear(Services& services, http::Request request) {
    const auto agent = agent_of(request);
    if (!agent) co_return reply_error(agent.error());
    QueryArguments arguments(request.query);
    ClearStandard op;
    op.agent_id = *agent;
    op.ns =
        request.captures.empty() ? arguments.required_text("namespace") : request.captures.at(0);
    if (arguments.error()) co_return reply_error(*arguments.error());
    Answer answer = [ns = op.ns](const Committed& committed, const QuorumOutcome&) {
        return reply(200, {{"cleared", committed.affected > 0}, {"namespace", ns}});
    };
    const Once once(request);
    co_return co_await write(services, once, std::move(op), std::move(answer));
}

net::awaitable<http::Response> taxonomy(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    QueryArguments arguments(request.query);
    query::TaxonomyQuery wanted;
    wanted.prefix = arguments.text("prefix").value_or("");
    wanted.depth = std::min(arguments.count("depth").value_or(wanted.depth), wanted.depth);
    wanted.limit = arguments.count("limit").value_or(wanted.limit);
    if (wanted.limit == 0 || wanted.limit > query::kTaxonomyRowsMax)
        arguments.refuse(fmt::format("limit must be from 1 to {}", query::kTaxonomyRowsMax));
    if (arguments.error()) co_return reply_error(*arguments.error());
    auto ask = [wanted](Store& store) {
        return store.ask([&](sqlite::Database& db) {
            return query::taxonomy(db, wanted, system_clock().now_ns());
        });
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    co_return reply(200, *found);
}

}  // namespace

void add_namespace_routes(http::Router& router, Services& services) {
    using http::Verb;
    constexpr const char* all = "/api/v1/namespaces";
    constexpr const char* one = "/api/v1/namespaces/{ns}/standard";
    router.add(Verb::get, all, with(services, list_or_show));
    router.add(Verb::post, all, with(services, set));
    router.add(Verb::del, all, with(services, clear));
    router.add(Verb::get, one, with(services, show_one));
    router.add(Verb::post, one, with(services, set));
    router.add(Verb::del, one, with(services, clear));
    router.add(Verb::get, "/api/v1/taxonomy", with(services, taxonomy));
}

}  // namespace aimem::api
