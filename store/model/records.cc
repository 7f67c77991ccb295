#include "store/model/records.h"

#include "store/base/text.h"
#include "store/base/time_text.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/model/limits.h"
#include "store/model/validate.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace aimem {
namespace {

using nlohmann::json;

// Reads members of one object; the first mistake is kept and named.
class Members {
public:
    explicit Members(const json& object) : object_(object) {
        if (!object.is_object() || deeper_than(object, limits::metadata_depth + 2))
            error_ = Error(Errc::wrong_type, "body must be an object of moderate depth");
    }

    std::string text(const char* name) {
        const json* value = find(name);
        if (value != nullptr && value->is_string()) return value->get<std::string>();
        return complain(name, "a string"), std::string{};
    }
    std::optional<std::string> maybe_text(const char* name) {
        const json* value = find(name);
        if (value == nullptr || value->is_null()) return std::nullopt;
        if (value->is_string()) return value->get<std::string>();
        complain(name, "a string or null");
        return std::nullopt;
    }
    bool flag(const char* name) {
        const json* value = find(name);
        if (value != nullptr && value->is_boolean()) return value->get<bool>();
        complain(name, "true or false");
        return false;
    }
    std::string object_text(const char* name) {
        const json* value = find(name);
        if (value != nullptr && value->is_object()) return json_text(*value);
        complain(name, "an object");
        return "{}";
    }
    void require(Result<> rule) {
        if (!error_ && !rule) error_ = std::move(rule).error();
    }
    template <typename T>
    Result<T> done(T value) const {
        if (error_) return fail(*error_);
        return value;
    }

private:
    const json* find(const char* name) const {
        if (error_) return nullptr;
        const auto found = object_.find(name);
        return found == object_.end() ? nullptr : &*found;
    }
    void complain(std::string_view name, std::string_view expected) {
        if (!error_) error_ = Error(Errc::wrong_type, fmt::format("{} must be {}", name, expected));
    }

    const json& object_;
    std::optional<Error> error_{};
};

void put(json& out, const char* name, const std::optional<std::string>& value) {
    if (value) out[name] = *value;
}

// An agent's name as peers send it: 0.6.3 does not check it, so only what would harm is refused.
Result<> check_name(std::string_view field, std::string_view name) {
    if (name.size() <= limits::agent_id_bytes * 2 && is_utf8(name) && !has_control_char(name, ""))
        return {};
    return fail(Errc::invalid_argument, fmt::format("{} is no short plain text", field));
}

PendingAction read_pending(Members& members) {
    PendingAction out;
    out.id = members.text("id");
    out.action_type = members.text("action_type");
    out.memory_id = members.maybe_text("memory_id");
    out.ns = members.text("namespace");
    out.payload = members.object_text("payload");
    out.requested_by = members.text("requested_by");
    out.requested_at = members.text("requested_at");
    members.require(check_id("id", out.id));
    members.require(check_name("action_type", out.action_type));
    members.require(check_name("requested_by", out.requested_by));
    members.require(check_namespace("namespace", out.ns));
    return out;
}

json pending_json(const PendingAction& action) {
    json out{{"id", action.id},
             {"action_type", action.action_type},
             {"namespace", action.ns},
             {"requested_by", action.requested_by},
             {"requested_at", action.requested_at}};
    out["memory_id"] = action.memory_id ? json(*action.memory_id) : json();
    json payload = parse_json(action.payload);
    out["payload"] = payload.is_object() ? std::move(payload) : json::object();
    return out;
}

Standard read_standard(Members& members) {
    Standard out;
    out.ns = members.text("namespace");
    out.standard_id = members.text("standard_id");
    out.parent = members.maybe_text("parent_namespace");
    out.updated_at = members.maybe_text("updated_at").value_or("");
    if (out.ns != "*") members.require(check_namespace("namespace", out.ns));
    members.require(check_id("standard_id", out.standard_id));
    if (out.parent && *out.parent != "*")
        members.require(check_namespace("parent_namespace", *out.parent));
    if (out.parent == out.ns)
        members.require(
            fail(Errc::invalid_argument, "parent_namespace must differ from namespace"));
    return out;
}

std::vector<Approval> read_approvals(const json& value, std::string_view pending_id) {
    std::vector<Approval> out;
    const auto found = value.find("approvals");
    if (found == value.end() || !found->is_array()) return out;
    for (const json& item : *found) {
        Members members(item);
        Approval one{std::string(pending_id), members.text("agent_id"),
                     members.text("approved_at")};
        members.require(check_agent_id("agent_id", one.agent_id));
        if (auto good = members.done(std::move(one))) out.push_back(std::move(*good));
    }
    return out;
}

}  // namespace

std::string body_of(const Standard& standard) {
    return json_text(to_json(standard));
}

std::string body_of(const PendingAction& action) {
    return json_text(pending_json(action));
}

std::string body_of(const Approval& approval) {
    return json_text(json{{"pending_id", approval.pending_id},
                          {"agent_id", approval.agent_id},
                          {"approved_at", approval.approved_at}});
}

