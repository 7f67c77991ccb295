#include "store/ops/intake.h"
#include "store/store.h"

#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/session.h"
#include "integrations/cli/writing.h"
#include <array>

namespace aimem::cli {
namespace {

constexpr std::array kDeleteArgs{
    Arg{"id", Kind::text, Need::required, "ID", "Its id, or the beginning of it"},
};

Result<> run_delete(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    DeleteMemory op{args.text("id").value_or(""), caller->agent_id};
    if (auto ok = check_op(op); !ok) return ok;
    const auto done = commit(session, std::move(op));
    if (!done) return fail(done.error());
    if (const auto& gone = *done)
        session.answer({{"deleted", true}, {"id", gone->id}}, "deleted: " + gone->id);
    return {};
}

}  // namespace

const Command kDelete{
    .name = "delete",
    .summary = "Remove a memory for good, here and on every peer",
    .details = "To put it out of sight and keep it, archive it instead.",
    .examples = R"(  ai-memory delete 1a2b3c4d
  ai-memory delete 1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d --json
)",
    .args = kDeleteArgs,
    .run = run_delete,
};

}  // namespace aimem::cli
