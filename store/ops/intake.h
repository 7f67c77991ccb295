// JSON arguments to Op: the decoding and validation that every door shares, so that one mistake has
// one message whichever way it came. Defaults that belong to a door (source, agent) come in with
// Caller. Wrong types are Errc::wrong_type, wrong values Errc::invalid_argument.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/ops/op.h"
#include "store/query/queries.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace aimem {

struct Caller {
    std::string agent_id{};   // who asks, when the arguments do not say
    std::string source{};     // "api", "claude", "cli": of a new memory
    std::int64_t now_ns = 0;  // to refuse an expiry in the past
};

// Unknown members are ignored here; a door that must refuse them checks its own schema first.
Result<StoreMemory> store_from_json(const nlohmann::json& arguments, const Caller& caller);
// `expires_at`: null or "" clears it.
Result<UpdateMemory> update_from_json(std::string id, const nlohmann::json& arguments,
                                      const Caller& caller = {});
Result<LinkMemories> link_from_arguments(const nlohmann::json& arguments,
                                         const Caller& caller = {});
Result<UnlinkMemories> unlink_from_arguments(const nlohmann::json& arguments,
                                             const Caller& caller = {});

Result<PromoteMemory> promote_from_json(std::string id, const nlohmann::json& arguments,
                                        const Caller& caller);
Result<ForgetMemories> forget_from_json(const nlohmann::json& arguments, const Caller& caller);
Result<PurgeArchive> purge_from_json(const nlohmann::json& arguments, const Caller& caller);
Result<ConsolidateMemories> consolidate_from_json(const nlohmann::json& arguments,
                                                  const Caller& caller);
Result<InvalidateLink> invalidate_from_json(const nlohmann::json& arguments, const Caller& caller);
Result<RegisterEntity> entity_from_json(const nlohmann::json& arguments, const Caller& caller);
Result<RegisterAgent> agent_from_json(const nlohmann::json& arguments);
Result<DecideAction> decision_from_json(std::string id, bool approve,
                                        const nlohmann::json& arguments, const Caller& caller);
Result<SetStandard> standard_from_arguments(const nlohmann::json& arguments, const Caller& caller);
Result<ClearStandard> clear_standard_from_json(const nlohmann::json& arguments,
                                               const Caller& caller);
Result<NotifyAgent> notify_from_json(const nlohmann::json& arguments, const Caller& caller);
// Its secret is not read: the caller gives `secret_hash` what sealed_secret() makes of it.
Result<SubscribeEvents> subscribe_from_json(const nlohmann::json& arguments, const Caller& caller);

// Checks ids, namespaces, times and bounds of an Op however it was made. The store calls it on
// every commit.
Result<> check_op(const Op& op);

// The same for reads: limits are clamped to `rows_max`, everything else is checked.
Result<> check_filter(const Filter& filter);

}  // namespace aimem
