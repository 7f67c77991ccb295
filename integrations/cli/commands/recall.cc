#include "store/base/clock.h"
#include "store/base/text.h"
#include "store/model/json.h"
#include "store/model/limits.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/render.h"
#include "integrations/cli/session.h"
#include "integrations/cli/tiers.h"
#include <array>
#include <cmath>

namespace aimem::cli {
namespace {

using nlohmann::json;

constexpr std::array kRecallArgs{
    Arg{"context", Kind::text, Need::required, "TEXT", "What you are about to do, in plain words"},
    Arg{"-n,--namespace", Kind::text, Need::optional, "NS",
        "Only there and in the namespaces above it"},
    Arg{"--limit", Kind::integer, Need::optional, "N",
        "At most N memories; default 10, at most 50"},
    Arg{"--tags", Kind::text, Need::optional, "TAG", "Only those with this tag"},
    Arg{"--since", Kind::text, Need::optional, "TIME",
        "Only those made at or after this RFC 3339 time"},
    Arg{"--until", Kind::text, Need::optional, "TIME", "Only those made at or before it"},
    Arg{"-T,--tier", Kind::text, Need::optional, "FEATURES", kFeatureTierHelp},
    Arg{"--budget-tokens", Kind::integer, Need::optional, "N",
        "Stop before N tokens (4 bytes each) of title and content"},
};

Result<RecallQuery> query_of(const Args& args) {
    RecallQuery query;
    query.context = args.text("context").value_or("");
    if (trim(query.context).empty()) return fail(Errc::invalid_argument, "context cannot be empty");
    if (auto ok = check_feature_tier(args); !ok) return fail(ok.error());
    // -T is another tier than that of a memory, so it must not become a filter.
    Result<Filter> filter = filter_of(args, TierFilter::no);
    if (!filter) return fail(filter.error());
    query.filter = std::move(*filter);
    const auto limit = limit_of(args, query.limit, limits::recall_rows);
    if (!limit) return fail(limit.error());
    query.limit = *limit;
    const auto budget = args.size("budget-tokens");
    if (!budget) return fail(budget.error());
    if (*budget && **budget == 0)
        return fail(Errc::invalid_argument, "budget_tokens must be at least 1");
    query.budget_tokens = *budget;
    return query;
}

json answer_of(const RecallAnswer& found, const RecallQuery& query) {
    json memories = json::array();
    for (const Hit& hit : found.hits) {
        json memory = to_json(hit.memory);
        memory["score"] = std::round(hit.score * 1000.0) / 1000.0;
        memories.push_back(std::move(memory));
    }
    json out{{"memories", std::move(memories)},
             {"count", found.hits.size()},
             {"mode", found.mode},
             {"tokens_used", found.tokens_used}};
    if (query.budget_tokens) out["budget_tokens"] = *query.budget_tokens;
    return out;
}

void show(Session& session, const RecallAnswer& found) {
    if (found.hits.empty()) return Session::notice("nothing recalled");
    const std::int64_t now = system_clock().now_ns();
    for (const Hit& hit : found.hits) session.line(card(hit.memory, hit.score, now));
    session.line(count_line(found.hits.size(), fmt::format("recalled [{}]", found.mode)));
}

Result<> run_recall(Session& session, const Args& args) {
    const auto query = query_of(args);
    if (!query) return fail(query.error());
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto found = (*store)->recall(*query);
    if (!found) return fail(found.error());
    if (session.json())
        session.print(answer_of(*found, *query));
    else
        show(session, *found);
    return {};
}

}  // namespace

const Command kRecall{
    .name = "recall",
    .summary = "Find what is known about something, best first",
    .details =
        "Any of the words may match; how often, how recent, how important and how sure\n"
        "a memory is decides its place.",
    .examples = R"(  ai-memory recall "when do we deploy"
  ai-memory recall "rate limits of the API" -n acme/api --limit 3
  ai-memory recall "onboarding" --budget-tokens 800 --json
)",
    .args = kRecallArgs,
    .run = run_recall,
};

}  // namespace aimem::cli
