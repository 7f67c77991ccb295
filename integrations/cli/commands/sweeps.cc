// SPDX-License-Identifier: Apache-2.0
#include "store/model/limits.h"
#include "store/ops/intake.h"
#include "store/query/sweep.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/render.h"
#include "integrations/cli/session.h"
#include "integrations/cli/writing.h"
#include <array>

namespace aimem::cli {
namespace {

using nlohmann::json;

constexpr std::array kForgetArgs{
    Arg{"-n,--namespace", Kind::text, Need::optional, "NS", "Those in this namespace"},
    Arg{"-p,--pattern", Kind::text, Need::optional, "WORDS", "Those with any of these words"},
    Arg{"-t,--tier", Kind::text, Need::optional, "TIER", "Those of this tier"},
    Arg{"--dry-run", Kind::flag, Need::optional, {}, "Only says which"},
};

constexpr std::array kConsolidateArgs{
    Arg{"ids", Kind::list, Need::required, "ID,ID...", "Two to a hundred ids, with commas between"},
    Arg{"-T,--title", Kind::text, Need::required, "TITLE", "Of the memory that takes their place"},
    Arg{"-s,--summary", Kind::text, Need::required, "TEXT", "Its content"},
    Arg{"-n,--namespace", Kind::text, Need::optional, "NS",
        "Where it goes; without it: where all of them are, else global"},
};

Result<> would_forget(Session& session, const ForgetMemories& op) {
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto ids = (*store)->ask([&](sqlite::Database& db) {
        return query::forgettable(db, {op.ns, op.pattern, op.tier}, limits::sweep_rows);
    });
    if (!ids) return fail(ids.error());
    if (session.json()) {
        session.print(
            {{"deleted", 0}, {"dry_run", true}, {"would_delete", ids->size()}, {"ids", *ids}});
        return {};
    }
    for (const std::string& id : *ids) session.line(id);
    session.line(fmt::format("would forget {}", count_line(ids->size(), "of these")));
    return {};
}

Result<> run_forget(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    const auto op = forget_from_json(args.fields(), *caller);
    if (!op) return fail(op.error());
    if (args.has("dry-run")) return would_forget(session, *op);
    const auto forgotten = commit_sweep(session, *op);
    if (!forgotten) return fail(forgotten.error());
    session.answer({{"deleted", *forgotten}}, fmt::format("forgot {} memories", *forgotten));
    return {};
}

Result<> run_gc(Session& session, const Args&) {
    const auto expired = commit_sweep(session, ExpireMemories{});
    if (!expired) return fail(expired.error());
    session.answer({{"expired_deleted", *expired}}, fmt::format("expired_deleted: {}", *expired));
    return {};
}

Result<> run_consolidate(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    auto op = consolidate_from_json(args.fields(), *caller);
    if (!op) return fail(op.error());
    const auto done = commit(session, std::move(*op));
    if (!done) return fail(done.error());
    if (const auto& made = *done)
        session.answer({{"id", made->id}, {"consolidated", made->affected}},
                       fmt::format("consolidated {} memories into: {}", made->affected, made->id));
    return {};
}

}  // namespace

const Command kForget{
    .name = "forget",
    .summary = "Archive every memory that fits",
    .details = "What is given must all fit, and something must be given.",
    .examples = R"(  ai-memory forget -n acme/old
  ai-memory forget -p "staging login" --dry-run
)",
    .args = kForgetArgs,
    .run = run_forget,
};

const Command kGc{
    .name = "gc",
    .summary = "Archive what has expired",
    .examples = R"(  ai-memory gc
  ai-memory gc --json
)",
    .run = run_gc,
};

const Command kConsolidate{
    .name = "consolidate",
    .summary = "Put one memory in place of several, which go to the archive",
    .examples =
        R"(  ai-memory consolidate 1a2b3c4d,5e6f7a8b -T "Deploys" -s "Tuesdays; never on Fridays."
)",
    .args = kConsolidateArgs,
    .run = run_consolidate,
};

}  // namespace aimem::cli
