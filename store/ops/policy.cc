#include "store/ops/policy.h"

#include "store/model/json_text.h"
#include "store/model/validate.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <array>

namespace aimem {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 4> kLevels{"any", "registered", "owner", "approve"};
constexpr std::int64_t kConsensusMax = 1'000;

Result<Level> level_from(const json& object, const char* name, Level otherwise) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return otherwise;
    if (found->is_string())
        for (std::size_t i = 0; i < kLevels.size(); ++i)
            if (found->get_ref<const std::string&>() == kLevels.at(i)) return static_cast<Level>(i);
    return fail(Errc::invalid_argument,
                fmt::format("governance.{} must be one of any, registered, owner, approve", name));
}

Result<Approver> approver_from(const json& object) {
    const auto found = object.find("approver");
    if (found == object.end() || found->is_null() || *found == "human") return Approver{};
    const auto wrong = [] {
        return fail(Errc::invalid_argument,
                    "governance.approver must be \"human\", {\"agent\": id} or {\"consensus\": n}");
    };
    if (!found->is_object() || found->size() != 1) return wrong();
    if (const auto agent = found->find("agent"); agent != found->end() && agent->is_string()) {
        const auto& id = agent->get_ref<const std::string&>();
        if (auto ok = check_agent_id("governance.approver.agent", id); !ok) return fail(ok.error());
        return Approver{id, 0};
    }
    const auto count = found->find("consensus");
    if (count == found->end() || !count->is_number_integer()) return wrong();
    const auto n = count->get<std::int64_t>();
    if (n < 1 || n > kConsensusMax)
        return fail(
            Errc::invalid_argument,
            fmt::format("governance.approver.consensus must be from 1 to {}", kConsensusMax));
    return Approver{{}, n};
}

}  // namespace

std::string_view to_string(Level level) noexcept {
    return kLevels[static_cast<std::size_t>(level)];
}

Level Policy::level(Action action) const noexcept {
    return action == Action::write ? write : action == Action::promote ? promote : remove;
}

bool Policy::open() const noexcept {
    return write == Level::any && promote == Level::any && remove == Level::any;
}

Result<Policy> policy_from(std::string_view json_object) {
    const json object = parse_json(json_object);
    if (!object.is_object()) return fail(Errc::wrong_type, "governance must be an object");
    if (!object.contains("write"))
        return fail(Errc::invalid_argument,
                    "governance.write is required: any, registered, owner or approve");
    Policy out;
    const auto write = level_from(object, "write", Level::any);
    const auto promote = level_from(object, "promote", Level::any);
    const auto remove = level_from(object, "delete", Level::owner);
    for (const auto* level : {&write, &promote, &remove})
        if (!*level) return fail(level->error());
    auto approver = approver_from(object);
    if (!approver) return fail(approver.error());
    out.write = *write;
    out.promote = *promote;
    out.remove = *remove;
    out.approver = std::move(*approver);
    return out;
}

Ruling rule(const Policy& policy, Action action, const Asked& asked) noexcept {
    switch (policy.level(action)) {
        case Level::any: return Ruling::allowed;
        case Level::registered: return asked.registered ? Ruling::allowed : Ruling::denied;
        case Level::owner:
            return !asked.owner.empty() && asked.agent == asked.owner ? Ruling::allowed
                                                                      : Ruling::denied;
        case Level::approve: return Ruling::queued;
    }
    return Ruling::denied;
}

Result<> may_approve(const Policy& policy, const Asked& asked, std::string_view requested_by) {
    if (asked.agent == requested_by)
        return fail(Errc::denied, "approve rejected: another agent must approve your own request");
    const Approver& approver = policy.approver;
    if (!approver.agent.empty() && asked.agent != approver.agent)
        return fail(Errc::denied, "approve rejected: only the agent " + approver.agent +
                                      " may approve in this namespace");
    if (approver.consensus > 0 && !asked.registered)
        return fail(Errc::denied,
                    fmt::format("approve rejected: agent {} is not registered", asked.agent));
    return {};
}

Result<> may_reject(const Policy& policy, const Asked& asked, std::string_view requested_by) {
    if (asked.agent == requested_by) return {};  // to withdraw one's own request
    auto ok = may_approve(policy, asked, requested_by);
    if (ok) return ok;
    return fail(Errc::denied,
                "reject rejected" + ok.error().message.substr(sizeof("approve rejected") - 1));
}

}  // namespace aimem
