// consolidate: one memory in place of several; vertical promotion: a copy further up; import.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/bodies.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/model/limits.h"
#include "store/model/validate.h"
#include "store/ops/apply_op.h"
#include "store/ops/vertical.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace aimem {
namespace {

using nlohmann::json;

constexpr int kLeastPriority = 5;

Result<std::vector<Memory>> sources_of(OpContext& context, const std::vector<std::string>& given) {
    std::vector<Memory> out;
    for (const std::string& one : given) {
        const auto id = resolve_id(context.db(), one);
        if (!id) return fail(id.error().code, fmt::format("ids: {}: {}", one, id.error().message));
        const bool twice = std::any_of(out.begin(), out.end(),
                                       [&](const Memory& memory) { return memory.id == *id; });
        if (twice) return fail(Errc::invalid_argument, fmt::format("ids: {} is named twice", one));
        out.push_back(*live_row(context.db(), *id));
    }
    return out;
}

// Everything of the sources' own that still makes sense of the whole; policies, kinds and scopes of
// one of them do not.
std::string metadata_of(const std::vector<Memory>& sources, const std::string& agent_id) {
    json out = json::object();
    json authors = json::array();
    json ids = json::array();
    std::set<std::string> known;
    for (const Memory& source : sources) {
        json metadata = parse_json(source.metadata);
        if (!metadata.is_object()) metadata = json::object();
        const std::string author = metadata_text(source.metadata, "agent_id");
        if (!author.empty() && known.insert(author).second) authors.push_back(author);
        for (const char* name : {"agent_id", "written_by", "governance", "kind", "scope",
                                 "derived_from", "consolidated_from_agents"})
            metadata.erase(name);
        out.update(metadata);
        ids.push_back(source.id);
    }
    const auto sign = [&](json& object) {
        object["derived_from"] = ids;
        object["consolidated_from_agents"] = authors;
        if (!agent_id.empty()) object["agent_id"] = agent_id;
    };
    sign(out);
    if (check_metadata(json_text(out))) return json_text(out);
    json bare = json::object();  // too much of it: where it came from matters most
    sign(bare);
    return json_text(bare);
}

std::vector<std::string> tags_of(const std::vector<Memory>& sources) {
    std::set<std::string> all;
    for (const Memory& source : sources) all.insert(source.tags.begin(), source.tags.end());
    std::vector<std::string> out(all.begin(), all.end());
    if (out.size() > limits::tags_count) out.resize(limits::tags_count);  // peers refuse more
    return out;
}

std::string namespace_of(const ConsolidateMemories& op, const std::vector<Memory>& sources) {
    if (op.ns) return *op.ns;
    const bool same = std::all_of(sources.begin(), sources.end(), [&](const Memory& source) {
        return source.ns == sources.front().ns;
    });
    return same ? sources.front().ns : "global";
}

Change archived_source(OpContext& context, const Memory& source) {
    const std::string key = memory_key(source.id);
    const std::int64_t stamp = context.stamp_for(key);
    return {key,
            State::archived,
            {stamp, 0},
            archived_body({source, time_text(stamp), "consolidate"}),
            {}};
}

bool is_above(std::string_view upper, std::string_view ns) {
    return ns.size() > upper.size() && ns.substr(0, upper.size()) == upper &&
           ns[upper.size()] == '/';
}

}  // namespace

