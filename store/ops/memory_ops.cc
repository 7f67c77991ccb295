// store, update, promote, delete. SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/log/records.h"
#include "store/model/json.h"
#include "store/model/limits.h"
#include "store/model/validate.h"
#include "store/ops/apply_op.h"
#include "store/ops/standard.h"
#include "store/ops/vertical.h"

#include <fmt/core.h>

#include <algorithm>

namespace aimem {
namespace {

constexpr int kVersionsMax = 1000;  // of one title, made by on_conflict version

std::optional<std::string> life_from_now(const OpContext& context, Tier tier) {
    const auto secs = default_ttl_secs(tier);
    if (!secs) return std::nullopt;
    return time_text(context.now_ns() + *secs * kNsPerSecond);
}

// The author of a memory never changes; whoever writes without one gives his.
void set_metadata(Memory& memory, const StoreMemory& op, const std::string& author) {
    if (op.metadata) memory.metadata = *op.metadata;
    const std::string& agent = author.empty() ? op.agent_id : author;
    if (!agent.empty()) memory.metadata = with_metadata_text(memory.metadata, "agent_id", agent);
    if (op.scope) memory.metadata = with_metadata_text(memory.metadata, "scope", *op.scope);
}

void set_life(OpContext& context, Memory& memory, const StoreMemory& op, bool fresh) {
    if (op.expires_at) {
        memory.expires_at = normal_time(*op.expires_at);
    } else if (op.ttl_secs) {
        memory.expires_at = time_text(context.now_ns() + *op.ttl_secs * kNsPerSecond);
    } else if (memory.tier == Tier::long_term) {
        memory.expires_at.reset();
    } else if (const auto renewed = life_from_now(context, memory.tier);
               fresh || memory.expires_at) {
        // Storing again renews a life and never shortens one; a memory that lives for ever goes on
        // doing so.
        if (!memory.expires_at || *memory.expires_at < *renewed) memory.expires_at = renewed;
    }
}

void merge_given(Memory& memory, const StoreMemory& op) {
    memory.content = op.content;
    if (op.tier) memory.tier = std::max(memory.tier, *op.tier);
    if (op.tags) memory.tags = *op.tags;
    if (op.priority) memory.priority = *op.priority;
    if (op.confidence) memory.confidence = *op.confidence;
    if (op.source) memory.source = *op.source;
}

// "T (2)", "T (3)" ...: the first that is free. The title is cut where both do not fit.
Result<std::string> free_title(OpContext& context, const StoreMemory& op) {
    for (int number = 2; number <= kVersionsMax; ++number) {
        const std::string mark = fmt::format(" ({})", number);
        std::string title = op.title;
        for (std::size_t at = 0, chars = 0; at < title.size(); ++at)
            if ((static_cast<unsigned char>(title[at]) & 0xc0) != 0x80 &&
                ++chars > limits::title_chars - mark.size()) {
                title.resize(at);
                break;
            }
        title += mark;
        if (!live_id(context.db(), op.ns, title)) return title;
    }
    return fail(Errc::conflict, fmt::format("title '{}' has {} versions in namespace '{}' already",
                                            op.title, kVersionsMax, op.ns));
}

}  // namespace

Result<Committed> run(OpContext& context, const StoreMemory& op) {
    Committed out;
    Memory memory;
    auto holder = live_id(context.db(), op.ns, op.title);
    std::string title = op.title;
    if (holder && op.on_conflict == OnConflict::error)
        return fail(Errc::conflict,
                    fmt::format("title '{}' already exists in namespace '{}' (memory {})", op.title,
                                op.ns, *holder));
    if (holder && op.on_conflict == OnConflict::version) {
        auto free = free_title(context, op);
        if (!free) return fail(free.error());
        title = std::move(*free);
        holder.reset();
    }
    if (holder) {
        memory = *live_row(context.db(), *holder);
        out.existed = true;
    } else {
        memory.id = op.new_id ? *op.new_id : context.new_id();
        memory.title = std::move(title);
        memory.ns = op.ns;
        memory.tier = op.tier.value_or(Tier::mid);
    }
    // Here, where the index is in memory already, and not by a reader after every commit.
    if (op.find_similar) {
        out.similar =
            context.titles().similar(context.db(), op.title, op.ns, context.now_ns(), memory.id);
    }
    const std::string author = metadata_text(memory.metadata, "agent_id");
    merge_given(memory, op);
    set_metadata(memory, op, author);
    set_life(context, memory, op, !out.existed);
    context.write_memory(memory);
    if (!out.existed && !op.new_id)  // an id that was given may have a row or links already
        context.titles().wrote(context.db(), memory.title, context.last_seq());
    out.id = memory.id;
    out.memory = std::move(memory);
    return out;
}

Result<Committed> run(OpContext& context, const UpdateMemory& op) {
    const auto id = resolve_id(context.db(), op.id);
    if (!id) return fail(id.error());
    Memory memory = *live_row(context.db(), *id);
    const std::string author = metadata_text(memory.metadata, "agent_id");
    if (op.title) memory.title = *op.title;
    if (op.ns) memory.ns = *op.ns;
    if (const auto holder = live_id(context.db(), memory.ns, memory.title);
        holder && *holder != *id)
        return fail(Errc::conflict,
                    fmt::format("title '{}' already exists in namespace '{}' (memory {})",
                                memory.title, memory.ns, *holder));
    if (op.content) memory.content = *op.content;
    if (op.tags) memory.tags = *op.tags;
    for (const std::string& tag : op.add_tags)
        if (std::find(memory.tags.begin(), memory.tags.end(), tag) == memory.tags.end())
            memory.tags.push_back(tag);
    if (!op.add_tags.empty())
        if (auto ok = check_tags(memory.tags); !ok) return fail(ok.error());
    if (op.priority) memory.priority = *op.priority;
    if (op.confidence) memory.confidence = *op.confidence;
    if (op.metadata) {
        memory.metadata = *op.metadata;
        if (!author.empty())
            memory.metadata = with_metadata_text(memory.metadata, "agent_id", author);
    }
    if (op.tier && *op.tier != memory.tier) {
        memory.tier = *op.tier;
        memory.expires_at = life_from_now(context, memory.tier);
    }
    if (op.expires_at)
        memory.expires_at = op.expires_at->empty()
                                ? std::nullopt
                                : std::optional<std::string>(normal_time(*op.expires_at));
    context.write_memory(memory);
    return Committed{*id, std::move(memory), true, 0, {}, {}};
}

Result<Committed> run(OpContext& context, const PromoteMemory& op) {
    const auto id = resolve_id(context.db(), op.id);
    if (!id) return fail(id.error());
    Memory memory = *live_row(context.db(), *id);
    if (op.to_namespace) return promote_up(context, std::move(memory), *op.to_namespace);
    memory.tier = Tier::long_term;
    memory.expires_at.reset();
    context.write_memory(memory);
    return Committed{*id, std::move(memory), true, 0, {}, {}};
}

Result<Committed> run(OpContext& context, const DeleteMemory& op) {
    const auto id = resolve_id(context.db(), op.id);
    if (!id) return fail(id.error());
    Committed out{*id, live_row(context.db(), *id), true, 1, {}, {}};
    // Every member of a clash goes, or another of them would take the title over and show again.
    const auto members = clash_members(context.db(), *id);
    context.write_tombstones(members);
    // A namespace whose standard is gone has none.
    for (const std::string& member : members)
        for (const std::string& ns : namespaces_of_standard(context.db(), member))
            clear_standard(context, ns);
    return out;
}

}  // namespace aimem
