#include "store/query/row_filter.h"

#include "store/base/time_text.h"
#include "store/log/memory_rows.h"
#include "store/model/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace aimem::query {
namespace {

enum Column : int {
    tier,
    ns,
    priority,
    updated_at,
    expires_at,
    access_count,
    confidence,
    created_at,
    tags,
    metadata
};

Result<std::optional<std::string>> bound(const char* field, const std::optional<std::string>& given,
                                         std::optional<std::string> (*as_text)(std::string_view)) {
    if (!given) return std::optional<std::string>{};
    auto text = as_text(*given);
    if (text) return text;
    return fail(
        Errc::invalid_argument,
        fmt::format("{} must be an RFC 3339 timestamp such as 2026-05-01T10:00:00+00:00", field));
}

// By scope; and messages of one's own, and who there is, whose scope does not matter.
Expression seen_by(const Viewer& viewer) {
    if (!viewer.position) return {};
    std::vector<Expression> seen{of_scope("collective"), in_namespaces({"_agents"})};
    if (!viewer.agent_id.empty()) {
        seen.push_back(in_namespaces({"_messages/" + viewer.agent_id}));
        seen.push_back(of_agent(viewer.agent_id));
    }
    const auto above = with_ancestors(*viewer.position);
    if (!above.empty())
        seen.push_back(all_of({of_scope("private"), in_namespaces({above.front()})}));
    constexpr const char* by_level[] = {"", "team", "unit", "org"};
    for (std::size_t level = 1; level < std::size(by_level) && level < above.size(); ++level)
        seen.push_back(of_scope(by_level[level]));
    return any_of(seen);
}

}  // namespace

std::optional<std::string> latest_text(std::string_view time) {
    const auto ns = parse_time(time);
    return ns ? std::optional<std::string>(time_text(*ns)) : std::nullopt;
}

std::optional<std::string> earliest_text(std::string_view time) {
    auto text = latest_text(time);
    if (!text) return text;
    // "...:00.120000000+00:00": three zeros at a time, and the dot, are left out by 0.6.3.
    constexpr std::string_view zeros = "000";
    const std::size_t dot = text->find('.');
    std::size_t end = text->find('+');
    while (end > dot + 1 && text->compare(end - 3, 3, zeros) == 0) {
        text->erase(end - 3, 3);
        end -= 3;
    }
    if (end == dot + 1) text->erase(dot, 1);
    return text;
}

Result<RowFilter> RowFilter::make(const Filter& filter, Namespaces namespaces,
                                  std::int64_t now_ns) {
    RowFilter out;
    auto since = bound("since", filter.since, earliest_text);
    if (!since) return fail(since.error());
    auto until = bound("until", filter.until, latest_text);
    if (!until) return fail(until.error());
    out.since_ = *std::move(since);
    out.until_ = *std::move(until);
    out.filter_ = filter;
    out.now_ = time_text(now_ns);
    if (filter.ns) out.namespaces_ = {*filter.ns};
    out.hides_internal_ = !filter.ns && namespaces == Namespaces::with_ancestors;
    if (filter.ns && namespaces == Namespaces::with_ancestors)
        out.namespaces_ = with_ancestors(*filter.ns);
    if (current_viewer().position) out.sight_.emplace(current_viewer());
    return out;
}

Expression RowFilter::facets() const {
    std::vector<Expression> parts;
    if (!namespaces_.empty()) parts.push_back(in_namespaces(namespaces_));
    if (filter_.tier) parts.push_back(of_tier(*filter_.tier));
    if (filter_.tag) parts.push_back(of_tag(*filter_.tag));
    if (filter_.agent_id) parts.push_back(of_agent(*filter_.agent_id));
    if (sight_) parts.push_back(in_sight());
    return all_of(parts);
}

bool RowFilter::has_facets_beyond_rank_index() const noexcept {
    return filter_.tag.has_value() || filter_.agent_id.has_value() || sight_.has_value();
}

bool RowFilter::passes(const sqlite::Statement::Cursor& row) const {
    if (!row.is_null(Column::expires_at) && row.text(Column::expires_at) <= now_) return false;
    if (!namespaces_.empty() && std::find(namespaces_.begin(), namespaces_.end(),
                                          row.text(Column::ns)) == namespaces_.end())
        return false;
    if (hides_internal_ && row.text(Column::ns).starts_with('_')) return false;
    if (filter_.tier && row.text(Column::tier) != to_string(*filter_.tier)) return false;
    if (filter_.min_priority && row.int64(Column::priority) < *filter_.min_priority) return false;
    return passes_details(row);
}

bool RowFilter::passes_details(const sqlite::Statement::Cursor& row) const {
    if (since_ && row.text(Column::created_at) < *since_) return false;
    if (until_ && row.text(Column::created_at) > *until_) return false;
    if (filter_.tag) {
        const auto all = tags_from_text(row.text(Column::tags));
        if (std::find(all.begin(), all.end(), *filter_.tag) == all.end()) return false;
    }
    if (filter_.agent_id &&
        metadata_text(row.text(Column::metadata), "agent_id") != *filter_.agent_id)
        return false;
    return !sight_ || sight_->sees_row(row.text(Column::ns), row.text(Column::metadata));
}

Expression in_sight() {
    return seen_by(current_viewer());
}

Features features_of(const sqlite::Statement::Cursor& row) {
    return {.relevance = 0.0,
            .priority = row.int64(Column::priority),
            .access_count = row.int64(Column::access_count),
            .confidence = row.real(Column::confidence),
            .tier = tier_from(row.text(Column::tier)).value_or(Tier::mid),
            .updated_ns = parse_time(row.text(Column::updated_at)).value_or(0)};
}

Memory memory_at(sqlite::Database& db, std::int64_t rowid) {
    auto row = db.sql("SELECT " AIMEM_MEMORY_COLUMNS " FROM memories WHERE rowid = ?1").bind(rowid);
    return row.step() ? row_to_memory(row) : Memory{};
}

}  // namespace aimem::query
