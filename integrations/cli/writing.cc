#include "integrations/cli/writing.h"

#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace aimem::cli {

bool answer_queued(Session& session, const Committed& done) {
    if (!done.pending || done.pending->status != "pending") return false;
    const PendingAction& action = done.pending->action;
    nlohmann::json out{{"status", "pending"},
                       {"pending_id", action.id},
                       {"reason", "governance requires approval"},
                       {"action", action.action_type},
                       {"namespace", action.ns}};
    if (action.memory_id) out["memory_id"] = *action.memory_id;
    session.answer(out, fmt::format("{} queued for approval: pending_id={} ns={}",
                                    action.action_type, action.id, action.ns));
    return true;
}

Result<std::optional<Committed>> commit(Session& session, Op op) {
    auto store = session.existing();
    if (!store) return fail(store.error());
    auto done = (*store)->commit(std::move(op));
    if (!done) return fail(done.error());
    if (answer_queued(session, *done)) return std::optional<Committed>{};
    return std::optional<Committed>(std::move(*done));
}

Result<std::int64_t> commit_sweep(Session& session, const Op& op) {
    auto store = session.existing();
    if (!store) return fail(store.error());
    std::int64_t affected = 0;
    for (bool more = true; more;) {
        const auto done = (*store)->commit(op);
        if (!done) return fail(done.error());
        affected += done->affected;
        more = done->more;
    }
    return affected;
}

}  // namespace aimem::cli
