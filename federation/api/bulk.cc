// POST /api/v1/memories/bulk: up to 1000 memories in one commit and one wait for the quorum. A bad
// row is named and does not spoil the others. SPDX-License-Identifier: Apache-2.0
#include "federation/api/intake.h"
#include "store/model/limits.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

struct Row {
    std::string title{};
    std::optional<Error> refused{};  // before the store saw it
};

using Rows = std::vector<Row>;

std::string title_of(const json& row) {
    const auto title = row.is_object() ? row.find("title") : row.end();
    return title != row.end() && title->is_string() ? title->get<std::string>() : std::string{};
}

http::Response report(const Rows& rows, const std::vector<Result<Committed>>& results) {
    json ids = json::array();
    json errors = json::array();
    json all = json::array();
    auto next = results.begin();
    for (const Row& row : rows) {
        const bool reached = !row.refused;
        const auto result = reached ? next++ : results.end();
        if (reached && *result && (*result)->pending) {
            const std::string& pending = (*result)->pending->action.id;
            errors.push_back(fmt::format("{}: queued for approval as {}", row.title, pending));
            all.push_back({{"status", "pending"}, {"pending_id", pending}});
            continue;
        }
        if (reached && *result) {
            ids.push_back((*result)->id);
            all.push_back({{"id", (*result)->id}, {"existed", (*result)->existed}});
            continue;
        }
        const Error& error = reached ? result->error() : *row.refused;
        errors.push_back(fmt::format("{}: {}", row.title, error.message));
        all.push_back({{"error", error.message}});
    }
    const std::size_t created = ids.size();
    return reply(200, {{"created", created},
                       {"count", created},
                       {"ids", std::move(ids)},
                       {"errors", std::move(errors)},
                       {"results", std::move(all)}});
}

// The list itself, or {"memories": [...]}; nullptr when it is neither.
const json* list_of(const json& body) {
    if (body.is_array()) return &body;
    const auto found = body.is_object() ? body.find("memories") : body.end();
    return found != body.end() && found->is_array() ? &*found : nullptr;
}

net::awaitable<http::Response> create_many(Services& services, http::Request request) {
    const auto body = json_body(request);
    if (!body) co_return body.error();
    const auto caller = caller_of(request);
    if (!caller) co_return reply_error(caller.error());
    const json* list = list_of(*body);
    if (list == nullptr) {
        const Error error(Errc::wrong_type, "the body must be an array of memories");
        co_return reply_error(error);
    }
    if (list->size() > limits::bulk_rows) {
        const Error error(
            Errc::invalid_argument,
            fmt::format("bulk create limited to {} memories per request", limits::bulk_rows));
        co_return reply_error(error);
    }
    auto rows = std::make_shared<Rows>();  // shared with the answer
    std::vector<Op> ops;
    for (const json& item : *list) {
        auto op = store_op(request, item, *caller);
        Row row;
        row.title = title_of(item);
        if (!op) row.refused = op.error();
        rows->push_back(std::move(row));
        if (op) ops.emplace_back(std::move(*op));
    }
    GroupAnswer answer = [rows](const std::vector<Result<Committed>>& results,
                                const QuorumOutcome&) {
        return report(*rows, results);
    };
    const Once once(request);
    co_return co_await write_all(services, once, std::move(ops), std::move(answer));
}

}  // namespace

void add_bulk_routes(http::Router& router, Services& services) {
    router.add(http::Verb::post, "/api/v1/memories/bulk", with(services, create_many));
}

}  // namespace aimem::api
