// Namespace standards: which memory holds the rules of a namespace. SPDX-License-Identifier:
// Apache-2.0
#include "store/base/time_text.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/log/records.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/ops/apply_op.h"
#include "store/ops/standard.h"

#include <nlohmann/json.hpp>

namespace aimem {
namespace {

// As 0.6.3 guesses it: "a-b-c" belongs to "a-b", else to "a", whichever has a standard.
std::optional<std::string> guessed_parent(sqlite::Database& db, std::string_view ns) {
    for (auto dash = ns.rfind('-'); dash != std::string_view::npos && dash > 0;
         dash = ns.substr(0, dash).rfind('-'))
        if (standard_of(db, ns.substr(0, dash))) return std::string(ns.substr(0, dash));
    return std::nullopt;
}

}  // namespace

void clear_standard(OpContext& context, const std::string& ns) {
    const std::string key = record_key(Kind::standard, ns);
    context.write(key, State::dead, {}, context.stamp_for(key));
}

Result<Committed> run(OpContext& context, const SetStandard& op) {
    const auto id = resolve_id(context.db(), op.id);
    if (!id) return fail(id.error());
    Memory memory = *live_row(context.db(), *id);
    if (op.governance) {
        nlohmann::json metadata = parse_json(memory.metadata);
        metadata["governance"] = parse_json(*op.governance);
        memory.metadata = json_text(metadata);
    }
    // Rules do not run out by themselves; 0.6.3 forgets the end of a long-term memory alone.
    const bool rewritten = op.governance || memory.expires_at;
    if (memory.expires_at) memory.tier = Tier::long_term;
    memory.expires_at.reset();
    const auto old = standard_of(context.db(), op.ns);
    Standard made{op.ns, *id, op.parent, {}};
    // What was said once is not forgotten because it is not said again.
    if (!made.parent)
        made.parent = old && old->parent ? old->parent : guessed_parent(context.db(), op.ns);
    const std::string key = record_key(Kind::standard, op.ns);
    const std::int64_t stamp = context.stamp_for(key);
    made.updated_at = time_text(stamp);
    if (rewritten)
        context.write_memory(memory, {{key, State::live, {stamp, 0}, body_of(made), {}}});
    else
        context.write(key, State::live, body_of(made), stamp);
    Committed out;
    out.id = *id;
    out.existed = old.has_value();
    out.memory = std::move(memory);
    out.standard = std::move(made);
    return out;
}

Result<Committed> run(OpContext& context, const ClearStandard& op) {
    Committed out;
    if (!standard_of(context.db(), op.ns)) return out;
    clear_standard(context, op.ns);
    out.affected = 1;
    return out;
}

}  // namespace aimem
