// SPDX-License-Identifier: Apache-2.0
#include "store/ops/intake.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/session.h"
#include "integrations/cli/writing.h"
#include <array>

namespace aimem::cli {
namespace {

using nlohmann::json;

constexpr std::array kInvalidateArgs{
    Arg{"source-id", Kind::text, Need::required, "SOURCE", "The id of the memory it starts from"},
    Arg{"target-id", Kind::text, Need::required, "TARGET", "The id of the memory it leads to"},
    Arg{"-r,--relation", Kind::text, Need::required, "RELATION",
        "related_to, supersedes, contradicts or derived_from"},
    Arg{"--valid-until", Kind::text, Need::optional, "TIME", "RFC 3339; without it: now"},
};

Result<> run_invalidate(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    auto op = invalidate_from_json(args.fields(), *caller);
    if (!op) return fail(op.error());
    const InvalidateLink asked = *op;
    const auto done = commit(session, std::move(*op));
    if (!done) return fail(done.error());
    if (!*done) return {};
    const Committed& closed = **done;
    if (closed.affected == 0 || !closed.link)
        return fail(Errc::not_found,
                    fmt::format("no such link from {} to {}", asked.source_id, asked.target_id));
    const std::string until = closed.link->valid_until.value_or("");
    json out{{"found", true},
             {"source_id", asked.source_id},
             {"target_id", asked.target_id},
             {"relation", asked.relation},
             {"valid_until", until}};
    if (closed.link->closed_by) out["closed_by"] = *closed.link->closed_by;
    out["previous_valid_until"] = closed.previous ? json(*closed.previous) : json(nullptr);
    session.answer(out, fmt::format("invalidated: {} --[{}]--> {} holds until {}", asked.source_id,
                                    asked.relation, asked.target_id, until));
    return {};
}

}  // namespace

const Command kInvalidate{
    .name = "invalidate",
    .summary = "Say that a link holds no longer; it stays in the history",
    .examples = R"(  ai-memory invalidate 1a2b3c4d 5e6f7a8b -r related_to
  ai-memory invalidate 1a2b3c4d 5e6f7a8b -r supersedes --valid-until 2026-06-01T00:00:00Z
)",
    .args = kInvalidateArgs,
    .run = run_invalidate,
};

}  // namespace aimem::cli
