// GET /api/v1/sync/parked: rows that could not be delivered, ours at peers and theirs here. POST
// /api/v1/sync/parked/retry: send ours again. SPDX-License-Identifier: Apache-2.0
#include "store/log/parked.h"

#include "federation/api/api.h"
#include "federation/api/arguments.h"
#include "store/base/time_text.h"
#include "store/model/limits.h"

#include <nlohmann/json.hpp>

#include <memory>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

constexpr std::size_t kParkedRows = 100;

json entry_of(const Parked& row) {
    return {{"direction", row.ours ? "out" : "in"},
            {"peer", row.peer},
            {"key", row.key},
            {"why", row.why},
            {"tries", row.tries},
            {"first_at", time_text(row.first_at)},
            {"last_at", time_text(row.last_at)}};
}

net::awaitable<http::Response> list_parked(Services& services, http::Request request) {
    QueryArguments arguments(request.query);
    const std::size_t limit =
        std::min(arguments.count("limit").value_or(kParkedRows), limits::list_rows);
    if (arguments.error()) co_return reply_error(*arguments.error());
    auto ask = [limit](Store& store) -> Result<json> {
        json body;
        const auto looked = store.look([&](sqlite::Database& db) {
            const std::int64_t now = system_clock().now_ns();
            const ParkedCounts counts = count_parked(db, now);
            json rows = json::array();
            for (const Parked& row : parked_rows(db, now, limit)) rows.push_back(entry_of(row));
            body = {{"out", counts.ours}, {"in", counts.foreign}, {"parked", std::move(rows)}};
        });
        if (!looked) return fail(looked.error());
        return body;
    };
    auto body = co_await services.store.read(std::move(ask));
    if (!body) co_return reply_error(body.error());
    co_return reply(200, *body);
}

net::awaitable<http::Response> retry(Services& services, http::Request request) {
    auto body = optional_body(request);
    if (!body) co_return std::move(body.error());
    BodyArguments arguments(*body);
    const std::string peer = arguments.text("peer").value_or("");
    const std::string key = arguments.text("key").value_or("");
    if (arguments.error()) co_return reply_error(*arguments.error());
    const auto retried = std::make_shared<std::size_t>(0);
    auto work = [peer, key, retried](Registers& registers) {
        *retried = retry_parked(registers, peer, key);
    };
    const auto done = co_await services.store.upkeep(std::move(work));
    if (!done) co_return reply_error(done.error());
    auto ask = [](Store& store) {
        return store.identity();
    };
    const auto self = co_await services.store.read(std::move(ask));
    // Where the feed ends now, so that the senders look into the file.
    if (self) services.replication.foreign_applied({self->next_seq - 1, self->next_seq - 1});
    co_return reply(200, {{"retried", *retried}});
}

}  // namespace

void add_parked_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::get, "/api/v1/sync/parked", with(services, list_parked));
    router.add(Verb::post, "/api/v1/sync/parked/retry", with(services, retry));
}

}  // namespace aimem::api
