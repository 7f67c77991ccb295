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

constexpr std::array kLinkArgs{
    Arg{"source-id", Kind::text, Need::required, "SOURCE", "The id of the memory it starts from"},
    Arg{"target-id", Kind::text, Need::required, "TARGET", "The id of the memory it leads to"},
    Arg{"-r,--relation", Kind::text, Need::optional, "RELATION",
        "related_to (the default), supersedes, contradicts or derived_from"},
    Arg{"--valid-from", Kind::text, Need::optional, "TIME", "It holds from then, RFC 3339"},
    Arg{"--valid-until", Kind::text, Need::optional, "TIME", "It holds until then"},
};

Result<> run_link(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    auto op = link_from_arguments(args.fields(), *caller);
    if (!op) return fail(op.error());
    auto store = session.existing();
    if (!store) return fail(store.error());
    const LinkMemories link = *op;
    const auto done = (*store)->commit(std::move(*op));
    if (!done) return fail(done.error());
    session.answer({{"linked", true},
                    {"source_id", link.source_id},
                    {"target_id", link.target_id},
                    {"relation", link.relation},
                    {"existed", done->existed}},
                   fmt::format("{}: {} --[{}]--> {}", done->existed ? "linked already" : "linked",
                               link.source_id, link.relation, link.target_id));
    return {};
}

}  // namespace

const Command kLink{
    .name = "link",
    .summary = "Say how one memory relates to another",
    .examples = R"(  ai-memory link 1a2b3c4d 5e6f7a8b
  ai-memory link 1a2b3c4d 5e6f7a8b -r supersedes
)",
    .args = kLinkArgs,
    .run = run_link,
};

}  // namespace aimem::cli
