#include "store/ops/apply_op.h"

#include "store/log/bodies.h"
#include "store/log/feed.h"
#include "store/log/planted.h"
#include "store/ops/gate.h"

#include <type_traits>

namespace aimem {

namespace {

// An import says itself who wrote what.
std::string agent_of(const Op& op) {
    return std::visit(
        [](const auto& one) -> std::string {
            using Verb = std::decay_t<decltype(one)>;
            if constexpr (requires { one.agent_id; } && !std::is_same_v<Verb, ImportMemory>)
                return one.agent_id;
            else
                return {};
        },
        op);
}

}  // namespace

Result<Committed> apply_op(OpContext& context, const Op& op) {
    context.set_agent(agent_of(op));
    const auto queued = gate(context, op);
    if (!queued) return fail(queued.error());
    auto done = *queued ? run(context, **queued)
                        : std::visit([&](const auto& one) { return run(context, one); }, op);
    if (!done) return done;
    done->rows = context.take_rows();
    // What a row heads since an earlier write goes with it wherever it is sent on to.
    for (FeedRow& row : done->rows) row.change.group = group_of(context.db(), row.change.key);
    if (planted(Fault::closure_forgotten_in_tail)) return done;
    done->companions = companions_of(context.db(), done->rows);
    return done;
}

std::string_view verb_of(const Op& op) noexcept {
    return std::visit([](const auto& one) { return one.verb; }, op);
}

}  // namespace aimem
