#include "federation/api/api.h"

namespace aimem::api {

http::Handler with(Services& services, Endpoint endpoint) {
    return [&services, endpoint](http::Request request) {
        return endpoint(services, std::move(request));
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
    add_push_routes(router, services);
    add_sync_routes(router, services);
    add_digest_routes(router, services);
}

}  // namespace aimem::api
