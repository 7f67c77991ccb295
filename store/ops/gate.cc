#include "store/ops/gate.h"

#include "store/base/time_text.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/model/json.h"
#include "store/model/json_text.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>

namespace aimem {
namespace {

using nlohmann::json;
using Queued = Result<std::optional<RequestAction>>;

constexpr std::string_view kAgents = "_agents";
constexpr std::string_view kMessages = "_messages/";

std::string agent_of_memory(const Memory& memory) {
    return metadata_text(memory.metadata, "agent_id");
}

tl::unexpected<Error> denied(Action action, std::string_view ns, const Policy& policy,
                             std::string_view agent) {
    const auto* verb = action == Action::write     ? "write"
                       : action == Action::promote ? "promote"
                                                   : "delete";
    return fail(Errc::denied,
                fmt::format("denied by governance: {} in namespace '{}' is for {}, not for {}",
                            verb, ns, to_string(policy.level(action)), agent));
}

// Rows of these namespaces have doors of their own, which nobody can forge.
Result<> check_reserved(std::string_view ns) {
    if (ns == kAgents)
        return fail(Errc::denied, "namespace _agents is written by agent registration alone");
    if (ns.substr(0, kMessages.size()) == kMessages)
        return fail(Errc::denied, "namespaces under _messages/ are written by notify alone");
    return {};
}

struct Question {
    Action action = Action::write;
    std::string ns{};
    std::string owner{};  // of what is acted on; empty: the owner of the standard counts
};

// What stands there already is changed and removed by those it is about: an agent its own
// registration, sender and receiver their message.
Result<> may_touch_reserved(const Memory& memory, std::string_view agent, Action action) {
    if (check_reserved(memory.ns) || agent_of_memory(memory) == agent) return {};
    const bool received = action == Action::remove &&
                          memory.ns.substr(0, kMessages.size()) == kMessages &&
                          memory.ns.substr(kMessages.size()) == agent;
    if (received) return {};
    return fail(Errc::denied, fmt::format("memory {} in namespace {} belongs to {}", memory.id,
                                          memory.ns, agent_of_memory(memory)));
}

// Makes what is queued instead: hardly any write needs it.
using Request = std::function<PendingAction()>;

// allowed, or the queueing of `request` where that is given, or why not.
Queued ask(OpContext& context, const Question& question, const std::string& agent,
           const Request& request = {}) {
    const auto in_force = policy_of(context.db(), question.ns);
    if (!in_force) return fail(in_force.error());
    if (!*in_force) return std::optional<RequestAction>{};
    const PolicyInForce& found = **in_force;
    const Asked asked{agent, question.owner.empty() ? found.owner : question.owner,
                      is_registered(context.db(), agent)};
    switch (rule(found.policy, question.action, asked)) {
        case Ruling::allowed: return std::optional<RequestAction>{};
        case Ruling::denied: return denied(question.action, question.ns, found.policy, agent);
        case Ruling::queued: break;
    }
    if (!request)
        return fail(
            Errc::denied,
            fmt::format("denied by governance: namespace '{}' wants approval for this, and only "
                        "store, delete and promote can be queued for it",
                        question.ns));
    RequestAction out{request()};
    out.action.ns = question.ns;
    out.action.requested_by = agent;
    return std::optional<RequestAction>(std::move(out));
}

// What binds others is changed by its owner alone, unless the namespace is open to everybody.
Result<> may_change_rules(OpContext& context, std::string_view ns, const std::string& agent) {
    const auto in_force = policy_of(context.db(), ns);
    if (!in_force) return {};  // a broken policy must be possible to replace
    if (!*in_force || (*in_force)->policy.open() || (*in_force)->owner.empty() ||
        (*in_force)->owner == agent)
        return {};
    return fail(
        Errc::denied,
        fmt::format("denied by governance: the rules of namespace '{}' are changed by {} alone", ns,
                    (*in_force)->owner));
}

// A memory that is somebody's standard carries his rules.
Result<> may_change_if_standard(OpContext& context, const std::string& id,
                                const std::string& agent) {
    for (const std::string& ns : namespaces_of_standard(context.db(), id))
        if (auto ok = may_change_rules(context, ns, agent); !ok) return ok;
    return {};
}

PendingAction request_of(const char* type, std::optional<std::string> memory_id,
                         const json& payload) {
    PendingAction out;
    out.action_type = type;
    out.memory_id = std::move(memory_id);
    out.payload = json_text(payload);
    return out;
}

// The memory a verb names, under the eyes of the policy of its namespace.
Queued ask_about(OpContext& context, const std::string& given, Action action,
                 const std::string& agent,
                 const std::function<PendingAction(const Memory&)>& request = {}) {
    const auto id = resolve_id(context.db(), given);
    if (!id) return std::optional<RequestAction>{};  // the verb says what is wrong
    const auto memory = live_row(context.db(), *id);
    if (auto ok = may_change_if_standard(context, *id, agent); !ok) return fail(ok.error());
    if (auto ok = may_touch_reserved(*memory, agent, action); !ok) return fail(ok.error());
    Request queued;
    if (request)
        queued = [&] {
            return request(*memory);
        };
    std::string owner = agent_of_memory(*memory);
    // Nobody is the owner of what nobody signed; who writes in a namespace answers to its standard.
    if (action == Action::write)
        owner.clear();
    else if (owner.empty())
        owner = "-";
    return ask(context, {action, memory->ns, owner}, agent, queued);
}

Queued ask_write(OpContext& context, std::string_view ns, const std::string& agent) {
    return ask(context, {Action::write, std::string(ns), {}}, agent);
}

class Gate {
public:
    explicit Gate(OpContext& context) : context_(context) {}

