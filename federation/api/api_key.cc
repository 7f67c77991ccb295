#include "federation/api/api.h"
#include "federation/http/query.h"

#include <nlohmann/json.hpp>
#include <openssl/crypto.h>

#include <array>

namespace aimem::api {
namespace {

// Probes have no key, and learn nothing but whether the node lives and is ready.
constexpr std::array<std::string_view, 2> kOpenPaths{"/api/v1/health", "/api/v1/ready"};

// Takes as long for a near miss as for a far one.
bool same(std::string_view given, std::string_view key) {
    return given.size() == key.size() && CRYPTO_memcmp(given.data(), key.data(), key.size()) == 0;
}

}  // namespace

http::Router::Guard require_key(std::string api_key) {
    return
        [key = std::move(api_key)](const http::Request& request) -> std::optional<http::Response> {
            for (const std::string_view open : kOpenPaths)
                if (request.path == open) return std::nullopt;
            if (const auto header = request.header("x-api-key"); header && same(*header, key))
                return std::nullopt;
            const auto query = http::raw_query_value(request.query, "api_key");
            if (query && same(*query, key)) return std::nullopt;
            return reply(401, {{"error", "missing or invalid API key"}});
        };
}

}  // namespace aimem::api
