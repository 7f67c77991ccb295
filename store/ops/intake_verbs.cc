// The arguments of the rarer verbs. SPDX-License-Identifier: Apache-2.0
#include "store/model/json_text.h"
#include "store/model/validate.h"
#include "store/ops/arguments.h"
#include "store/ops/check.h"
#include "store/ops/intake.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace aimem {
namespace {

using nlohmann::json;

// The caller himself, or whom the arguments name.
std::string asking(Arguments& given, const Caller& caller) {
    const auto named = given.text("agent_id", Null::means_absent);
    return named && !named->empty() ? *named : caller.agent_id;
}

template <typename Made>
Result<Made> checked(const Arguments& given, Made op) {
    if (given.error()) return fail(*given.error());
    if (auto ok = check_op(op); !ok) return fail(ok.error());
    return op;
}

}  // namespace

Result<PromoteMemory> promote_from_json(std::string id, const json& arguments,
                                        const Caller& caller) {
    Arguments given(arguments, Null::means_absent);
    PromoteMemory op;
    op.id = std::move(id);
    op.to_namespace = given.text("to_namespace");
    op.agent_id = asking(given, caller);
    return checked(given, std::move(op));
}

Result<ForgetMemories> forget_from_json(const json& arguments, const Caller& caller) {
    // Strict: what is misspelt or mistyped must not widen what goes.
    Arguments given(arguments, Null::means_absent);
    ForgetMemories op;
    op.ns = given.text("namespace");
    op.pattern = given.text("pattern");
    op.tier = given.tier("tier");
    op.agent_id = asking(given, caller);
    if (!op.ns && !op.pattern && !op.tier)
        given.refuse(Errc::invalid_argument, "give at least one of namespace, pattern, tier");
    return checked(given, std::move(op));
}

Result<PurgeArchive> purge_from_json(const json& arguments, const Caller& caller) {
    Arguments given(arguments, Null::means_absent);
    PurgeArchive op;
    op.older_than_days = given.integer("older_than_days");
    if (op.older_than_days) given.require("older_than_days", check_days(*op.older_than_days));
    op.ns = given.text("namespace");
    op.agent_id = asking(given, caller);
    return checked(given, std::move(op));
}

Result<ConsolidateMemories> consolidate_from_json(const json& arguments, const Caller& caller) {
    Arguments given(arguments, Null::means_absent);
    ConsolidateMemories op;
    if (auto ids = given.texts("ids"))
        op.ids = std::move(*ids);
    else
        given.refuse(Errc::wrong_type, "ids is required (an array of strings)");
    op.title = given.required_text("title");
    op.summary = given.required_text("summary");
    op.ns = given.text("namespace");
    op.agent_id = asking(given, caller);
    return checked(given, std::move(op));
}

Result<InvalidateLink> invalidate_from_json(const json& arguments, const Caller& caller) {
    Arguments given(arguments, Null::means_absent);
    InvalidateLink op;
    op.source_id = given.required_text("source_id");
    op.target_id = given.required_text("target_id");
    op.relation = given.required_text("relation");
    op.valid_until = given.text("valid_until");
    op.agent_id = asking(given, caller);
    return checked(given, std::move(op));
}

Result<RegisterEntity> entity_from_json(const json& arguments, const Caller& caller) {
    Arguments given(arguments, Null::means_absent);
    RegisterEntity op;
    op.canonical_name = given.required_text("canonical_name");
    op.ns = given.required_text("namespace");
    op.aliases = given.texts("aliases").value_or(std::vector<std::string>{});
    op.metadata = metadata_of(given);
    op.agent_id = asking(given, caller);
    return checked(given, std::move(op));
}

Result<RegisterAgent> agent_from_json(const json& arguments) {
    Arguments given(arguments, Null::means_absent);
    RegisterAgent op;
    op.agent_id = given.required_text("agent_id");
    op.agent_type = given.required_text("agent_type");
    op.capabilities = given.texts("capabilities").value_or(std::vector<std::string>{});
    return checked(given, std::move(op));
}

Result<DecideAction> decision_from_json(std::string id, bool approve, const json& arguments,
                                        const Caller& caller) {
    Arguments given(arguments, Null::means_absent);
    DecideAction op{std::move(id), approve, asking(given, caller)};
    return checked(given, std::move(op));
}

Result<SetStandard> standard_from_arguments(const json& arguments, const Caller& caller) {
    Arguments given(arguments, Null::means_absent);
    SetStandard op;
    op.ns = given.required_text("namespace");
    op.id = given.required_text("id");
    op.parent = given.text("parent");
    if (const json* governance = given.object("governance")) op.governance = json_text(*governance);
    op.agent_id = asking(given, caller);
    return checked(given, std::move(op));
}

Result<ClearStandard> clear_standard_from_json(const json& arguments, const Caller& caller) {
    Arguments given(arguments, Null::means_absent);
    ClearStandard op;
    op.ns = given.required_text("namespace");
    op.agent_id = asking(given, caller);
    return checked(given, std::move(op));
}

Result<NotifyAgent> notify_from_json(const json& arguments, const Caller& caller) {
    Arguments given(arguments, Null::means_absent);
    NotifyAgent op;
    op.from = caller.agent_id;  // nobody writes in another's name
    op.to = given.required_text("target_agent_id");
    op.title = given.required_text("title");
    op.payload = given.required_text("payload");
    op.priority = priority_of(given).value_or(op.priority);
    op.tier = given.tier("tier").value_or(op.tier);
    return checked(given, std::move(op));
}

Result<SubscribeEvents> subscribe_from_json(const json& arguments, const Caller& caller) {
    Arguments given(arguments, Null::means_absent);
    SubscribeEvents op;
    op.subscription.url = given.required_text("url");
    op.subscription.events = given.text("events").value_or("*");
    op.subscription.namespace_filter = given.text("namespace_filter");
    op.subscription.agent_filter = given.text("agent_filter");
    if (!caller.agent_id.empty()) op.subscription.created_by = caller.agent_id;
    return checked(given, std::move(op));
}

}  // namespace aimem
