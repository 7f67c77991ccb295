#include "federation/api/api.h"

namespace aimem::api {

namespace {

boost::asio::awaitable<http::Response> named(boost::asio::awaitable<http::Response> answer,
                                             std::string operation) {
    http::Response response = co_await std::move(answer);
    response.headers.emplace_back("x-operation-id", std::move(operation));
    co_return response;
}

}  // namespace

http::Handler with(Services& services, Endpoint endpoint) {
    return [&services, endpoint](http::Request request) {
        std::string operation = Once(request).operation();
        auto answer = endpoint(services, std::move(request));
        return operation.empty() ? std::move(answer)
                                 : named(std::move(answer), std::move(operation));
    };
}

void add_routes(http::Router& router, Services& services) {
    add_health_routes(router, services);
    add_metrics_routes(router, services);
    add_memory_routes(router, services);
    add_bulk_routes(router, services);
    add_search_routes(router, services);
    add_link_routes(router, services);
    add_archive_routes(router, services);
    add_sweep_routes(router, services);
    add_transfer_routes(router, services);
    add_graph_routes(router, services);
    add_entity_routes(router, services);
    add_pending_routes(router, services);
    add_namespace_routes(router, services);
    add_message_routes(router, services);
    add_similar_routes(router, services);
    add_session_routes(router, services);
    add_subscription_routes(router, services);
    add_operation_routes(router, services);
    add_push_routes(router, services);
    add_sync_routes(router, services);
    add_digest_routes(router, services);
    add_parked_routes(router, services);
}

}  // namespace aimem::api