std::string body_of(const Ballot& ballot) {
    return json_text(json{{"pending_id", ballot.pending_id},
                          {"node", ballot.node},
                          {"approved", ballot.approved},
                          {"decider", ballot.decider},
                          {"decider_node", ballot.decider_node}});
}

std::string body_of(const Decision& decision) {
    json out{{"pending_id", decision.pending_id},
             {"approved", decision.approved},
             {"decided_by", decision.decided_by},
             {"decided_at", decision.decided_at}};
    put(out, "memory_id", decision.memory_id);
    if (decision.action) out["action"] = pending_json(*decision.action);
    return json_text(out);
}

std::string body_of(const Alias& alias) {
    return json_text(json{
        {"entity_id", alias.entity_id}, {"alias", alias.alias}, {"created_at", alias.created_at}});
}

std::string body_of(const Subscription& subscription) {
    json out{{"id", subscription.id},
             {"url", subscription.url},
             {"events", subscription.events},
             {"created_at", subscription.created_at}};
    put(out, "secret_hash", subscription.secret_hash);
    put(out, "namespace_filter", subscription.namespace_filter);
    put(out, "agent_filter", subscription.agent_filter);
    put(out, "created_by", subscription.created_by);
    return json_text(out);
}

Result<Standard> standard_from_body(std::string_view body) {
    return standard_from_json(parse_json(body));
}

Result<PendingAction> pending_from_body(std::string_view body) {
    const json value = parse_json(body);
    Members members(value);
    return members.done(read_pending(members));
}

Result<Approval> approval_from_body(std::string_view body) {
    const json value = parse_json(body);
    Members members(value);
    Approval out{members.text("pending_id"), members.text("agent_id"), members.text("approved_at")};
    members.require(check_id("pending_id", out.pending_id));
    members.require(check_agent_id("agent_id", out.agent_id));
    return members.done(std::move(out));
}

Result<Ballot> ballot_from_body(std::string_view body) {
    const json value = parse_json(body);
    Members members(value);
    Ballot out{members.text("pending_id"), members.text("node"), members.flag("approved"),
               members.text("decider"), members.text("decider_node")};
    members.require(check_id("pending_id", out.pending_id));
    members.require(check_id("node", out.node));
    members.require(check_id("decider_node", out.decider_node));
    members.require(check_name("decider", out.decider));
    return members.done(std::move(out));
}

Result<Decision> decision_from_body(std::string_view body) {
    const json value = parse_json(body);
    Members members(value);
    Decision out{members.text("pending_id"),      members.flag("approved"),
                 members.text("decided_by"),      members.text("decided_at"),
                 members.maybe_text("memory_id"), std::nullopt};
    if (const auto found = value.is_object() ? value.find("action") : value.end();
        found != value.end()) {
        Members inner(*found);
        auto action = inner.done(read_pending(inner));
        if (!action) return fail(action.error());
        out.action = std::move(*action);
    }
    members.require(check_id("pending_id", out.pending_id));
    members.require(check_name("decided_by", out.decided_by));
    return members.done(std::move(out));
}

Result<Alias> alias_from_body(std::string_view body) {
    const json value = parse_json(body);
    Members members(value);
    Alias out{members.text("entity_id"), members.text("alias"), members.text("created_at")};
    members.require(check_id("entity_id", out.entity_id));
    members.require(check_title("alias", out.alias));
    return members.done(std::move(out));
}

Result<Subscription> subscription_from_body(std::string_view body) {
    const json value = parse_json(body);
    Members members(value);
    Subscription out;
    out.id = members.text("id");
    out.url = members.text("url");
    out.events = members.text("events");
    out.secret_hash = members.maybe_text("secret_hash");
    out.namespace_filter = members.maybe_text("namespace_filter");
    out.agent_filter = members.maybe_text("agent_filter");
    out.created_by = members.maybe_text("created_by");
    out.created_at = members.text("created_at");
    members.require(check_id("id", out.id));
    return members.done(std::move(out));
}

json to_json(const PendingState& state) {
    json out = pending_json(state.action);
    out["status"] = state.status;
    put(out, "decided_by", state.decided_by);
    put(out, "decided_at", state.decided_at);
    json approvals = json::array();
    for (const Approval& one : state.approvals)
        approvals.push_back({{"agent_id", one.agent_id}, {"approved_at", one.approved_at}});
    out["approvals"] = std::move(approvals);
    return out;
}

json to_json(const Standard& standard) {
    json out{{"namespace", standard.ns},
             {"standard_id", standard.standard_id},
             {"updated_at", standard.updated_at}};
    put(out, "parent_namespace", standard.parent);
    return out;
}

Result<PendingState> pending_state_from_json(const json& value) {
    Members members(value);
    PendingState out;
    out.action = read_pending(members);
    out.status = members.maybe_text("status").value_or("pending");
    out.decided_by = members.maybe_text("decided_by");
    out.decided_at = members.maybe_text("decided_at");
    if (out.decided_by) members.require(check_name("decided_by", *out.decided_by));
    if (value.is_object()) out.approvals = read_approvals(value, out.action.id);
    return members.done(std::move(out));
}

Result<Standard> standard_from_json(const json& value) {
    Members members(value);
    return members.done(read_standard(members));
}

}  // namespace aimem
