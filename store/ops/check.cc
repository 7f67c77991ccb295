#include "store/ops/check.h"

#include "store/base/text.h"
#include "store/base/time_text.h"
#include "store/model/json_text.h"
#include "store/model/limits.h"
#include "store/model/validate.h"
#include "store/ops/arguments.h"
#include "store/ops/intake.h"
#include "store/ops/policy.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace aimem {

using nlohmann::json;

namespace {

constexpr std::int64_t kDaysMax = 36'500;

}  // namespace

Result<> check_ttl(std::int64_t secs) {
    if (secs >= 1 && secs <= limits::ttl_secs_max) return {};
    return fail(Errc::invalid_argument,
                fmt::format("ttl_secs must be an integer from 1 to {}", limits::ttl_secs_max));
}

Result<> check_metadata_and_scope(std::string_view text) {
    if (auto ok = check_metadata(text); !ok) return ok;
    const json parsed = parse_json(text);
    const auto scope = parsed.find("scope");
    if (scope == parsed.end()) return {};
    if (!scope->is_string())
        return fail(Errc::wrong_type, "metadata.scope must be a string, given: " + shown(*scope));
    return check_scope(scope->get_ref<const std::string&>());
}

Result<> check_agent_type(std::string_view type) {
    constexpr std::size_t type_bytes = 64;
    const bool named = type == "human" || type == "system";
    const bool model =
        type.size() > 3 && type.size() <= type_bytes && type.substr(0, 3) == "ai:" &&
        type.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-",
                               3) == std::string_view::npos;
    if (named || model) return {};
    return fail(Errc::invalid_argument, "agent_type must be human, system or ai:<model name>");
}

Result<> check_days(std::int64_t days) {
    if (days >= 0 && days <= kDaysMax) return {};
    return fail(Errc::invalid_argument,
                fmt::format("older_than_days must be an integer from 0 to {}", kDaysMax));
}

