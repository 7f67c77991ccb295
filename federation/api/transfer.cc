// GET /api/v1/export; POST /api/v1/import. SPDX-License-Identifier: Apache-2.0
#include "federation/api/intake.h"
#include "store/base/time_text.h"
#include "store/model/json.h"
#include "store/model/limits.h"
#include "store/query/everything.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

// Built where it is read: a large export must not hold up the I/O thread.
Result<std::string> exported(Store& store) {
    const std::int64_t now = system_clock().now_ns();
    const auto all = store.ask([&](sqlite::Database& db) { return query::everything(db, now); });
    if (!all) return fail(all.error());
    json memories = json::array();
    for (const Memory& memory : all->memories) memories.push_back(to_json(memory));
    json links = json::array();
    for (const Link& link : all->links) links.push_back(to_json(link));
    const json body{{"count", all->memories.size()},
                    {"exported_at", time_text(now)},
                    {"memories", std::move(memories)},
                    {"links", std::move(links)}};
    return reply(200, body).body;
}

net::awaitable<http::Response> send_all(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    auto ask = [](Store& store) {
        return exported(store);
    };
    auto body = co_await services.store.read(*viewer, std::move(ask));
    if (!body) co_return reply_error(body.error());
    co_return http::Response(200, std::move(*body));
}

// What an import asks for, one entry an item: the Op of it, or why there is none.
struct Item {
    std::string name{};
    bool is_memory = true;
    std::optional<std::string> refused{};
};

struct Import {
    std::vector<Item> items{};
    std::vector<Op> ops{};
};

std::string id_in(const json& value) {
    const auto id = value.is_object() ? value.find("id") : value.end();
    return id != value.end() && id->is_string() ? id->get<std::string>() : std::string("?");
}

void take_memory(const json& value, const std::string& agent_id, Import& import) {
    Item item{id_in(value), true, {}};
    auto memory = memory_from_json(value);
    if (memory) {
        ImportMemory op{std::move(*memory), agent_id};
        if (auto ok = check_op(op); !ok)
            item.refused = ok.error().message;
        else
            import.ops.emplace_back(std::move(op));
    } else {
        item.refused = memory.error().message;
    }
    import.items.push_back(std::move(item));
}

void take_link(const json& value, const std::string& agent_id, Import& import) {
    Item item{"link", false, {}};
    auto link = link_from_json(value);
    if (link) {
        item.name = fmt::format("link {} -> {}", link->source_id, link->target_id);
        LinkMemories op;
        op.source_id = std::move(link->source_id);
        op.target_id = std::move(link->target_id);
        op.relation = std::move(link->relation);
        op.valid_from = std::move(link->valid_from);
        op.valid_until = std::move(link->valid_until);
        op.closed_by = std::move(link->closed_by);
        op.closed_at = std::move(link->closed_at);
        op.agent_id = agent_id;
        import.ops.emplace_back(std::move(op));
    } else {
        item.refused = link.error().message;
    }
    import.items.push_back(std::move(item));
}

Result<Import> import_of(const json& body, const std::string& agent_id) {
    const auto memories = body.is_object() ? body.find("memories") : body.end();
    if (memories == body.end() || !memories->is_array())
        return fail(Errc::wrong_type, "memories must be an array of memories");
    const auto links = body.find("links");
    const bool linked = links != body.end() && !links->is_null();
    if (linked && !links->is_array())
        return fail(Errc::wrong_type, "links must be an array of links");
    if (memories->size() > limits::bulk_rows || (linked && links->size() > limits::bulk_rows))
        return fail(Errc::invalid_argument,
                    fmt::format("import limited to {} memories and as many links per request",
                                limits::bulk_rows));
    Import out;
    for (const json& one : *memories) take_memory(one, agent_id, out);
    if (linked)
        for (const json& one : *links) take_link(one, agent_id, out);
    return out;
}

http::Response imported(const std::vector<Item>& items,
                        const std::vector<Result<Committed>>& results) {
    std::size_t memories = 0;
    std::size_t links = 0;
    std::size_t unchanged = 0;  // this node had them, as new or newer
    json errors = json::array();
    auto next = results.begin();
    for (const Item& item : items) {
        const bool reached = !item.refused && next != results.end();
        const auto result = reached ? next++ : results.end();
        if (reached && *result) {
            (item.is_memory ? memories : links) += 1;
            if (item.is_memory && (*result)->affected == 0) unchanged += 1;
            continue;
        }
        const std::string why = reached ? result->error().message : item.refused.value_or("");
        errors.push_back(fmt::format("{}: {}", item.name, why));
    }
    return reply(200, {{"imported", memories},
                       {"unchanged", unchanged},
                       {"links_imported", links},
                       {"errors", std::move(errors)}});
}

net::awaitable<http::Response> take_all(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto agent = agent_of(request);
    if (!agent) co_return reply_error(agent.error());
    auto import = import_of(*body, *agent);
    if (!import) co_return reply_error(import.error());
    auto items = std::make_shared<std::vector<Item>>(std::move(import->items));
    GroupAnswer answer = [items](const std::vector<Result<Committed>>& results,
                                 const QuorumOutcome&) {
        return imported(*items, results);
    };
    const Once once(request);
    co_return co_await write_all(services, once, std::move(import->ops), std::move(answer));
}

}  // namespace

void add_transfer_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::get, "/api/v1/export", with(services, send_all));
    router.add(Verb::post, "/api/v1/import", with(services, take_all));
}

}  // namespace aimem::api
