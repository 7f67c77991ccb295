// GET /api/v1/health, /api/v1/stats, /api/v1/capabilities. SPDX-License-Identifier: Apache-2.0
#include "federation/api/api.h"
#include "federation/api/counted.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using nlohmann::json;

// O(1): 0.6.3 counts all rows and checks the text index here, for anybody who asks.
net::awaitable<http::Response> health(Services& services, http::Request) {
    auto ask = [](Store& store) {
        return store.ping();
    };
    const auto alive = co_await services.store.read(std::move(ask));
    const ReplicationDriver& replication = services.replication;
    const auto peers = replication.peers();
    const auto up = std::count_if(peers.begin(), peers.end(),
                                  [](const repl::PeerStatus& peer) { return peer.up; });
    const QuorumPolicy& policy = replication.policy();
    const json body{{"status", alive ? "ok" : "error"},
                    {"service", "ai-memory"},
                    {"version", services.version},
                    {"embedder_ready", false},
                    {"federation_enabled", replication.federated()},
                    {"node", replication.self().node},
                    {"quorum", {{"nodes", policy.nodes}, {"needed", policy.needed}}},
                    {"peers", {{"total", peers.size()}, {"up", up}}}};
    co_return reply(alive ? 200 : 503, body);
}

// Whether requests should be sent here: alive, not on its way out, and not a new or restored file
// that may yet lack what its peers have.
net::awaitable<http::Response> ready(Services& services, http::Request) {
    auto ask = [](Store& store) {
        return store.identity();
    };
    const auto self = co_await services.store.read(std::move(ask));
    const bool federated = services.replication.federated();
    const char* why = !self               ? "the database does not answer"
                      : services.stopping ? "shutting down"
                      : federated && self->recovering
                          ? "recovering: not compared with every peer yet"
                          : nullptr;
    if (why == nullptr) co_return reply(200, {{"ready", true}});
    co_return reply(503, {{"ready", false}, {"reason", why}});
}

net::awaitable<http::Response> stats(Services& services, http::Request request) {
    const auto viewer = viewer_of(request);
    if (!viewer) co_return reply_error(viewer.error());
    auto ask = [](Store& store) {
        return store.stats();
    };
    const auto found = co_await services.store.read(*viewer, std::move(ask));
    if (!found) co_return reply_error(found.error());
    json body{{"total", found->total},
              {"by_tier", counted("tier", found->by_tier)},
              {"expiring_soon", found->expiring_soon},
              {"links_count", found->links_count},
              {"archived_total", found->archived_total},
              {"db_size_bytes", found->db_size_bytes}};
    put_namespaces(body, found->by_namespace);
    co_return reply(200, body);
}

json features() {
    json out{{"keyword_search", true}};
    for (const char* absent : {"semantic_search", "hybrid_recall", "query_expansion",
                               "auto_consolidation", "auto_tagging", "contradiction_analysis",
                               "cross_encoder_reranking", "memory_reflection", "embedder_loaded"})
        out[absent] = false;
    return out;
}

// The keys of 0.6.3 (facts/http.md 3.3), each with what is true of this node.
net::awaitable<http::Response> capabilities(Services& services, http::Request) {
    json body{{"schema_version", "2"},
              {"tier", "keyword"},
              {"version", services.version},
              {"features", features()}};
    body["models"] = {
        {"embedding", "none"}, {"embedding_dim", 0}, {"llm", "none"}, {"cross_encoder", "none"}};
    body["permissions"] = {{"mode", "ask"}, {"active_rules", 0}, {"rule_summary", json::array()}};
    body["hooks"] = {{"registered_count", 0}, {"by_event", json::object()}};
    body["compaction"] = {{"enabled", false},
                          {"interval_minutes", nullptr},
                          {"last_run_at", nullptr},
                          {"last_run_stats", nullptr}};
    body["approval"] = {
        {"subscribers", 0}, {"pending_requests", 0}, {"default_timeout_seconds", 30}};
    body["transcripts"] = {{"enabled", false}, {"total_count", 0}, {"total_size_mb", 0}};
    co_return reply(200, body);
}

}  // namespace

void add_health_routes(http::Router& router, Services& services) {
    using http::Verb;
    router.add(Verb::get, "/api/v1/health", with(services, health));
    router.add(Verb::get, "/api/v1/ready", with(services, ready));
    router.add(Verb::get, "/api/v1/stats", with(services, stats));
    router.add(Verb::get, "/api/v1/capabilities", with(services, capabilities));
}

}  // namespace aimem::api
