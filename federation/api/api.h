// The routes of the node. Each file adds its own; what they share is here: the services they may
// use, how an answer or an error becomes HTTP, and the one way of a write: decode, commit, wait for
// the quorum. One I/O thread. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/http/message.h"
#include "federation/http/router.h"
#include "federation/replication/driver.h"
#include "federation/store_gateway.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace aimem::api {

struct Services {
    StoreGateway& store;
    ReplicationDriver& replication;
    std::string version{};
};

void add_health_routes(http::Router& router, Services& services);  // health, stats, capabilities
void add_memory_routes(http::Router& router,
                       Services& services);  // memories: create, get, list, update, delete, promote
void add_search_routes(http::Router& router, Services& services);  // recall, search
void add_link_routes(http::Router& router, Services& services);
void add_archive_routes(http::Router& router, Services& services);
void add_sync_routes(http::Router& router,
                     Services& services);  // sync/push, since, changes, digest

// --- answers
http::Response reply(int status, const nlohmann::json& body);
http::Response reply_error(const Error& error);  // the one table Errc -> status
// 503 as 0.6.3 words it, with the id of the committed row in addition (facts/federation.md 2.4).
http::Response reply_quorum_not_met(const QuorumOutcome& outcome, std::string_view id);

// --- the write path of every mutating route
// On success `answer` makes the response from what was committed and the copies on disk.
using Answer = std::function<http::Response(const Committed&, const QuorumOutcome&)>;
boost::asio::awaitable<http::Response> write(Services& services, Op op, Answer answer);

// --- reading requests
Result<nlohmann::json> json_body(
    const http::Request& request);                   // an object; 415/400 texts as 0.6.3
std::string agent_of(const http::Request& request);  // X-Agent-Id if valid, else "anonymous:req"

}  // namespace aimem::api