Result<Committed> run(OpContext& context, const ConsolidateMemories& op) {
    auto sources = sources_of(context, op.ids);
    if (!sources) return fail(sources.error());
    Memory memory;
    memory.id = context.new_id();
    memory.title = op.title;
    memory.content = op.summary;
    memory.ns = namespace_of(op, *sources);
    memory.tier = Tier::long_term;
    memory.source = "consolidation";
    memory.priority = kLeastPriority;
    memory.tags = tags_of(*sources);
    memory.metadata = metadata_of(*sources, op.agent_id);
    for (const Memory& source : *sources) {
        memory.priority = std::max(memory.priority, source.priority);
        memory.access_count += source.access_count;
    }
    const auto holder = live_id(context.db(), memory.ns, memory.title);
    const bool own = holder && std::any_of(sources->begin(), sources->end(),
                                           [&](const Memory& one) { return one.id == *holder; });
    if (holder && !own)
        return fail(Errc::conflict,
                    fmt::format("title '{}' already exists in namespace '{}' (memory {})",
                                memory.title, memory.ns, *holder));
    std::vector<Change> archived;
    for (Memory& source : *sources) {
        if (clash_members(context.db(), source.id).size() > 1) context.write_memory(source);
        context.sign(source);
        archived.push_back(archived_source(context, source));
    }
    context.write_memory(memory, std::move(archived));
    Committed out;
    out.id = memory.id;
    out.affected = static_cast<std::int64_t>(sources->size());
    out.memory = std::move(memory);
    return out;
}

Result<Committed> promote_up(OpContext& context, Memory source, const std::string& to_namespace) {
    if (!is_above(to_namespace, source.ns))
        return fail(
            Errc::invalid_argument,
            fmt::format("to_namespace must lie above the memory's own namespace '{}'", source.ns));
    // An unrelated memory of that title is nobody's to overwrite.
    const auto holder = live_id(context.db(), to_namespace, source.title);
    Memory copy = holder ? *live_row(context.db(), *holder) : source;
    if (holder && metadata_text(copy.metadata, "promoted_from") != source.id)
        return fail(Errc::conflict,
                    fmt::format("title '{}' already exists in namespace '{}' (memory {})",
                                source.title, to_namespace, *holder));
    if (!holder) {
        copy.id = context.new_id();
        copy.created_at.clear();
        copy.access_count = 0;
        copy.last_accessed_at.reset();
    }
    copy.ns = to_namespace;
    copy.content = source.content;
    copy.tags = source.tags;
    copy.metadata = with_metadata_text(copy.metadata, "promoted_from", source.id);
    const std::string key = link_key(copy.id, source.id, "derived_from");
    const std::int64_t stamp = context.stamp_for(key);
    Link link{copy.id, source.id, "derived_from", time_text(stamp)};
    std::vector<Change> with;
    with.push_back({key, State::live, {stamp, 0}, link_body(link), {}});
    context.write_memory(copy, std::move(with));
    Committed out;
    out.id = copy.id;
    out.existed = holder.has_value();
    out.memory = std::move(copy);
    out.link = std::move(link);
    return out;
}

Result<Committed> run(OpContext& context, const ImportMemory& op) {
    Committed out;
    Memory memory = op.memory;
    memory.created_at = normal_time(memory.created_at);
    if (memory.expires_at) memory.expires_at = normal_time(*memory.expires_at);
    const auto shown = visible_id(context.db(), memory.id);
    const auto holder = live_id(context.db(), memory.ns, memory.title);
    const auto known = shown ? shown : holder;
    if (known) {
        const Memory here = *live_row(context.db(), *known);
        out.existed = true;
        out.id = *known;
        if (parse_time(here.updated_at).value_or(0) >= parse_time(memory.updated_at).value_or(0)) {
            out.memory = here;
            return out;
        }
        if (holder && *holder != *known)
            return fail(Errc::conflict,
                        fmt::format("title '{}' already exists in namespace '{}' (memory {})",
                                    memory.title, memory.ns, *holder));
        memory.id = *known;
        memory.created_at = here.created_at;
        if (const auto author = metadata_text(here.metadata, "agent_id"); !author.empty())
            memory.metadata = with_metadata_text(memory.metadata, "agent_id", author);
    }
    context.write_memory(memory);
    out.id = memory.id;
    out.affected = 1;
    out.memory = std::move(memory);
    return out;
}

}  // namespace aimem
