#include "store/ops/intake.h"
#include "store/store.h"

#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/session.h"
#include <array>

namespace aimem::cli {
namespace {

constexpr std::array kDeleteArgs{
    Arg{"id", Kind::text, Need::required, "ID", "Its id, or the beginning of it"},
};

Result<> run_delete(Session& session, const Args& args) {
    const DeleteMemory op{.id = args.text("id").value_or("")};
    if (auto ok = check_op(op); !ok) return ok;
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto done = (*store)->commit(op);
    if (!done) return fail(done.error());
    session.answer({{"deleted", true}, {"id", done->id}}, "deleted: " + done->id);
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
