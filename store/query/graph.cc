#include "store/query/graph.h"

#include "store/base/time_text.h"
#include "store/log/names.h"
#include "store/model/limits.h"
#include "store/model/validate.h"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_set>

namespace aimem::query {
namespace {

struct Rules {
    std::optional<std::string> valid_at{};
    const std::optional<std::vector<std::string>>* agents = nullptr;
};

bool passes(const Link& link, const Rules& rules) {
    if (rules.valid_at) {
        if (!link.valid_from || *link.valid_from > *rules.valid_at) return false;
        if (link.valid_until && *link.valid_until <= *rules.valid_at) return false;
    }
    if (!*rules.agents) return true;
    return link.observed_by && std::find((*rules.agents)->begin(), (*rules.agents)->end(),
                                         *link.observed_by) != (*rules.agents)->end();
}

// Links out of one memory with what is shown of their targets, oldest first.
std::vector<GraphStep> hops(sqlite::Database& db, const std::string& from, std::size_t rows_max) {
    std::vector<GraphStep> out;
    for (auto row = db.sql("SELECT l.target_id, l.relation, l.created_at, l.valid_from, "
                           "l.valid_until, l.observed_by, l.closed_by, l.closed_at, m.title, "
                           "m.namespace FROM memory_links l "
                           "JOIN memories m ON m.id = l.target_id WHERE l.source_id = ?1 "
                           "ORDER BY coalesce(l.valid_from, l.created_at), l.created_at LIMIT ?2")
                        .bind(from, static_cast<std::int64_t>(rows_max));
         row.step();) {
        GraphStep step;
        step.link = {from,
                     row.string(0),
                     row.string(1),
                     row.string(2),
                     row.maybe_text(3),
                     row.maybe_text(4),
                     row.maybe_text(5),
                     row.maybe_text(6),
                     row.maybe_text(7)};
        step.title = row.string(8);
        step.target_namespace = row.string(9);
        out.push_back(std::move(step));
    }
    return out;
}

Result<std::size_t> clamped(std::size_t limit) {
    return std::clamp<std::size_t>(limit, 1, limits::graph_rows);
}

}  // namespace

Result<std::vector<GraphStep>> graph(sqlite::Database& db, const GraphQuery& query) {
    if (auto ok = check_id("source_id", query.source_id); !ok) return fail(ok.error());
    if (query.max_depth < 1 || query.max_depth > limits::graph_depth)
        return fail(Errc::invalid_argument,
                    fmt::format("max_depth must be from 1 to {}", limits::graph_depth));
    Rules rules{std::nullopt, &query.allowed_agents};
    if (query.valid_at) {
        if (auto ok = check_time("valid_at", *query.valid_at); !ok) return fail(ok.error());
        rules.valid_at = normal_time(*query.valid_at);
    }
    if (query.allowed_agents)
        for (const std::string& agent : *query.allowed_agents)
            if (auto ok = check_agent_id("allowed_agents", agent); !ok) return fail(ok.error());
    const std::size_t limit = *clamped(query.limit);
    const sqlite::ReadTransaction view(db);
    std::vector<GraphStep> out;
    const auto source = visible_id(db, query.source_id);
    if (!source) return out;
    std::unordered_set<std::string> met{*source};
    std::vector<std::pair<std::string, std::string>> frontier{{*source, *source}};  // id, path
    for (std::size_t depth = 1; depth <= query.max_depth && !frontier.empty(); ++depth) {
        std::vector<GraphStep> level;
        std::vector<std::pair<std::string, std::string>> next;
        std::unordered_set<std::string> now;
        for (const auto& [id, path] : frontier)
            for (GraphStep& step : hops(db, id, limits::graph_rows)) {
                const std::string target = step.link.target_id;
                if (met.contains(target) || !passes(step.link, rules)) continue;
                step.depth = depth;
                step.path = fmt::format("{}->{}", path, target);
                if (now.insert(target).second) next.emplace_back(target, step.path);
                level.push_back(std::move(step));
            }
        met.merge(now);
        std::stable_sort(level.begin(), level.end(), [](const GraphStep& x, const GraphStep& y) {
            return x.link.valid_from.value_or(x.link.created_at) <
                   y.link.valid_from.value_or(y.link.created_at);
        });
        for (GraphStep& step : level) {
            if (out.size() == limit) return out;
            out.push_back(std::move(step));
        }
        frontier = std::move(next);
    }
    return out;
}

Result<std::vector<GraphStep>> timeline(sqlite::Database& db, const TimelineQuery& query) {
    if (auto ok = check_id("source_id", query.source_id); !ok) return fail(ok.error());
    for (const auto& [name, time] : {std::pair("since", &query.since), {"until", &query.until}})
        if (*time)
            if (auto ok = check_time(name, **time); !ok) return fail(ok.error());
    const sqlite::ReadTransaction view(db);
    std::vector<GraphStep> out;
    const auto source = visible_id(db, query.source_id);
    if (!source) return out;
    const std::string since = query.since ? normal_time(*query.since) : std::string();
    const std::string until = query.until ? normal_time(*query.until) : std::string("~");
    for (GraphStep& step : hops(db, *source, SIZE_MAX >> 1)) {
        if (!step.link.valid_from || *step.link.valid_from < since || *step.link.valid_from > until)
            continue;
        if (out.size() == *clamped(query.limit)) break;
        step.path = *source + "->" + step.link.target_id;
        out.push_back(std::move(step));
    }
    return out;
}

}  // namespace aimem::query
