#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/session.h"

namespace aimem::cli {
namespace {

Result<> run_digest(Session& session, const Args& /*args*/) {
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto digest = (*store)->digest();
    if (!digest) return fail(digest.error());
    const std::string sum = fmt::format("{:016x}", digest->sum);
    session.answer({{"digest", sum}, {"count", digest->count}},
                   fmt::format("{} ({} registers)", sum, digest->count));
    return {};
}

}  // namespace

const Command kDigest{
    .name = "digest",
    .summary = "Print one number for all that is replicated",
    .details = "Two files with the same digest hold the same memories, links and tombstones.",
    .examples = R"(  ai-memory digest
  ai-memory digest --db other.db --json
)",
    .run = run_digest,
};

}  // namespace aimem::cli
