#include "store/model/limits.h"
#include "store/store.h"

#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/listing.h"
#include "integrations/cli/session.h"
#include <array>

namespace aimem::cli {
namespace {

constexpr std::array kListArgs{
    Arg{"-n,--namespace", Kind::text, Need::optional, "NS", "Only in this namespace"},
    Arg{"-t,--tier", Kind::text, Need::optional, "TIER", "Only short, mid or long"},
    Arg{"--limit", Kind::integer, Need::optional, "N", "At most N; default 20, at most 1000"},
    Arg{"--offset", Kind::integer, Need::optional, "N", "Leave out the first N"},
    Arg{"--since", Kind::text, Need::optional, "TIME",
        "Only those made at or after this RFC 3339 time"},
    Arg{"--until", Kind::text, Need::optional, "TIME", "Only those made at or before it"},
    Arg{"--tags", Kind::text, Need::optional, "TAG", "Only those with this tag"},
    Arg{"--agent-id", Kind::text, Need::optional, "ID", "Only what this agent wrote"},
};

Result<> run_list(Session& session, const Args& args) {
    ListQuery query;
    auto filter = filter_of(args, TierFilter::yes);
    if (!filter) return fail(filter.error());
    query.filter = std::move(*filter);
    const auto limit = limit_of(args, query.limit, limits::list_rows);
    if (!limit) return fail(limit.error());
    query.limit = *limit;
    const auto offset = args.size("offset");
    if (!offset) return fail(offset.error());
    query.offset = offset->value_or(0);
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto found = (*store)->list(query);
    if (!found) return fail(found.error());
    show_memories(session, *found, {.json_key = "memories", .done = "listed"});
    return {};
}

}  // namespace

const Command kList{
    .name = "list",
    .summary = "List memories, the most important first",
    .examples = R"(  ai-memory list
  ai-memory list -n acme/api -t long --limit 100 --offset 100
  ai-memory list --tags deploy --since 2026-01-01T00:00:00Z --json
)",
    .args = kListArgs,
    .run = run_list,
};

}  // namespace aimem::cli
