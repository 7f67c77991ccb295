// Agents, the messages they send each other, entities with their names, and webhook subscriptions.
// Agents, messages and entities are memories (facts/mcp-tools.md 7, 9). SPDX-License-Identifier:
// Apache-2.0
#include "store/base/text.h"
#include "store/base/time_text.h"
#include "store/log/memory_rows.h"
#include "store/log/records.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/model/limits.h"
#include "store/ops/apply_op.h"
#include "store/ops/gate.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace aimem {
namespace {

using nlohmann::json;

constexpr int kEntityPriority = 7;
constexpr std::size_t kMarkBytes = 11;  // " [1a2b3c4d]" behind the title of a message

// Cut at a character, so that `more` bytes still fit into a title.
std::string shortened(std::string title) {
    std::size_t chars = 0;
    for (std::size_t at = 0; at < title.size(); ++at)
        if ((static_cast<unsigned char>(title[at]) & 0xc0) != 0x80 &&
            ++chars > limits::title_chars - kMarkBytes) {
            title.resize(at);
            break;
        }
    return title;
}

void write_alias(OpContext& context, const std::string& entity_id, const std::string& alias) {
    const std::string key = pair_key(Kind::alias, entity_id, alias);
    const std::int64_t stamp = context.stamp_for(key);
    context.write(key, State::live, body_of(Alias{entity_id, alias, time_text(stamp)}), stamp);
}

}  // namespace

Result<Committed> run(OpContext& context, const RegisterAgent& op) {
    const std::string title = "agent:" + op.agent_id;
    const std::string now = time_text(context.now_ns());
    Committed out;
    Memory memory;
    json metadata{{"agent_id", op.agent_id},
                  {"agent_type", op.agent_type},
                  {"capabilities", tags_json(op.capabilities)},
                  {"registered_at", now},
                  {"last_seen_at", now}};
    if (const auto holder = live_id(context.db(), "_agents", title)) {
        memory = *live_row(context.db(), *holder);
        out.existed = true;
        if (auto at = metadata_text(memory.metadata, "registered_at"); !at.empty())
            metadata["registered_at"] = std::move(at);
    } else {
        memory.id = context.new_id();
    }
    memory.ns = "_agents";
    memory.title = title;
    memory.tier = Tier::long_term;
    memory.expires_at.reset();
    memory.source = "system";
    memory.tags = {"agent-registration"};
    memory.metadata = json_text(metadata);
    memory.content = memory.metadata;
    context.write_memory(memory);
    out.id = memory.id;
    out.memory = std::move(memory);
    return out;
}

Result<Committed> run(OpContext& context, const NotifyAgent& op) {
    Memory memory;
    memory.id = context.new_id();
    memory.ns = "_messages/" + op.to;
    // Titles are unique in a namespace, messages are not: two of one title must not become one. The
    // end of an id is its own, also where many are made at once.
    memory.title = fmt::format("{} [{}]", shortened(op.title), memory.id.substr(28));
    memory.content = op.payload;
    memory.priority = op.priority;
    memory.tier = op.tier;
    memory.source = "notify";
    memory.tags = {"_message"};
    memory.metadata = json_text(json{{"agent_id", op.from},
                                     {"recipient_agent_id", op.to},
                                     {"message_kind", "notify"},
                                     {"message_title", op.title}});
    if (const auto secs = default_ttl_secs(op.tier))
        memory.expires_at = time_text(context.now_ns() + *secs * kNsPerSecond);
    context.write_memory(memory);
    Committed out;
    out.id = memory.id;
    out.memory = std::move(memory);
    return out;
}

Result<Committed> run(OpContext& context, const RegisterEntity& op) {
    Committed out;
    Memory memory;
    if (const auto holder = live_id(context.db(), op.ns, op.canonical_name)) {
        memory = *live_row(context.db(), *holder);
        out.existed = true;
        if (metadata_text(memory.metadata, "kind") != "entity")
            return fail(
                Errc::conflict,
                fmt::format("title '{}' in namespace '{}' is held by memory {}, which is no entity",
                            op.canonical_name, op.ns, *holder));
    } else {
        memory.id = context.new_id();
        memory.ns = op.ns;
        memory.title = memory.content = op.canonical_name;
        memory.tier = Tier::long_term;
        memory.priority = kEntityPriority;
        memory.source = "api";
        memory.tags = {"entity"};
        memory.metadata = with_metadata_text(op.metadata.value_or("{}"), "kind", "entity");
        if (!op.agent_id.empty() && metadata_text(memory.metadata, "agent_id").empty())
            memory.metadata = with_metadata_text(memory.metadata, "agent_id", op.agent_id);
    }
    // Again, too: the answer must mean that W nodes hold it.
    context.write_memory(memory);
    const auto known = aliases_of(context.db(), memory.id);
    std::vector<std::string> fresh;
    for (const std::string& given : op.aliases) {
        const std::string alias(trim(given));
        const bool old = std::any_of(known.begin(), known.end(),
                                     [&](const Alias& one) { return one.alias == alias; });
        if (alias.empty() || old || std::find(fresh.begin(), fresh.end(), alias) != fresh.end())
            continue;
        fresh.push_back(alias);
        write_alias(context, memory.id, alias);
    }
    for (Alias& one : aliases_of(context.db(), memory.id))
        out.aliases.push_back(std::move(one.alias));
    out.id = memory.id;
    out.memory = std::move(memory);
    return out;
}

Result<Committed> run(OpContext& context, const SubscribeEvents& op) {
    Subscription made = op.subscription;
    if (!made.created_by || !is_registered(context.db(), *made.created_by))
        return fail(Errc::denied, fmt::format("agent {} is not registered; register it first",
                                              made.created_by.value_or("(none)")));
    made.id = context.new_id();
    const std::string key = record_key(Kind::subscription, made.id);
    const std::int64_t stamp = context.stamp_for(key);
    made.created_at = time_text(stamp);
    context.write(key, State::live, body_of(made), stamp);
    Committed out;
    out.id = made.id;
    out.subscription = std::move(made);
    return out;
}

Result<Committed> run(OpContext& context, const UnsubscribeEvents& op) {
    Committed out;
    out.id = op.id;
    const auto found = subscription_of(context.db(), op.id);
    if (!found) return out;
    if (found->created_by && !op.agent_id.empty() && *found->created_by != op.agent_id)
        return fail(Errc::denied,
                    fmt::format("subscription {} belongs to agent {}", op.id, *found->created_by));
    const std::string key = record_key(Kind::subscription, op.id);
    context.write(key, State::dead, {}, context.stamp_for(key));
    out.affected = 1;
    return out;
}

}  // namespace aimem
