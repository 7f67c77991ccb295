// What peers and tools read: sync/since of 0.6.3, and our own changes and peers. Positions
// of feeds, stamps and other 64-bit numbers are strings. SPDX-License-Identifier: Apache-2.0
#include "federation/api/arguments.h"
#include "federation/api/feed.h"
#include "federation/replication/wire.h"
#include "store/base/time_text.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/model/limits.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

constexpr std::size_t kSinceRows = 500;

net::awaitable<http::Response> since(Services& services, http::Request request) {
    QueryArguments arguments(request.query);
    std::optional<std::string> after = arguments.text("since");
    std::size_t limit = kSinceRows;
    read_limit(arguments, limit, limits::since_rows);
    if (arguments.error()) co_return reply_error(*arguments.error());
    if (const auto agent = agent_of(request); !agent) co_return reply_error(agent.error());
    if (after && after->empty()) after.reset();
    if (after && !parse_time(*after)) {
        const Error error(Errc::invalid_argument,
                          "invalid `since` parameter \u2014 expected RFC 3339 timestamp");
        co_return reply_error(error);
    }
    auto ask = [after, limit](Store& store) {
        return store.updated_since(after, limit);
    };
    const auto found = co_await services.store.read(std::move(ask));
    if (!found) co_return reply_error(found.error());
    json memories = json::array();
    for (const Memory& memory : *found) memories.push_back(to_json(memory));
    json body{{"count", memories.size()}, {"limit", limit}, {"memories", std::move(memories)}};
    body["updated_since"] = after ? json(*after) : json();
    body["earliest_updated_at"] = found->empty() ? json() : json(found->front().updated_at);
    body["latest_updated_at"] = found->empty() ? json() : json(found->back().updated_at);
    co_return reply(200, body);
}

struct ChangesWish {
    FeedWish feed{};
    bool reset = false;  // `after` belongs to a history that is no more
};

Result<ChangesWish> changes_wish(const http::Request& request, const Identity& self) {
    QueryArguments arguments(request.query);
    ChangesWish out;
    const auto epoch = arguments.text("epoch");
    out.reset = epoch && *epoch != self.epoch;
    const auto after = static_cast<std::int64_t>(arguments.count("after").value_or(0));
    out.feed.after = out.reset ? 0 : after;
    out.feed.rows_max = limits::push_rows;
    read_limit(arguments, out.feed.rows_max, limits::push_rows);
    const std::size_t wait = arguments.count("wait_ms").value_or(0);
    out.feed.wait = std::min(kWaitMax, std::chrono::milliseconds(std::min<std::size_t>(
                                           wait, static_cast<std::size_t>(kWaitMax.count()))));
    if (out.feed.rows_max == 0) arguments.refuse("limit must be at least 1");
    if (arguments.error()) return fail(*arguments.error());
    return out;
}

// Assembled as text: rows are encoded as they stand in a push.
net::awaitable<http::Response> changes(Services& services, http::Request request) {
    const Identity self = services.replication.self();
    const auto wish = changes_wish(request, self);
    if (!wish) co_return reply_error(wish.error());
    const auto page = co_await next_changes(services, wish->feed);
    if (!page) co_return reply_error(page.error());
    json head{{"v", 1},
              {"node", self.node},
              {"epoch", self.epoch},
              {"tag", self.tag},
              {"base", std::to_string(self.base)},
              {"reset", wish->reset},
              {"from", std::to_string(page->from)},
              {"to", std::to_string(page->to)},
              {"more", page->more},
              {"count", page->rows.size()}};
    std::string body = json_text(head);
    body.pop_back();
    body += ",\"ops\":[";
    for (const FeedRow& row : page->rows) {
        if (body.back() != '[') body += ',';
        body += encode_row(row);
    }
    body += "]}";
    co_return http::Response(200, std::move(body));
}

const char* name_of(repl::PeerKind kind) {
    switch (kind) {
        case repl::PeerKind::unknown: return "unknown";
        case repl::PeerKind::ours: return "ours";
        case repl::PeerKind::legacy: return "legacy";
    }
    return "unknown";
}

net::awaitable<http::Response> peers(Services& services, http::Request) {
    json list = json::array();
    for (const repl::PeerStatus& peer : services.replication.peers())
        list.push_back({{"url", peer.url},
                        {"node", peer.node},
                        {"kind", name_of(peer.kind)},
                        {"up", peer.up},
                        {"lag", peer.lag}});
    const QuorumPolicy& policy = services.replication.policy();
    const Identity& self = services.replication.self();
    json body{{"node", self.node},
              {"epoch", self.epoch},
              {"recovering", self.recovering},
              {"count", list.size()}};
    body["quorum"] = {
        {"nodes", policy.nodes}, {"needed", policy.needed}, {"timeout_ms", policy.timeout.count()}};
    body["peers"] = std::move(list);
    co_return reply(200, body);
}

}  // namespace

void add_sync_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::get, "/api/v1/sync/since", with(services, since));
    router.add(Verb::get, "/api/v1/sync/changes", with(services, changes));
    router.add(Verb::get, "/api/v1/sync/peers", with(services, peers));
}

}  // namespace aimem::api
