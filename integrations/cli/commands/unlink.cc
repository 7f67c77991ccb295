#include "store/ops/intake.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/session.h"
#include <array>

namespace aimem::cli {
namespace {

constexpr std::array kUnlinkArgs{
    Arg{"source-id", Kind::text, Need::required, "SOURCE", "The id of the memory it starts from"},
    Arg{"target-id", Kind::text, Need::required, "TARGET", "The id of the memory it leads to"},
    Arg{"-r,--relation", Kind::text, Need::optional, "RELATION",
        "Only this one; otherwise every one"},
};

Result<> run_unlink(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    auto op = unlink_from_arguments(args.fields(), *caller);
    if (!op) return fail(op.error());
    auto store = session.existing();
    if (!store) return fail(store.error());
    const UnlinkMemories pair = *op;
    const auto done = (*store)->commit(std::move(*op));
    if (!done) return fail(done.error());
    if (done->affected == 0)
        return fail(Errc::not_found,
                    fmt::format("no such link from {} to {}", pair.source_id, pair.target_id));
    session.answer({{"deleted", true}, {"count", done->affected}},
                   fmt::format("unlinked: {} from {} ({} removed)", pair.source_id, pair.target_id,
                               done->affected));
    return {};
}

}  // namespace

const Command kUnlink{
    .name = "unlink",
    .summary = "Remove links from one memory to another",
    .examples = R"(  ai-memory unlink 1a2b3c4d 5e6f7a8b
  ai-memory unlink 1a2b3c4d 5e6f7a8b -r contradicts
)",
    .args = kUnlinkArgs,
    .run = run_unlink,
};

}  // namespace aimem::cli
