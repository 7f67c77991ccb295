#include "store/ops/intake.h"
#include "store/store.h"

#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/session.h"
#include <array>

namespace aimem::cli {
namespace {

constexpr std::array kPromoteArgs{
    Arg{"id", Kind::text, Need::required, "ID", "Its id, or the beginning of it"},
};

Result<> run_promote(Session& session, const Args& args) {
    const PromoteMemory op{.id = args.text("id").value_or("")};
    if (auto ok = check_op(op); !ok) return ok;
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto done = (*store)->commit(op);
    if (!done) return fail(done.error());
    session.answer({{"promoted", true}, {"id", done->id}, {"tier", to_string(done->memory->tier)}},
                   "promoted to long-term: " + done->id);
    return {};
}

}  // namespace

const Command kPromote{
    .name = "promote",
    .summary = "Keep a memory for good: long tier, no expiry",
    .examples = R"(  ai-memory promote 1a2b3c4d
  ai-memory promote 1a2b3c4d --json
)",
    .args = kPromoteArgs,
    .run = run_promote,
};

}  // namespace aimem::cli
