// The routes of the node. Each file adds its own; what they share is here: the services they may
// use, how an answer or an error becomes HTTP, and the one way of a write: decode, commit, wait for
// the quorum. One I/O thread. Statuses and shapes: facts/http.md 1, and 4.4 where clients differ.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/message.h"
#include "federation/http/router.h"
#include "federation/replication/driver.h"
#include "federation/store_gateway.h"
#include "store/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::api {

// Must outlive the router and every request it answers.
struct Services {
    StoreGateway& store;
    ReplicationDriver& replication;
    std::string version{};
    bool stopping = false;    // set when the node begins to shut down: long polls end
    std::size_t waiting = 0;  // long polls under way
    // Seconds by which the clock of a node that pushed to us is ahead of ours; for metrics alone.
    std::map<std::string, double> clock_offsets{};
    // Certificates of nodes (certificates.h), and whether one is in the allowlist now.
    std::map<std::string, std::string> certificates{};
    std::set<std::string> impostors{};  // told in the log
    std::function<bool(const std::string& fingerprint)> lists{};
};

void add_routes(http::Router& router, Services& services);  // all of those below

void add_health_routes(http::Router& router, Services& services);  // health, stats, capabilities
void add_metrics_routes(http::Router& router, Services& services);
void add_memory_routes(http::Router& router,
                       Services& services);  // create, get, list, update, delete, promote
void add_bulk_routes(http::Router& router, Services& services);
void add_search_routes(http::Router& router, Services& services);  // recall, search
void add_link_routes(http::Router& router, Services& services);
void add_archive_routes(http::Router& router, Services& services);
void add_sweep_routes(http::Router& router, Services& services);      // forget, gc, consolidate
void add_transfer_routes(http::Router& router, Services& services);   // import, export
void add_graph_routes(http::Router& router, Services& services);      // kg/*
void add_entity_routes(http::Router& router, Services& services);     // entities, agents
void add_pending_routes(http::Router& router, Services& services);    // pending, approve, reject
void add_namespace_routes(http::Router& router, Services& services);  // standards, taxonomy
void add_message_routes(http::Router& router, Services& services);    // notify, inbox
void add_similar_routes(http::Router& router,
                        Services& services);  // check_duplicate, contradictions
void add_session_routes(http::Router& router, Services& services);  // session/start
void add_subscription_routes(http::Router& router, Services& services);
void add_operation_routes(http::Router& router, Services& services);  // ops/{id}
void add_push_routes(http::Router& router, Services& services);       // sync/push
void add_sync_routes(http::Router& router, Services& services);       // sync/since, changes, peers
void add_digest_routes(http::Router& router, Services& services);     // sync/digest, rows
void add_parked_routes(http::Router& router, Services& services);     // sync/parked

// Every path but /api/v1/health needs the key, as header x-api-key or query api_key
// (facts/http.md 2.4).
http::Router::Guard require_key(std::string api_key);

// A route is a named coroutine; this makes the handler of it.
using Endpoint = boost::asio::awaitable<http::Response> (*)(Services&, http::Request);
http::Handler with(Services& services, Endpoint endpoint);

// --- answers
http::Response reply(int status, const nlohmann::json& body);
nlohmann::json or_null(const std::optional<std::string>& text);
http::Response reply_error(const Error& error);  // the one table Errc -> status
// 503 as 0.6.3 words it, with the ids of what is committed here in addition (facts/federation.md
// 2.4).
http::Response reply_quorum_not_met(const QuorumOutcome& outcome,
                                    const std::vector<std::string>& ids);

// 202 of an action that waits for approval (facts/http.md 1.11).
http::Response reply_queued(const PendingState& pending);

// --- the write path of every mutating route
// A request under an Idempotency-Key: each of its commits is carried out once, however often the
// request comes. Without the header it does nothing.
class Once {
public:
    explicit Once(const http::Request& request);
    std::optional<RequestId> next();  // of the next commit of this request
    // Names the request towards GET /api/v1/ops/{id}; empty without a key.
    const std::string& operation() const noexcept { return key_; }
    // What he does not see he cannot name.
    const Result<Viewer>& viewer() const noexcept { return viewer_; }

private:
    std::string key_{};
    std::string body_{};
    Result<Viewer> viewer_;
    int step_ = 0;
};

// Makes the response of a write that W nodes hold, or that changed nothing.
using Answer = std::function<http::Response(const Committed&, const QuorumOutcome&)>;
// An action that a policy queues is answered here, 202, once W nodes hold the request for it.
boost::asio::awaitable<http::Response> write(Services& services, Once once, Op op, Answer answer);

// Several Ops in one commit and one wait; one that fails does not spoil the others. Errors of the
// node itself (busy, disk full) are answered here when nothing could be committed.
using GroupAnswer =
    std::function<http::Response(const std::vector<Result<Committed>>&, const QuorumOutcome&)>;
boost::asio::awaitable<http::Response> write_all(Services& services, Once once, std::vector<Op> ops,
                                                 GroupAnswer answer);

// --- reading requests
inline constexpr std::size_t kJsonDepthMax = 128;  // as 0.6.3; what is deeper is no JSON to it

// Content type and nesting are as they must be, or the refusal with the texts of 0.6.3.
std::optional<http::Response> refuse_body(const http::Request& request);
// Any JSON value; otherwise the 415 or 400.
tl::expected<nlohmann::json, http::Response> json_body(const http::Request& request);
// The same where a body may be left out: {} then.
tl::expected<nlohmann::json, http::Response> optional_body(const http::Request& request);
// X-Agent-Id; "anonymous:req-<8 hex>" when it is absent, empty or not ASCII.
Result<std::string> agent_of(const http::Request& request);
bool names_agent(const http::Request& request);  // there is an X-Agent-Id that counts
// Who reads: X-Agent-Id where it is given, and `as_agent` of the query, or of the body.
Result<Viewer> viewer_of(const http::Request& request);
Result<Viewer> viewer_of(const http::Request& request, const nlohmann::json& body);

}  // namespace aimem::api
