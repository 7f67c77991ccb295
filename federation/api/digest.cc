// What two nodes ask each other when they compare their states: GET sync/digest, whole, in parts
// or as a list, and POST sync/rows. Without `cut` it is the digest for people and tools. 64-bit
// numbers are strings. SPDX-License-Identifier: Apache-2.0
#include "federation/api/api.h"
#include "federation/api/arguments.h"
#include "federation/replication/answers.h"

#include <fmt/core.h>

namespace aimem::api {
namespace {

namespace net = boost::asio;

constexpr std::size_t kPartsUsual = 64;
constexpr std::size_t kPartsMax = 1024;
constexpr std::size_t kKeyBytesMax = 256;

struct DigestWish {
    std::string lo{};
    std::string hi{};
    std::size_t parts = kPartsUsual;
    bool list = false;
    bool whole = true;                  // nothing was asked for: the whole state in one number
    std::optional<std::int64_t> cut{};  // a node asks, which leaves out tombstones up to here
    std::string asker{};                // its node id
};

Result<DigestWish> digest_wish(const http::Request& request) {
    QueryArguments arguments(request.query);
    const auto lo = arguments.text("lo");
    const auto hi = arguments.text("hi");
    const auto parts = arguments.count("parts");
    const auto list = arguments.count("list");
    DigestWish out{lo.value_or(std::string{}),
                   hi.value_or(std::string{}),
                   parts.value_or(kPartsUsual),
                   list == std::size_t{1},
                   !lo && !hi && !parts && !list,
                   arguments.integer("cut"),
                   std::string(request.header("x-peer-id").value_or(""))};
    if (out.parts < 1 || out.parts > kPartsMax)
        arguments.refuse(fmt::format("parts must be from 1 to {}", kPartsMax));
    if (list && *list > 1) arguments.refuse("list must be 0 or 1");
    if (out.lo.size() > kKeyBytesMax || out.hi.size() > kKeyBytesMax)
        arguments.refuse("lo and hi are keys and not that long");
    if (!out.hi.empty() && out.hi < out.lo) arguments.refuse("lo must not lie behind hi");
    if (arguments.error()) return fail(*arguments.error());
    return out;
}

// The one number people compare counts every tombstone.
std::string digest_for_people(sqlite::Database& db) {
    const sqlite::ReadTransaction view(db);
    repl::DigestAnswer out;
    out.node = read_identity(db);
    out.digest = digest_of_range(db, "", "");
    out.now = system_clock().now_ns();
    return repl::encode_digest(out);
}

std::string answer(sqlite::Database& db, const DigestWish& wish, const repl::Asker& asker) {
    const repl::KeyRange range{wish.lo, wish.hi};
    if (wish.list) return repl::answer_to(db, repl::AskListing{range});
    if (!wish.whole)
        return repl::answer_to(db, repl::AskParts{range, wish.cut.value_or(0)}, wish.parts);
    if (!wish.cut) return digest_for_people(db);
    return repl::answer_to(db, repl::AskDigest{*wish.cut}, asker, system_clock().now_ns());
}

// What of our feed the asking node has not acknowledged.
std::int64_t owed_to(const Services& services, const std::string& node) {
    for (const repl::PeerStatus& peer : services.replication.peers())
        if (!node.empty() && peer.node == node) return peer.lag;
    return 0;
}

template <typename Work>
net::awaitable<http::Response> answer_from(Services& services, Work work) {
    auto ask = [work = std::move(work)](Store& store) -> Result<std::string> {
        std::string body;
        const auto looked = store.look([&](sqlite::Database& db) { body = work(db); });
        if (!looked) return fail(looked.error());
        return body;
    };
    auto body = co_await services.store.read(std::move(ask));
    if (!body) co_return reply_error(body.error());
    co_return http::Response(200, std::move(*body));
}

net::awaitable<http::Response> digest(Services& services, http::Request request) {
    const auto wish = digest_wish(request);
    if (!wish) co_return reply_error(wish.error());
    const repl::Asker asker{wish->asker, owed_to(services, wish->asker),
                            services.replication.behind()};
    auto work = [wanted = *wish, asker](sqlite::Database& db) {
        return answer(db, wanted, asker);
    };
    co_return co_await answer_from(services, std::move(work));
}

net::awaitable<http::Response> rows(Services& services, http::Request request) {
    if (auto refusal = refuse_body(request)) co_return std::move(*refusal);
    const auto keys = repl::decode_keys(request.body);
    if (!keys) co_return reply_error(keys.error());
    auto work = [ask = repl::AskRows{*keys}](sqlite::Database& db) {
        return repl::answer_to(db, ask);
    };
    co_return co_await answer_from(services, std::move(work));
}

}  // namespace

void add_digest_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::get, "/api/v1/sync/digest", with(services, digest));
    router.add(Verb::post, "/api/v1/sync/rows", with(services, rows));
}

}  // namespace aimem::api
