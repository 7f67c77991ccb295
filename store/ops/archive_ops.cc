// archive, restore: the memory leaves the readers' sight and comes back as it was.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/bodies.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/model/json.h"
#include "store/model/validate.h"
#include "store/ops/apply_op.h"

#include <fmt/core.h>

namespace aimem {

Result<Committed> run(OpContext& context, const ArchiveMemory& op) {
    const auto id = resolve_id(context.db(), op.id);
    if (!id) return fail(id.error());
    Archived archived{*live_row(context.db(), *id), {}, op.reason};
    Committed out{*id, archived.memory, true, 1, {}, {}};
    if (clash_members(context.db(), *id).size() > 1)
        context.write_memory(archived.memory);  // settle it first
    context.sign(archived.memory);
    const std::int64_t stamp = context.stamp_for(memory_key(*id));
    archived.archived_at = time_text(stamp);
    context.write(memory_key(*id), State::archived, archived_body(archived), stamp);
    return out;
}

Result<Committed> run(OpContext& context, const RestoreMemory& op) {
    if (auto ok = check_id("id", op.id); !ok) return fail(ok.error());
    auto archived = archived_row(context.db(), op.id);
    if (!archived) return fail(Errc::not_found, "not found in archive");
    Memory& memory = archived->memory;
    if (const auto holder = live_id(context.db(), memory.ns, memory.title))
        return fail(Errc::conflict,
                    fmt::format("title '{}' already exists in namespace '{}' (memory {})",
                                memory.title, memory.ns, *holder));
    // A life that ran out in the archive begins anew: what is restored is there.
    if (memory.expires_at && *memory.expires_at <= time_text(context.now_ns()))
        if (const auto secs = default_ttl_secs(memory.tier))
            memory.expires_at = time_text(context.now_ns() + *secs * kNsPerSecond);
    context.write_memory(memory);
    return Committed{memory.id, memory, true, 1, {}, {}};
}

}  // namespace aimem
