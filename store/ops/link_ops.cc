// link, unlink. SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/bodies.h"
#include "store/log/names.h"
#include "store/model/json.h"
#include "store/model/validate.h"
#include "store/ops/apply_op.h"

namespace aimem {
namespace {

Result<std::string> end_of_link(OpContext& context, std::string_view field, std::string_view id) {
    auto found = resolve_id(context.db(), id);
    if (found) return found;
    return fail(found.error().code, std::string(field) + ": " + found.error().message);
}

void sign_closed(Link& link, const std::string& agent_id, std::int64_t stamp) {
    link.closed_by = agent_id.empty() ? std::nullopt : std::optional(agent_id);
    link.closed_at = time_text(stamp);
}

}  // namespace

Result<Committed> run(OpContext& context, const LinkMemories& op) {
    const auto source = end_of_link(context, "source_id", op.source_id);
    if (!source) return fail(source.error());
    const auto target = end_of_link(context, "target_id", op.target_id);
    if (!target) return fail(target.error());
    if (auto ok = check_link(*source, *target, op.relation); !ok) return fail(ok.error());
    const std::string key = link_key(*source, *target, op.relation);
    const auto found = find_register(context.db(), key);
    const bool existed = found && found->state == State::live;
    const std::int64_t stamp = context.stamp_for(key);
    // Linking again is a new version of the same link: an answer must mean that W nodes hold it.
    // One that was closed is open again.
    Link link{*source, *target, op.relation, time_text(stamp)};
    if (existed)
        if (auto old = link_from_body(body_of(context.db(), key, State::live)))
            link = std::move(*old);
    if (op.valid_from) link.valid_from = normal_time(*op.valid_from);
    link.valid_until = op.valid_until ? std::optional(normal_time(*op.valid_until)) : std::nullopt;
    link.closed_by.reset();
    link.closed_at.reset();
    if (link.valid_until) {
        sign_closed(link, op.agent_id, stamp);
        if (op.closed_by) link.closed_by = op.closed_by;
        if (op.closed_at) link.closed_at = normal_time(*op.closed_at);
    }
    if (!link.observed_by && !op.agent_id.empty()) link.observed_by = op.agent_id;
    context.write(key, State::live, link_body(link), stamp);
    Committed out;
    out.existed = existed;
    out.affected = existed ? 0 : 1;
    out.link = std::move(link);
    return out;
}

Result<Committed> run(OpContext& context, const InvalidateLink& op) {
    const auto source = visible_id(context.db(), op.source_id);
    const auto target = visible_id(context.db(), op.target_id);
    Committed out;
    if (!source || !target) return out;
    for (const auto& from : names_of(context.db(), *source))
        for (const auto& to : names_of(context.db(), *target)) {
            const std::string key = link_key(from, to, op.relation);
            const auto found = find_register(context.db(), key);
            if (!found || found->state != State::live) continue;
            auto link = link_from_body(body_of(context.db(), key, State::live));
            if (!link) continue;
            const std::int64_t stamp = context.stamp_for(key);
            out.previous = link->valid_until;
            link->valid_until = op.valid_until ? normal_time(*op.valid_until) : time_text(stamp);
            sign_closed(*link, op.agent_id, stamp);
            context.write(key, State::live, link_body(*link), stamp);
            out.affected += 1;
            out.link = std::move(*link);
        }
    return out;
}

Result<Committed> run(OpContext& context, const UnlinkMemories& op) {
    const auto source = end_of_link(context, "source_id", op.source_id);
    if (!source) return fail(source.error());
    const auto target = end_of_link(context, "target_id", op.target_id);
    if (!target) return fail(target.error());
    Committed out;
    // The link may have been made under any name of its ends.
    for (const std::string_view relation : kRelations) {
        if (op.relation && *op.relation != relation) continue;
        for (const auto& from : names_of(context.db(), *source))
            for (const auto& to : names_of(context.db(), *target)) {
                const std::string key = link_key(from, to, relation);
                const auto found = find_register(context.db(), key);
                if (!found || found->state != State::live) continue;
                context.write(key, State::dead, {}, context.stamp_for(key));
                out.affected += 1;
            }
    }
    return out;
}

}  // namespace aimem
