#include "federation/api/api.h"
#include "store/model/json_text.h"

#include <nlohmann/json.hpp>

namespace aimem::api {
namespace {

using nlohmann::json;

constexpr const char* kRetryQuorum = "2";  // seconds, as 0.6.3
constexpr const char* kRetryBusy = "1";

int status_of(Errc code) {
    switch (code) {
        case Errc::invalid_argument: return 400;
        case Errc::wrong_type: return 422;
        case Errc::not_found: return 404;
        case Errc::conflict: return 409;
        case Errc::denied: return 403;
        case Errc::request_reused: return 422;
        case Errc::quorum_not_met:
        case Errc::busy:
        case Errc::shutting_down: return 503;
        case Errc::disk_full: return 507;
        case Errc::storage: return 500;
        case Errc::peer: return 502;
    }
    return 500;
}

// What a client is told; the inside of the store is not for its eyes.
std::string text_of(const Error& error) {
    switch (error.code) {
        case Errc::wrong_type:
            return "Failed to deserialize the JSON body into the target type: " + error.message;
        case Errc::storage: return "internal server error";
        default: return error.message;
    }
}

}  // namespace

http::Response reply(int status, const json& body) {
    return http::Response(status, json_text(body));
}

json or_null(const std::optional<std::string>& text) {
    return text ? json(*text) : json(nullptr);
}

http::Response reply_error(const Error& error) {
    http::Response response = reply(status_of(error.code), {{"error", text_of(error)}});
    if (response.status == 503) response.headers.emplace_back("retry-after", kRetryBusy);
    return response;
}

http::Response reply_queued(const PendingState& pending) {
    json body{{"status", pending.status},
              {"pending_id", pending.action.id},
              {"reason", "governance requires approval"},
              {"action", pending.action.action_type},
              {"namespace", pending.action.ns}};
    if (pending.action.memory_id) body["memory_id"] = *pending.action.memory_id;
    return reply(202, body);
}

http::Response reply_quorum_not_met(const QuorumOutcome& outcome,
                                    const std::vector<std::string>& ids) {
    json body{{"error", "quorum_not_met"},
              {"got", outcome.got},
              {"needed", outcome.needed},
              {"reason", outcome.reason}};
    if (!ids.empty()) body["id"] = ids.front();
    if (ids.size() > 1) body["ids"] = ids;
    http::Response response = reply(503, body);
    response.headers.emplace_back("retry-after", kRetryQuorum);
    return response;
}

}  // namespace aimem::api
