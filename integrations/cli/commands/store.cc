#include "store/store.h"

#include "store/model/json.h"
#include "store/ops/intake.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/content.h"
#include "integrations/cli/session.h"
#include "integrations/cli/writing.h"
#include <array>

namespace aimem::cli {
namespace {

constexpr std::array kStoreArgs{
    Arg{"-T,--title", Kind::text, Need::required, "TITLE",
        "What it is about; the same title in the same namespace is the same memory"},
    Arg{"-c,--content", Kind::text, Need::required, "TEXT",
        "The memory itself; - reads it from stdin"},
    Arg{"-t,--tier", Kind::text, Need::optional, "TIER",
        "How long it lives: short (6 hours), mid (7 days, the default), long (for good)"},
    Arg{"-n,--namespace", Kind::text, Need::optional, "NS",
        "Where it belongs, e.g. acme/web; without it: global"},
    Arg{"--tags", Kind::list, Need::optional, "A,B", "Tags, separated by commas"},
    Arg{"-p,--priority", Kind::integer, Need::optional, "1-10",
        "10 is the most important; default 5"},
    Arg{"--confidence", Kind::number, Need::optional, "0-1", "How sure it is; default 1.0"},
    Arg{"-S,--source", Kind::text, Need::optional, "SOURCE", "Where it comes from; default cli"},
    Arg{"--expires-at", Kind::text, Need::optional, "TIME", "RFC 3339, e.g. 2027-01-31T12:00:00Z"},
    Arg{"--ttl-secs", Kind::integer, Need::optional, "N", "Expires after N seconds"},
    Arg{"--scope", Kind::text, Need::optional, "SCOPE",
        "Who may see it: private, team, unit, org, collective"},
};

Result<> run_store(Session& session, const Args& args) {
    nlohmann::json fields = args.fields();
    if (auto ok = replace_by_stdin(fields); !ok) return ok;
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    auto op = store_from_json(fields, *caller);
    if (!op) return fail(op.error());
    op->find_similar = true;
    auto store = session.or_new();
    if (!store) return fail(store.error());
    const auto done = (*store)->commit(std::move(*op));
    if (!done) return fail(done.error());
    if (answer_queued(session, *done)) return {};

    const Memory& memory = *done->memory;
    const auto& similar = done->similar;
    nlohmann::json out = to_json(memory);
    if (!similar.empty()) {
        out["potential_contradictions"] = similar;
        if (!session.json())
            Session::notice(fmt::format("note: {} with a similar title in this namespace",
                                        similar.size() == 1 ? "another memory" : "other memories"));
    }
    session.answer(
        out, fmt::format("stored: {} [{}] (ns={})", done->id, to_string(memory.tier), memory.ns));
    return {};
}

}  // namespace

const Command kStore{
    .name = "store",
    .summary = "Keep a memory, or renew the one with this title",
    .details =
        "A title that the namespace has already is updated: what is given replaces, the tier\n"
        "only rises, its life begins anew.",
    .examples = R"(  ai-memory store -T "Deploy day" -c "We deploy on Tuesdays, never on Fridays."
  ai-memory store -T "API limits" -c "100 requests a minute" -t long -n acme/api --tags api,limits
  git log -1 --format=%B | ai-memory store -T "Last commit" -c - --ttl-secs 3600
)",
    .args = kStoreArgs,
    .run = run_store,
};

}  // namespace aimem::cli
