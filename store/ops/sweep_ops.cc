// Verbs over many memories: forget, expire, purge. Each takes at most limits::sweep_rows in one
// transaction and says whether more are left; a row its caller may not delete stays.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/bodies.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/log/records.h"
#include "store/log/upkeep.h"
#include "store/model/json.h"
#include "store/model/limits.h"
#include "store/ops/apply_op.h"
#include "store/ops/gate.h"
#include "store/query/fts_query.h"
#include "store/query/sweep.h"

#include <algorithm>

namespace aimem {
namespace {

constexpr std::int64_t kNsPerDay = 86'400 * kNsPerSecond;

void archive(OpContext& context, Memory memory, const std::string& reason) {
    if (clash_members(context.db(), memory.id).size() > 1) context.write_memory(memory);
    const std::string key = memory_key(memory.id);
    const std::int64_t stamp = context.stamp_for(key);
    context.write(key, State::archived,
                  archived_body({std::move(memory), time_text(stamp), reason}), stamp);
}

// The same version on every node that comes to it: the stamp follows from the row, and lies right
// behind it, so that a write which this node has yet to hear of (a longer life, say) wins. False
// when what the row says is not what its register holds (a clash), which the next write settles.
bool expire(OpContext& context, Memory memory) {
    const std::string key = memory_key(memory.id);
    const auto found = find_register(context.db(), key);
    const auto ends = memory.expires_at ? parse_time(*memory.expires_at) : std::nullopt;
    if (!found || !ends) return false;
    if (clash_members(context.db(), memory.id).size() > 1) {
        archive(context, std::move(memory), "ttl_expired");
        return true;
    }
    const std::int64_t stamp = found->version.stamp + 1;
    memory.access_count = 0;
    const std::string archived_at = *memory.expires_at;
    context.write(key, State::archived,
                  archived_body({std::move(memory), archived_at, "ttl_expired"}), stamp);
    return true;
}

}  // namespace

Result<Committed> run(OpContext& context, const ForgetMemories& op) {
    const auto found =
        query::forgettable(context.db(), {op.ns, op.pattern, op.tier}, limits::sweep_rows + 1);
    if (!found) return fail(found.error());
    Committed out;
    std::size_t looked_at = 0;
    for (const std::string& id : *found) {
        if (looked_at++ == limits::sweep_rows) {
            out.more = out.affected > 0;
            break;
        }
        const auto memory = live_row(context.db(), id);
        if (!memory || is_of_others(*memory, op.agent_id)) continue;
        if (!namespaces_of_standard(context.db(), id).empty()) continue;  // under an old name
        if (!may(context.db(), Action::remove, *memory, op.agent_id)) continue;
        Memory gone = *memory;
        context.sign(gone);
        archive(context, std::move(gone), "forget");
        out.affected += 1;
    }
    return out;
}

// Not before the clocks of the peers say so too: what one node archives is archived everywhere.
Result<Committed> run(OpContext& context, const ExpireMemories& /*op*/) {
    const std::int64_t now = context.now_ns() - clock_lead(context.db());
    std::vector<std::string> ids;
    for (auto row =
             context.db()
                 .sql("SELECT id FROM memories INDEXED BY idx_memories_expires WHERE "
                      "expires_at IS NOT NULL AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2")
                 .bind(time_text(now), static_cast<std::int64_t>(limits::sweep_rows));
         row.step();)
        ids.push_back(row.string(0));
    Committed out;
    for (const std::string& id : ids)
        if (auto memory = live_row(context.db(), id); memory && expire(context, std::move(*memory)))
            out.affected += 1;
    out.more = out.affected == static_cast<std::int64_t>(limits::sweep_rows);
    return out;
}

Result<Committed> run(OpContext& context, const PurgeArchive& op) {
    const std::int64_t age = op.older_than_days.value_or(0) * kNsPerDay;
    const std::string before = time_text(context.now_ns() - age);
    std::vector<std::string> ids;
    for (auto row =
             context.db()
                 .sql("SELECT id FROM archived_memories WHERE (?1 IS NULL OR archived_at < ?1) AND "
                      "(?2 IS NULL OR namespace = ?2) ORDER BY archived_at LIMIT ?3")
                 .bind(op.older_than_days ? std::optional<std::string>(before) : std::nullopt,
                       op.ns, static_cast<std::int64_t>(limits::sweep_rows));
         row.step();)
        ids.push_back(row.string(0));
    Committed out;
    for (const std::string& id : ids) {
        const auto archived = archived_row(context.db(), id);
        if (!archived || !may(context.db(), Action::remove, archived->memory, op.agent_id))
            continue;
        const std::string key = memory_key(id);
        context.write(key, State::dead, {}, context.stamp_for(key));
        out.affected += 1;
    }
    out.more = out.affected == static_cast<std::int64_t>(limits::sweep_rows);
    return out;
}

}  // namespace aimem