namespace {

constexpr std::size_t kUrlBytes = 2'048;

// The first rule that is broken.
template <typename... Rules>
Result<> all_of(Rules&&... rules) {
    Result<> kept{};
    // Short-circuits: a rule is only tried while all before it held.
    (void)(... && static_cast<bool>(kept = rules()));
    return kept;
}

template <typename T, typename Rule>
auto if_given(const std::optional<T>& value, Rule rule) {
    return [&value, rule]() -> Result<> {
        return value ? rule(*value) : Result<>{};
    };
}

Result<> check_reason(std::string_view reason) {
    if (reason.size() > limits::reason_bytes)
        return fail(Errc::invalid_argument,
                    fmt::format("reason exceeds max size of {} bytes", limits::reason_bytes));
    if (!is_utf8(reason) || trim(reason).empty() || has_control_char(reason, ""))
        return fail(Errc::invalid_argument,
                    "reason must be a short text without control characters");
    return {};
}

Result<> check(const StoreMemory& op) {
    return all_of([&] { return check_title("title", op.title); },
                  [&] { return check_content("content", op.content); },
                  [&] { return check_namespace("namespace", op.ns); },
                  if_given(op.tags, check_tags), if_given(op.priority, check_priority),
                  if_given(op.confidence, check_confidence), if_given(op.source, check_source),
                  if_given(op.expires_at,
                           [](std::string_view text) { return check_time("expires_at", text); }),
                  if_given(op.ttl_secs, check_ttl), if_given(op.metadata, check_metadata_and_scope),
                  if_given(op.scope, check_scope),
                  [&]() -> Result<> {
                      if (op.agent_id.empty()) return {};
                      return check_agent_id("agent_id", op.agent_id);
                  });
}

Result<> check(const UpdateMemory& op) {
    return all_of(
        [&] { return check_id("id", op.id); },
        if_given(op.title, [](std::string_view text) { return check_title("title", text); }),
        if_given(op.content, [](std::string_view text) { return check_content("content", text); }),
        if_given(op.ns, [](std::string_view text) { return check_namespace("namespace", text); }),
        if_given(op.tags, check_tags), if_given(op.priority, check_priority),
        if_given(op.confidence, check_confidence),
        if_given(op.expires_at,
                 [](std::string_view text) -> Result<> {
                     if (text.empty()) return {};  // clears it
                     return check_time("expires_at", text);
                 }),
        if_given(op.metadata, check_metadata_and_scope));
}

Result<> check(const PromoteMemory& op) {
    return all_of([&] { return check_id("id", op.id); },
                  if_given(op.to_namespace, [](std::string_view ns) {
                      return check_namespace("to_namespace", ns);
                  }));
}

Result<> check(const DeleteMemory& op) {
    return check_id("id", op.id);
}

Result<> check(const ArchiveMemory& op) {
    return all_of([&] { return check_id("id", op.id); }, [&] { return check_reason(op.reason); });
}

Result<> check(const RestoreMemory& op) {
    return check_id("id", op.id);
}

Result<> check(const LinkMemories& op) {
    return all_of([&] { return check_link(op.source_id, op.target_id, op.relation); },
                  if_given(op.valid_from,
                           [](std::string_view text) { return check_time("valid_from", text); }),
                  if_given(op.valid_until,
                           [](std::string_view text) { return check_time("valid_until", text); }),
                  if_given(op.closed_by,
                           [](std::string_view text) { return check_agent_id("closed_by", text); }),
                  if_given(op.closed_at,
                           [](std::string_view text) { return check_time("closed_at", text); }));
}

Result<> check(const UnlinkMemories& op) {
    return check_link(op.source_id, op.target_id, op.relation.value_or("related_to"));
}

Result<> agent_if_named(const std::string& agent_id) {
    if (agent_id.empty()) return {};
    return check_agent_id("agent_id", agent_id);
}

Result<> time_if_given(const char* field, const std::optional<std::string>& time) {
    return time ? check_time(field, *time) : Result<>{};
}

// The name of the global standard is no namespace that memories live in.
Result<> check_standard_namespace(const char* field, std::string_view ns) {
    return ns == "*" ? Result<>{} : check_namespace(field, ns);
}

Result<> check(const PurgeArchive& op) {
    return all_of(
        if_given(op.older_than_days, check_days),
        if_given(op.ns, [](std::string_view ns) { return check_namespace("namespace", ns); }),
        [&] { return agent_if_named(op.agent_id); });
}

Result<> check(const ForgetMemories& op) {
    return all_of(
        if_given(op.ns, [](std::string_view ns) { return check_namespace("namespace", ns); }),
        [&] { return agent_if_named(op.agent_id); });
}

Result<> check(const ExpireMemories& /*op*/) {
    return {};
}

Result<> check(const ConsolidateMemories& op) {
    if (op.ids.size() < 2 || op.ids.size() > limits::consolidate_rows)
        return fail(Errc::invalid_argument, fmt::format("ids must name 2 to {} memories, given: {}",
                                                        limits::consolidate_rows, op.ids.size()));
    for (const std::string& id : op.ids)
        if (auto ok = check_id("ids", id); !ok) return ok;
    return all_of(
        [&] { return check_title("title", op.title); },
        [&] { return check_content("summary", op.summary); },
        if_given(op.ns, [](std::string_view ns) { return check_namespace("namespace", ns); }),
        [&] { return agent_if_named(op.agent_id); });
}

Result<> check(const ImportMemory& op) {
    return all_of([&] { return check_memory(op.memory); },
                  [&] { return agent_if_named(op.agent_id); });
}

Result<> check(const InvalidateLink& op) {
    return all_of([&] { return check_link(op.source_id, op.target_id, op.relation); },
                  [&] { return time_if_given("valid_until", op.valid_until); },
                  [&] { return agent_if_named(op.agent_id); });
}

Result<> check(const RegisterEntity& op) {
    for (const std::string& alias : op.aliases)
        if (!trim(alias).empty())
            if (auto ok = check_title("aliases", trim(alias)); !ok) return ok;
    return all_of([&] { return check_title("canonical_name", op.canonical_name); },
                  [&] { return check_namespace("namespace", op.ns); },
                  if_given(op.metadata, check_metadata_and_scope),
                  [&] { return agent_if_named(op.agent_id); });
}

Result<> check(const RegisterAgent& op) {
    return all_of([&] { return check_agent_id("agent_id", op.agent_id); },
                  [&] { return check_agent_type(op.agent_type); },
                  [&] { return check_tags(op.capabilities); });
}

Result<> check(const RequestAction& op) {
    return all_of([&] { return check_namespace("namespace", op.action.ns); },
                  [&] { return agent_if_named(op.action.requested_by); });
}

Result<> check(const DecideAction& op) {
    return all_of([&] { return check_id("id", op.id); },
                  [&] { return check_agent_id("agent_id", op.agent_id); });
}

Result<> check(const SetStandard& op) {
    if (op.parent == op.ns)
        return fail(Errc::invalid_argument, "parent must differ from namespace");
    return all_of(
        [&] { return check_standard_namespace("namespace", op.ns); },
        [&] { return check_id("id", op.id); },
        if_given(op.parent,
                 [](std::string_view ns) { return check_standard_namespace("parent", ns); }),
        if_given(op.governance,
                 [](std::string_view text) -> Result<> {
                     const auto policy = policy_from(text);
                     return policy ? Result<>{} : fail(policy.error());
                 }),
        [&] { return agent_if_named(op.agent_id); });
}

Result<> check(const ClearStandard& op) {
    return all_of([&] { return check_standard_namespace("namespace", op.ns); },
                  [&] { return agent_if_named(op.agent_id); });
}

Result<> check(const NotifyAgent& op) {
    return all_of([&] { return check_agent_id("from", op.from); },
                  [&] { return check_agent_id("target_agent_id", op.to); },
                  [&] { return check_namespace("target_agent_id", "_messages/" + op.to); },
                  [&] { return check_title("title", op.title); },
                  [&] { return check_content("payload", op.payload); },
                  [&] { return check_priority(op.priority); });
}

Result<> check(const SubscribeEvents& op) {
    const Subscription& one = op.subscription;
    if (one.url.empty() || one.url.size() > kUrlBytes || has_control_char(one.url, ""))
        return fail(Errc::invalid_argument,
                    fmt::format("url must be an http or https URL of at most {} bytes", kUrlBytes));
    return all_of(
        if_given(one.namespace_filter,
                 [](std::string_view ns) { return check_namespace("namespace_filter", ns); }),
        if_given(one.agent_filter,
                 [](std::string_view id) { return check_agent_id("agent_filter", id); }),
        if_given(one.created_by,
                 [](std::string_view id) { return check_agent_id("agent_id", id); }));
}

Result<> check(const UnsubscribeEvents& op) {
    return check_id("id", op.id);
}

}  // namespace

Result<> check_op(const Op& op) {
    return std::visit([](const auto& verb) { return check(verb); }, op);
}

Result<> check_filter(const Filter& filter) {
    return all_of(
        if_given(filter.ns,
                 [](std::string_view text) { return check_namespace("namespace", text); }),
        if_given(filter.tag, [](const std::string& tag) { return check_tags({tag}); }),
        if_given(filter.agent_id,
                 [](std::string_view text) { return check_agent_id("agent_id", text); }),
        if_given(filter.since, [](std::string_view text) { return check_time("since", text); }),
        if_given(filter.until, [](std::string_view text) { return check_time("until", text); }));
}

}  // namespace aimem
