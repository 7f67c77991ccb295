#include "store/base/text.h"
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

constexpr std::array kSearchArgs{
    Arg{"query", Kind::text, Need::required, "WORDS", "Every word must be there"},
    Arg{"-n,--namespace", Kind::text, Need::optional, "NS", "Only in this namespace"},
    Arg{"-t,--tier", Kind::text, Need::optional, "TIER", "Only short, mid or long"},
    Arg{"--limit", Kind::integer, Need::optional, "N", "At most N; default 20, at most 1000"},
    Arg{"--since", Kind::text, Need::optional, "TIME",
        "Only those made at or after this RFC 3339 time"},
    Arg{"--until", Kind::text, Need::optional, "TIME", "Only those made at or before it"},
    Arg{"--tags", Kind::text, Need::optional, "TAG", "Only those with this tag"},
    Arg{"--agent-id", Kind::text, Need::optional, "ID", "Only what this agent wrote"},
};

Result<> run_search(Session& session, const Args& args) {
    SearchQuery query;
    query.query = args.text("query").value_or("");
    if (trim(query.query).empty()) return fail(Errc::invalid_argument, "query cannot be empty");
    auto filter = filter_of(args, TierFilter::yes);
    if (!filter) return fail(filter.error());
    query.filter = std::move(*filter);
    const auto limit = limit_of(args, query.limit, limits::list_rows);
    if (!limit) return fail(limit.error());
    query.limit = *limit;
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto found = (*store)->search(query);
    if (!found) return fail(found.error());
    show_memories(session, *found, {.json_key = "results", .done = "found"});
    return {};
}

}  // namespace

const Command kSearch{
    .name = "search",
    .summary = "Find the memories that hold all of some words",
    .examples = R"(  ai-memory search "deploy friday"
  ai-memory search limits -n acme/api -t long --json
)",
    .args = kSearchArgs,
    .run = run_search,
};

}  // namespace aimem::cli
