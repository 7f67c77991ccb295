#include "federation/api/intake.h"

#include "store/base/clock.h"

#include <nlohmann/json.hpp>

namespace aimem::api {

Result<Caller> caller_of(const http::Request& request) {
    auto agent = agent_of(request);
    if (!agent) return fail(agent.error());
    return Caller{std::move(*agent), "api", system_clock().now_ns()};
}

Result<StoreMemory> store_op(const http::Request& request, const nlohmann::json& body,
                             const Caller& caller) {
    auto op = store_from_json(body, caller);
    if (!op || !names_agent(request)) return op;
    const auto named = body.find("agent_id");
    if (named == body.end() || !named->is_string() || named->get_ref<const std::string&>().empty())
        op->agent_id = caller.agent_id;
    return op;
}

}  // namespace aimem::api
