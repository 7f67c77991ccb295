// The gate before every verb, whichever door it came through: finds the policy of the namespaces an
// Op touches and lets it pass, queues it or refuses it. Who asks is the Op's agent; an Op without
// one comes from the program itself (expiry, what peers sent) and passes. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/log/records.h"
#include "store/ops/context.h"
#include "store/ops/op.h"
#include "store/ops/policy.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

// Nothing: go on. An action: queue that instead.
Result<std::optional<RequestAction>> gate(OpContext& context, const Op& op);

// The policy that holds in a namespace and the memory that says so; nothing: everybody may do all.
struct PolicyInForce {
    Policy policy{};
    std::string standard_id{};
    std::string owner{};  // of that memory
};
Result<std::optional<PolicyInForce>> policy_of(sqlite::Database& db, std::string_view ns);

bool is_registered(sqlite::Database& db, std::string_view agent_id);

// Whether the agent may do this to that memory; sweeps leave out what they may not.
Result<> may(sqlite::Database& db, Action action, const Memory& memory, std::string_view agent_id);

// A message or registration that is none of this agent's business.
bool is_of_others(const Memory& memory, std::string_view agent_id);

}  // namespace aimem
