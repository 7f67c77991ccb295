#include "store/query/recall.h"

#include "store/base/text.h"
#include "store/base/time_text.h"
#include "store/model/limits.h"
#include "store/query/match.h"
#include "store/query/row_filter.h"
#include "store/query/score.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

namespace aimem::query {
namespace {

constexpr std::size_t kCandidates = 800;  // rows looked at
constexpr std::size_t kMostUsed = 500;    // rows whose use is known without reading them
constexpr double kMostOfTheRest =
    3.0 + 1e-9;  // confidence 2, just updated 1, and what rounding does

struct Ranked {
    double score = 0.0;
    std::int64_t rowid = 0;

    // Best first; of equals the newest.
    friend bool operator>(const Ranked& a, const Ranked& b) {
        return a.score != b.score ? a.score > b.score : a.rowid > b.rowid;
    }
};

// What their use can add to the scores of rows, by the index of those used most.
class UseBonus {
public:
    explicit UseBonus(sqlite::Database& db) {
        for (auto row = db.sql("SELECT rowid, access_count FROM main.memories INDEXED BY "
                               "idx_memories_used WHERE access_count > 0 "
                               "ORDER BY access_count DESC LIMIT ?1")
                            .bind(static_cast<std::int64_t>(kMostUsed));
             row.step();)
            rows_.emplace_back(row.int64(0), use_bonus(row.int64(1)));
        if (rows_.size() == kMostUsed) others_ = rows_.back().second;
        std::sort(rows_.begin(), rows_.end());
    }

    double at_most(std::int64_t rowid) const {
        const auto found = std::lower_bound(rows_.begin(), rows_.end(), std::pair(rowid, 0.0));
        return found != rows_.end() && found->first == rowid ? found->second : others_;
    }

private:
    std::vector<std::pair<std::int64_t, double>> rows_{};
    double others_ = 0.0;
};

// The `limit` best of the matches, by the score of features that also hold its relevance.
template <typename Score>
std::vector<Ranked> best_of(sqlite::Database& db, std::vector<Match> matches,
                            const RowFilter& filter, std::size_t limit, Score score) {
    const UseBonus use(db);
    for (Match& match : matches) match.weight += use.at_most(match.rowid);
    const auto known = [](const Match& match) {
        return match.relevance + match.weight;
    };
    std::sort(matches.begin(), matches.end(),
              [&](const Match& a, const Match& b) { return known(a) > known(b); });
    std::priority_queue<Ranked, std::vector<Ranked>, std::greater<>> best;  // the worst on top
    for (const Match& match : matches) {
        if (best.size() == limit && known(match) + kMostOfTheRest < best.top().score)
            break;  // nor can any that follows get among the best
        auto row = db.sql("SELECT " AIMEM_RANKED_COLUMNS " FROM memories WHERE rowid = ?1")
                       .bind(match.rowid);
        if (!row.step() || !filter.passes(row)) continue;
        Features features = features_of(row);
        features.relevance = match.relevance;
        best.push({score(features, row.text(1)), match.rowid});
        if (best.size() > limit) best.pop();
    }
    std::vector<Ranked> out;
    for (; !best.empty(); best.pop()) out.push_back(best.top());
    std::reverse(out.begin(), out.end());
    return out;
}

}  // namespace

Result<RecallAnswer> recall(sqlite::Database& db, const RecallQuery& query, std::int64_t now_ns) {
    if (trim(query.context).empty()) return fail(Errc::invalid_argument, "context cannot be empty");
    if (query.budget_tokens && *query.budget_tokens == 0)
        return fail(Errc::invalid_argument, "budget_tokens must be at least 1");
    const auto filter =
        RowFilter::make(query.filter, RowFilter::Namespaces::with_ancestors, now_ns);
    if (!filter) return fail(filter.error());
    const std::size_t limit = std::min(query.limit, limits::recall_rows);
    RecallAnswer answer;
    if (limit == 0) return answer;

    const sqlite::ReadTransaction view(db);
    auto matches = best_matches(db, {.terms = query_terms(query.context),
                                     .need = Need::any_word,
                                     .narrowed = filter->facets(),
                                     .rows_max = kCandidates});
    const std::string asked = query.filter.ns.value_or("");
    const auto ranked = best_of(db, std::move(matches), *filter, limit,
                                [&](const Features& features, std::string_view ns) {
                                    const double near = asked.empty() ? 1.0 : proximity(asked, ns);
                                    return recall_score(features, now_ns) * near;
                                });
    for (const Ranked& hit : ranked) answer.hits.push_back({memory_at(db, hit.rowid), hit.score});
    answer.tokens_used = keep_within_budget(answer.hits, query.budget_tokens);
    return answer;
}

Result<std::vector<Memory>> search(sqlite::Database& db, const SearchQuery& query,
                                   std::int64_t now_ns) {
    if (trim(query.query).empty()) return fail(Errc::invalid_argument, "query cannot be empty");
    const auto filter = RowFilter::make(query.filter, RowFilter::Namespaces::exact, now_ns);
    if (!filter) return fail(filter.error());
    const std::size_t limit = std::min(query.limit, limits::list_rows);
    std::vector<Memory> out;
    if (limit == 0) return out;

    const sqlite::ReadTransaction view(db);
    auto matches = best_matches(db, {.terms = query_terms(query.query),
                                     .need = Need::every_word,
                                     .narrowed = filter->facets(),
                                     .rows_max = std::max(kCandidates, 2 * limit)});
    const auto ranked = best_of(db, std::move(matches), *filter, limit,
                                [now_ns](const Features& features, std::string_view) {
                                    return search_score(features, now_ns);
                                });
    for (const Ranked& hit : ranked) out.push_back(memory_at(db, hit.rowid));
    return out;
}

}  // namespace aimem::query
