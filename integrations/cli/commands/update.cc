#include "store/model/json.h"
#include "store/ops/intake.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/content.h"
#include "integrations/cli/render.h"
#include "integrations/cli/session.h"
#include <array>

namespace aimem::cli {
namespace {

constexpr std::array kUpdateArgs{
    Arg{"id", Kind::text, Need::required, "ID", "Its id, or the beginning of it"},
    Arg{"-T,--title", Kind::text, Need::optional, "TITLE", "A new title"},
    Arg{"-c,--content", Kind::text, Need::optional, "TEXT", "New content; - reads it from stdin"},
    Arg{"-t,--tier", Kind::text, Need::optional, "TIER",
        "short, mid or long; may be lower than before"},
    Arg{"-n,--namespace", Kind::text, Need::optional, "NS", "Moves it to this namespace"},
    Arg{"--tags", Kind::list, Need::optional, "A,B", "The tags from now on; \"\" removes all"},
    Arg{"-p,--priority", Kind::integer, Need::optional, "1-10", "10 is the most important"},
    Arg{"--confidence", Kind::number, Need::optional, "0-1", "How sure it is"},
    Arg{"--expires-at", Kind::text, Need::optional, "TIME", "RFC 3339; \"\" clears the expiry"},
};

Result<> run_update(Session& session, const Args& args) {
    nlohmann::json fields = args.fields();
    fields.erase("id");
    if (fields.empty())
        return fail(Errc::invalid_argument, "nothing to change: give at least one option");
    if (auto ok = replace_by_stdin(fields); !ok) return ok;
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    auto op = update_from_json(args.text("id").value_or(""), fields, *caller);
    if (!op) return fail(op.error());
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto done = (*store)->commit(std::move(*op));
    if (!done) return fail(done.error());
    session.answer(to_json(*done->memory),
                   fmt::format("updated: {} [{}]", done->id, one_line(done->memory->title)));
    return {};
}

}  // namespace

const Command kUpdate{
    .name = "update",
    .summary = "Change a memory; what is not given stays",
    .examples = R"(  ai-memory update 1a2b3c4d -c "We deploy on Wednesdays now."
  ai-memory update 1a2b3c4d -t long --tags deploy,rules -p 8
  ai-memory update 1a2b3c4d --expires-at ""
)",
    .args = kUpdateArgs,
    .run = run_update,
};

}  // namespace aimem::cli