    Queued operator()(const StoreMemory& op) {
        if (auto ok = check_reserved(op.ns); !ok) return fail(ok.error());
        if (const auto holder = live_id(context_.db(), op.ns, op.title))
            if (auto ok = may_change_if_standard(context_, *holder, op.agent_id); !ok)
                return fail(ok.error());
        return ask(context_, {Action::write, op.ns, {}}, op.agent_id,
                   [&] { return request_of("store", std::nullopt, stored(op)); });
    }
    Queued operator()(const UpdateMemory& op) {
        if (op.ns)
            if (auto ok = check_reserved(*op.ns); !ok) return fail(ok.error());
        auto here = ask_about(context_, op.id, Action::write, op.agent_id);
        if (!here || *here || !op.ns) return here;
        return ask_write(context_, *op.ns, op.agent_id);
    }
    Queued operator()(const PromoteMemory& op) {
        auto here =
            ask_about(context_, op.id, Action::promote, op.agent_id, [&](const Memory& memory) {
                json payload{{"id", memory.id}};
                if (op.to_namespace) payload["to_namespace"] = *op.to_namespace;
                return request_of("promote", memory.id, payload);
            });
        if (!here || *here || !op.to_namespace) return here;
        return ask_write(context_, *op.to_namespace, op.agent_id);
    }
    Queued operator()(const DeleteMemory& op) {
        return ask_about(context_, op.id, Action::remove, op.agent_id, [](const Memory& memory) {
            return request_of("delete", memory.id, {{"id", memory.id}, {"title", memory.title}});
        });
    }
    Queued operator()(const ArchiveMemory& op) {
        return ask_about(context_, op.id, Action::remove, op.agent_id);
    }
    Queued operator()(const RestoreMemory& op) {
        const auto archived = archived_row(context_.db(), op.id);
        if (!archived) return std::optional<RequestAction>{};
        return ask_write(context_, archived->memory.ns, op.agent_id);
    }
    Queued operator()(const ConsolidateMemories& op) {
        for (const std::string& id : op.ids)
            if (auto one = ask_about(context_, id, Action::remove, op.agent_id); !one || *one)
                return one;
        const std::string target = target_of(op);
        if (auto ok = check_reserved(target); !ok) return fail(ok.error());
        return ask_write(context_, target, op.agent_id);
    }
    // What it would replace counts as much as where it goes.
    Queued operator()(const ImportMemory& op) {
        const auto by_id = visible_id(context_.db(), op.memory.id);
        const auto by_title = live_id(context_.db(), op.memory.ns, op.memory.title);
        const auto time = parse_time(op.memory.updated_at).value_or(0);
        for (const auto& id : {by_id, by_title}) {
            const auto here = id ? live_row(context_.db(), *id) : std::nullopt;
            if (!here || parse_time(here->updated_at).value_or(0) >= time) continue;  // stays
            auto there = ask_about(context_, *id, Action::write, op.agent_id);
            if (!there || *there) return there;
        }
        return ask_write(context_, op.memory.ns, op.agent_id);
    }
    Queued operator()(const LinkMemories& op) {
        return ask_about(context_, op.source_id, Action::write, op.agent_id);
    }
    Queued operator()(const UnlinkMemories& op) {
        return ask_about(context_, op.source_id, Action::write, op.agent_id);
    }
    Queued operator()(const InvalidateLink& op) {
        return ask_about(context_, op.source_id, Action::write, op.agent_id);
    }
    Queued operator()(const RegisterEntity& op) {
        if (auto ok = check_reserved(op.ns); !ok) return fail(ok.error());
        return ask_write(context_, op.ns, op.agent_id);
    }
    Queued operator()(const SetStandard& op) {
        if (auto ok = may_change_rules(context_, op.ns, op.agent_id); !ok) return fail(ok.error());
        if (!op.governance) return std::optional<RequestAction>{};
        return ask_about(context_, op.id, Action::write, op.agent_id);
    }
    Queued operator()(const ClearStandard& op) {
        if (auto ok = may_change_rules(context_, op.ns, op.agent_id); !ok) return fail(ok.error());
        return std::optional<RequestAction>{};
    }
    Queued operator()(const NotifyAgent& op) {
        return ask_write(context_, std::string(kMessages) + op.to, op.from);
    }
    Queued operator()(const RegisterAgent& op) { return ask_write(context_, kAgents, op.agent_id); }
    // Sweeps look at each row (may), the others have rules of their own.
    template <typename Other>
    Queued operator()(const Other& /*op*/) {
        return std::optional<RequestAction>{};
    }

private:
    std::string target_of(const ConsolidateMemories& op) const {
        if (op.ns) return *op.ns;
        std::optional<std::string> shared;
        for (const std::string& given : op.ids) {
            const auto id = resolve_id(context_.db(), given);
            const auto memory = id ? live_row(context_.db(), *id) : std::nullopt;
            if (!memory) continue;  // the verb says what is wrong
            if (shared && *shared != memory->ns) return "global";
            shared = memory->ns;
        }
        return shared.value_or("global");
    }

