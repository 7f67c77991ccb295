// What peers and tools read: sync/since of 0.6.3, and our own changes, digest and peers. Positions
// of feeds, stamps and other 64-bit numbers are strings. SPDX-License-Identifier: Apache-2.0
#include "federation/api/arguments.h"
#include "federation/api/feed.h"
#include "federation/replication/wire.h"
#include "store/base/time_text.h"
#include "store/model/json.h"
#include "store/model/limits.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

constexpr std::size_t kSinceRows = 500;
constexpr std::size_t kDigestParts = 64;
constexpr std::size_t kDigestPartsMax = 1024;
constexpr std::int64_t kListedMax = 10'000;  // versions in one answer
constexpr std::size_t kKeyBytesMax = 256;

std::string hex(std::uint64_t sum) {
    return fmt::format("{:016x}", sum);
}

json identity_json(const Identity& self) {
    return {{"node", self.node},
            {"epoch", self.epoch},
            {"tag", self.tag},
            {"next_seq", std::to_string(self.next_seq)}};
}

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
              {"reset", wish->reset},
              {"from", std::to_string(page->from)},
              {"to", std::to_string(page->to)},
              {"more", page->more},
              {"count", page->rows.size()}};
    std::string body = head.dump();
    body.pop_back();
    body += ",\"ops\":[";
    for (const FeedRow& row : page->rows) {
        if (body.back() != '[') body += ',';
        body += encode_row(row);
    }
    body += "]}";
    co_return http::Response(200, std::move(body));
}

struct DigestWish {
    std::string lo{};
    std::string hi{};
    std::size_t parts = kDigestParts;
    bool list = false;
    bool whole = true;  // nothing was asked for: the whole state in one number
};

Result<DigestWish> digest_wish(const http::Request& request) {
    QueryArguments arguments(request.query);
    const auto lo = arguments.text("lo");
    const auto hi = arguments.text("hi");
    const auto parts = arguments.count("parts");
    const auto list = arguments.count("list");
    DigestWish out{lo.value_or(std::string{}), hi.value_or(std::string{}),
                   parts.value_or(kDigestParts), list == std::size_t{1},
                   !lo && !hi && !parts && !list};
    if (out.parts < 1 || out.parts > kDigestPartsMax)
        arguments.refuse(fmt::format("parts must be from 1 to {}", kDigestPartsMax));
    if (list && *list > 1) arguments.refuse("list must be 0 or 1");
    if (out.lo.size() > kKeyBytesMax || out.hi.size() > kKeyBytesMax)
        arguments.refuse("lo and hi are keys and not that long");
    if (!out.hi.empty() && out.hi < out.lo) arguments.refuse("lo must not lie behind hi");
    if (arguments.error()) return fail(*arguments.error());
    return out;
}

Result<json> whole_digest(Store& store) {
    const auto digest = store.digest();
    if (!digest) return fail(digest.error());
    const auto self = store.identity();
    if (!self) return fail(self.error());
    json body = identity_json(*self);
    body["digest"] = hex(digest->sum);
    body["count"] = digest->count;
    return body;
}

Result<json> digest_parts(Store& store, const DigestWish& wish) {
    const auto found = store.digest_parts(wish.lo, wish.hi, wish.parts);
    if (!found) return fail(found.error());
    const auto self = store.identity();
    if (!self) return fail(self.error());
    json parts = json::array();
    for (const DigestPart& part : *found)
        parts.push_back({{"lo", part.lo},
                         {"hi", part.hi},
                         {"digest", hex(part.digest.sum)},
                         {"count", part.digest.count}});
    json body = identity_json(*self);
    body["parts"] = std::move(parts);
    return body;
}

Result<json> digest_list(Store& store, const DigestWish& wish) {
    const auto size = store.digest_parts(wish.lo, wish.hi, 1);
    if (!size) return fail(size.error());
    std::int64_t count = 0;
    for (const DigestPart& part : *size) count += part.digest.count;
    if (count > kListedMax)
        return fail(
            Errc::invalid_argument,
            fmt::format("{} keys lie in this range, at most {} are listed", count, kListedMax));
    const auto found = store.versions_in(wish.lo, wish.hi);
    if (!found) return fail(found.error());
    const auto self = store.identity();
    if (!self) return fail(self.error());
    json rows = json::array();
    for (const Change& change : *found)
        rows.push_back({{"k", change.key},
                        {"st", static_cast<int>(change.state)},
                        {"ts", std::to_string(change.version.stamp)},
                        {"sig", std::to_string(change.version.sig)}});
    json body = identity_json(*self);
    body["rows"] = std::move(rows);
    return body;
}

net::awaitable<http::Response> digest(Services& services, http::Request request) {
    const auto wish = digest_wish(request);
    if (!wish) co_return reply_error(wish.error());
    auto ask = [wanted = *wish](Store& store) {
        if (wanted.whole) return whole_digest(store);
        return wanted.list ? digest_list(store, wanted) : digest_parts(store, wanted);
    };
    const auto body = co_await services.store.read(std::move(ask));
    if (!body) co_return reply_error(body.error());
    co_return reply(200, *body);
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
    json body{{"node", self.node}, {"epoch", self.epoch}, {"count", list.size()}};
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
    router.add(Verb::get, "/api/v1/sync/digest", with(services, digest));
    router.add(Verb::get, "/api/v1/sync/peers", with(services, peers));
}

}  // namespace aimem::api
