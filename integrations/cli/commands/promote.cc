#include "store/ops/intake.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/session.h"
#include "integrations/cli/writing.h"
#include <array>

namespace aimem::cli {
namespace {

constexpr std::array kPromoteArgs{
    Arg{"id", Kind::text, Need::required, "ID", "Its id, or the beginning of it"},
    Arg{"--to-namespace", Kind::text, Need::optional, "NS",
        "Makes a copy in this namespace, which lies above its own, instead"},
};

Result<> run_promote(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    nlohmann::json fields = args.fields();
    fields.erase("id");
    auto op = promote_from_json(args.text("id").value_or(""), fields, *caller);
    if (!op) return fail(op.error());
    const PromoteMemory asked = *op;
    const auto done = commit(session, std::move(*op));
    if (!done) return fail(done.error());
    if (!*done) return {};
    const Committed& made = **done;
    if (!asked.to_namespace) {
        session.answer(
            {{"promoted", true}, {"id", made.id}, {"tier", to_string(made.memory->tier)}},
            "promoted to long-term: " + made.id);
        return {};
    }
    session.answer(
        {{"promoted", true},
         {"mode", "vertical"},
         {"source_id", asked.id},
         {"clone_id", made.id},
         {"to_namespace", *asked.to_namespace}},
        fmt::format("promoted (vertical): {} to {} in {}", asked.id, made.id, *asked.to_namespace));
    return {};
}

}  // namespace

const Command kPromote{
    .name = "promote",
    .summary = "Keep a memory for good: long tier, no expiry",
    .examples = R"(  ai-memory promote 1a2b3c4d
  ai-memory promote 1a2b3c4d --to-namespace acme --json
)",
    .args = kPromoteArgs,
    .run = run_promote,
};

}  // namespace aimem::cli