    // What 0.6.3 expects as the payload of a queued store: a whole memory.
    json stored(const StoreMemory& op) const {
        Memory memory;
        memory.id = context_.new_id();
        memory.title = op.title;
        memory.content = op.content;
        memory.ns = op.ns;
        memory.tier = op.tier.value_or(Tier::mid);
        if (op.tags) memory.tags = *op.tags;
        memory.priority = op.priority.value_or(memory.priority);
        memory.confidence = op.confidence.value_or(memory.confidence);
        memory.source = op.source.value_or(memory.source);
        memory.metadata = op.metadata.value_or("{}");
        memory.metadata = with_metadata_text(memory.metadata, "agent_id", op.agent_id);
        if (op.scope) memory.metadata = with_metadata_text(memory.metadata, "scope", *op.scope);
        memory.created_at = memory.updated_at = time_text(context_.now_ns());
        if (op.expires_at)
            memory.expires_at = normal_time(*op.expires_at);
        else if (op.ttl_secs)
            memory.expires_at = time_text(context_.now_ns() + *op.ttl_secs * kNsPerSecond);
        json payload = to_json(memory);
        if (op.on_conflict == OnConflict::version) payload["on_conflict"] = "version";
        if (op.on_conflict == OnConflict::error) payload["on_conflict"] = "error";
        return payload;
    }

    OpContext& context_;
};

template <typename OneOp>
const std::string* agent_in(const OneOp& op) {
    if constexpr (requires { op.agent_id; })
        return &op.agent_id;
    else if constexpr (requires { op.from; })
        return &op.from;
    else
        return nullptr;
}

}  // namespace

Queued gate(OpContext& context, const Op& op) {
    const std::string* agent = std::visit([](const auto& one) { return agent_in(one); }, op);
    if (agent == nullptr || agent->empty()) return std::optional<RequestAction>{};
    return std::visit(Gate(context), op);
}

Result<std::optional<PolicyInForce>> policy_of(sqlite::Database& db, std::string_view ns) {
    const auto standards = standards_of(db, ns);
    for (auto one = standards.rbegin(); one != standards.rend(); ++one) {
        const auto id = visible_id(db, one->standard_id);
        const auto memory = id ? live_row(db, *id) : std::nullopt;
        if (!memory) continue;
        const json metadata = parse_json(memory->metadata);
        const auto found = metadata.find("governance");
        if (found == metadata.end() || found->is_null()) continue;
        auto policy = policy_from(json_text(*found));
        if (!policy)
            return fail(
                Errc::denied,
                fmt::format(
                    "the policy of namespace '{}' cannot be read ({}): set its standard anew",
                    one->ns, policy.error().message));
        return PolicyInForce{std::move(*policy), memory->id, agent_of_memory(*memory)};
    }
    return std::optional<PolicyInForce>{};
}

bool is_registered(sqlite::Database& db, std::string_view agent_id) {
    return live_id(db, kAgents, "agent:" + std::string(agent_id)).has_value();
}

bool is_of_others(const Memory& memory, std::string_view agent_id) {
    return !agent_id.empty() && !may_touch_reserved(memory, agent_id, Action::remove);
}

Result<> may(sqlite::Database& db, Action action, const Memory& memory, std::string_view agent_id) {
    if (agent_id.empty()) return {};
    const auto in_force = policy_of(db, memory.ns);
    if (!in_force) return fail(in_force.error());
    if (!*in_force) return {};
    const std::string owner = agent_of_memory(memory);
    const Asked asked{agent_id, owner, is_registered(db, agent_id)};
    if (rule((*in_force)->policy, action, asked) == Ruling::allowed) return {};
    return denied(action, memory.ns, (*in_force)->policy, agent_id);
}

}  // namespace aimem
