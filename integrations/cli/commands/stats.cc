#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/render.h"
#include "integrations/cli/session.h"

namespace aimem::cli {
namespace {

using nlohmann::json;

json counts(const std::vector<Counted>& rows, const char* name) {
    json out = json::array();
    for (const Counted& row : rows) out.push_back({{name, row.name}, {"count", row.count}});
    return out;
}

void show(Session& session, const Stats& stats) {
    session.line(fmt::format("total: {}", stats.total));
    for (const Counted& row : stats.by_tier)
        session.line(fmt::format("  tier {}: {}", row.name, row.count));
    for (const Counted& row : stats.by_namespace)
        session.line(fmt::format("  namespace {}: {}", one_line(row.name), row.count));
    session.line(fmt::format("expiring_soon: {}", stats.expiring_soon));
    session.line(fmt::format("links_count: {}", stats.links_count));
    session.line(fmt::format("archived_total: {}", stats.archived_total));
    session.line(fmt::format("db_size_bytes: {}", stats.db_size_bytes));
}

Result<> run_stats(Session& session, const Args& /*args*/) {
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto stats = (*store)->stats();
    if (!stats) return fail(stats.error());
    if (!session.json()) {
        show(session, *stats);
        return {};
    }
    session.print({{"total", stats->total},
                   {"by_tier", counts(stats->by_tier, "tier")},
                   {"by_namespace", counts(stats->by_namespace, "namespace")},
                   {"expiring_soon", stats->expiring_soon},
                   {"links_count", stats->links_count},
                   {"archived_total", stats->archived_total},
                   {"db_size_bytes", stats->db_size_bytes}});
    return {};
}

}  // namespace

const Command kStats{
    .name = "stats",
    .summary = "Count what is there",
    .examples = R"(  ai-memory stats
  ai-memory stats --json | jq .total
)",
    .run = run_stats,
};

}  // namespace aimem::cli
