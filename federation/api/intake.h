// How a memory comes in over HTTP: who asks, and the body of a create. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "federation/api/api.h"
#include "store/ops/intake.h"

namespace aimem::api {

Result<Caller> caller_of(const http::Request& request);

// Whose memory it is: `agent_id` of the body, else X-Agent-Id, else metadata.agent_id, else
// anonymous.
Result<StoreMemory> store_op(const http::Request& request, const nlohmann::json& body,
                             const Caller& caller);

}  // namespace aimem::api
