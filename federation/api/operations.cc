// GET /api/v1/ops/{id}: how far a write has spread. `id` is the X-Operation-Id of the answer to a
// request with an Idempotency-Key, or the id of what was written. SPDX-License-Identifier:
// Apache-2.0
#include "federation/api/api.h"
#include "store/model/validate.h"
#include "store/ops/requests.h"

#include <nlohmann/json.hpp>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

net::awaitable<http::Response> progress(Services& services, http::Request request) {
    const std::string id = request.captures.at(0);
    if (const auto ok = check_id("id", id); !ok) co_return reply_error(ok.error());
    auto ask = [id](Store& store) {
        return store.ask([&](sqlite::Database& db) { return operation(db, id); });
    };
    const auto found = co_await services.store.read(std::move(ask));
    if (!found) co_return reply_error(found.error());
    json peers = json::array();
    std::size_t copies = 1;
    for (const repl::PeerStatus& peer : services.replication.peers()) {
        const bool acked = !peer.self && peer.settled >= found->place;
        if (acked) copies += 1;
        peers.push_back(
            {{"url", peer.url}, {"node", peer.node}, {"up", peer.up}, {"acked", acked}});
    }
    const std::size_t needed = services.replication.policy().needed;
    // What another node wrote since is that node's to spread.
    co_return reply(200, {{"id", id},
                          {"rows", found->rows},
                          {"superseded", found->superseded},
                          {"of_another_node", found->foreign},
                          {"place", found->place},
                          {"copies", copies},
                          {"needed", needed},
                          {"met", copies >= needed},
                          {"peers", std::move(peers)}});
}

}  // namespace

void add_operation_routes(http::Router& router, Services& services) {
    router.add(http::Verb::get, "/api/v1/ops/{id}", with(services, progress));
}

}  // namespace aimem::api
