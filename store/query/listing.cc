#include "store/query/listing.h"

#include "store/base/time_text.h"
#include "store/log/link_rows.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/model/limits.h"
#include "store/query/match.h"
#include "store/query/row_filter.h"
#include "store/query/viewer.h"

#include <algorithm>
#include <compare>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace aimem::query {
namespace {

constexpr std::size_t kSmallSet = 1'000;    // rows that are sorted rather than met on a walk
constexpr std::int64_t kLinksMax = 10'000;  // of one memory
constexpr std::int64_t kSoonSeconds = 3'600;
constexpr int kRankedColumns = 10;

std::int64_t bounded(std::size_t count) {
    return static_cast<std::int64_t>(
        std::min<std::size_t>(count, std::numeric_limits<std::int32_t>::max()));
}

std::int64_t lowest_priority(const Filter& filter) {
    return filter.min_priority ? *filter.min_priority : std::numeric_limits<std::int64_t>::min();
}

// Without tag, author or time: the rank index alone knows which rows are on the page.
std::vector<Memory> page_of_index(sqlite::Database& db, const ListQuery& query,
                                  const std::string& now) {
    std::optional<std::string> tier;
    if (query.filter.tier) tier = to_string(*query.filter.tier);
    std::vector<std::int64_t> rowids;
    const auto read = [&](sqlite::Statement::Cursor row) {
        while (row.step()) rowids.push_back(row.int64(0));
    };
    if (query.filter.ns)
        read(
            db.sql("SELECT rowid FROM memories INDEXED BY idx_memories_ns_rank WHERE namespace = "
                   "?1 AND priority >= ?2 AND (?3 IS NULL OR tier = ?3) AND (expires_at IS NULL "
                   "OR expires_at > ?4) ORDER BY priority DESC, updated_at DESC LIMIT ?5 OFFSET ?6")
                .bind(*query.filter.ns, lowest_priority(query.filter), tier, now,
                      bounded(query.limit), bounded(query.offset)));
    else
        read(db.sql("SELECT rowid FROM memories INDEXED BY idx_memories_rank WHERE priority >= ?1 "
                    "AND (?2 IS NULL OR tier = ?2) AND (expires_at IS NULL OR expires_at > ?3) "
                    "ORDER BY priority DESC, updated_at DESC LIMIT ?4 OFFSET ?5")
                 .bind(lowest_priority(query.filter), tier, now, bounded(query.limit),
                       bounded(query.offset)));
    std::vector<Memory> out;
    out.reserve(rowids.size());
    for (const std::int64_t rowid : rowids) out.push_back(memory_at(db, rowid));
    return out;
}

// Meets the rows in rank order and keeps those that pass, until the page is full.
std::vector<Memory> page_of_walk(sqlite::Database& db, const ListQuery& query,
                                 const RowFilter& filter) {
    std::vector<Memory> out;
    std::size_t skipped = 0;
    const auto read = [&](sqlite::Statement::Cursor row) {
        while (out.size() < query.limit && row.step())
            if (filter.passes(row) && ++skipped > query.offset)
                out.push_back(row_to_memory(row, kRankedColumns));
    };
    if (query.filter.ns)
        read(db.sql("SELECT " AIMEM_RANKED_COLUMNS ", " AIMEM_MEMORY_COLUMNS
                    " FROM memories INDEXED BY idx_memories_ns_rank WHERE namespace = ?1 AND "
                    "priority >= ?2 ORDER BY priority DESC, updated_at DESC")
                 .bind(*query.filter.ns, lowest_priority(query.filter)));
    else
        read(db.sql("SELECT " AIMEM_RANKED_COLUMNS ", " AIMEM_MEMORY_COLUMNS
                    " FROM memories INDEXED BY idx_memories_rank WHERE priority >= ?1 "
                    "ORDER BY priority DESC, updated_at DESC")
                 .bind(lowest_priority(query.filter)));
    return out;
}

// Few rows by rowid: checked, sorted by rank, and one page cut out.
std::vector<Memory> page_of_few(sqlite::Database& db, const ListQuery& query,
                                const RowFilter& filter, const std::vector<std::int64_t>& rowids) {
    struct Place {
        std::int64_t priority;
        std::string updated_at;
        std::string tier;
        std::string expires_at;  // empty: none
        std::int64_t rowid;
        auto operator<=>(const Place&) const = default;
    };
    std::vector<Place> places;
    for (const std::int64_t rowid : rowids) {
        auto row =
            db.sql("SELECT " AIMEM_RANKED_COLUMNS " FROM memories WHERE rowid = ?1").bind(rowid);
        if (row.step() && filter.passes(row))
            places.push_back({row.int64(2), row.string(3), row.string(0), row.string(4), rowid});
    }
    // As the rank index has them, which is read backwards.
    std::sort(places.begin(), places.end(), std::greater<>());
    std::vector<Memory> out;
    for (std::size_t at = query.offset; at < places.size() && out.size() < query.limit; ++at)
        out.push_back(memory_at(db, places[at].rowid));
    return out;
}

std::vector<std::int64_t> rowids_of(sqlite::Statement::Cursor row) {
    std::vector<std::int64_t> out;
    while (row.step()) out.push_back(row.int64(0));
    return out;
}

// The rows that a filter can leave, when an index says that they are few.
std::optional<std::vector<std::int64_t>> few_rows(sqlite::Database& db, const RowFilter& filter) {
    const auto one_more = static_cast<std::int64_t>(kSmallSet + 1);
    if (const Expression facets = filter.facets(); !facets.text.empty()) {
        auto rowids =
            rowids_of(db.sql("SELECT rowid FROM memories_fts WHERE memories_fts MATCH ?1 LIMIT ?2")
                          .bind(facets.text, one_more));
        if (rowids.size() <= kSmallSet) return rowids;
    }
    if (filter.since() || filter.until()) {
        auto rowids = rowids_of(
            db.sql("SELECT rowid FROM memories INDEXED BY idx_memories_created WHERE created_at >= "
                   "?1 AND created_at <= ?2 LIMIT ?3")
                .bind(filter.since().value_or(""), filter.until().value_or("~"), one_more));
        if (rowids.size() <= kSmallSet) return rowids;
    }
    return std::nullopt;
}

std::vector<Counted> counts(sqlite::Statement::Cursor row) {
    std::vector<Counted> out;
    while (row.step()) out.push_back({row.string(0), row.int64(1)});
    return out;
}

std::int64_t single(sqlite::Statement::Cursor row) {
    return row.step() ? row.int64(0) : 0;
}

}  // namespace

Result<Memory> get(sqlite::Database& db, std::string_view id_or_prefix) {
    const auto id = resolve_id(db, id_or_prefix);
    if (!id) return fail(id.error());
    auto memory = live_row(db, *id);
    if (!memory) return fail(Errc::not_found, "memory not found");
    return *std::move(memory);
}

Result<MemoryWithLinks> get_with_links(sqlite::Database& db, std::string_view id_or_prefix) {
    const sqlite::ReadTransaction view(db);
    auto memory = get(db, id_or_prefix);
    if (!memory) return fail(memory.error());
    auto links = links_of(db, memory->id);
    if (!links) return fail(links.error());
    return MemoryWithLinks{*std::move(memory), *std::move(links)};
}

Result<std::vector<Link>> links_of(sqlite::Database& db, std::string_view id) {
    const std::string visible = visible_id(db, id).value_or(std::string(id));
    std::vector<Link> out;
    for (auto row = db.sql("SELECT " AIMEM_LINK_COLUMNS
                           " FROM memory_links WHERE source_id = ?1 UNION ALL "
                           "SELECT " AIMEM_LINK_COLUMNS " FROM memory_links "
                           "WHERE target_id = ?1 ORDER BY created_at LIMIT ?2")
                        .bind(visible, kLinksMax);
         row.step();)
        out.push_back(row_to_link(row));
    return out;
}

Result<std::vector<Memory>> list(sqlite::Database& db, const ListQuery& query,
                                 std::int64_t now_ns) {
    const auto filter = RowFilter::make(query.filter, RowFilter::Namespaces::exact, now_ns);
    if (!filter) return fail(filter.error());
    ListQuery page = query;
    page.limit = std::min(query.limit, limits::list_rows);
    if (page.limit == 0) return std::vector<Memory>{};
    const sqlite::ReadTransaction view(db);
    const bool by_rank_alone =
        !filter->has_facets_beyond_rank_index() && !filter->since() && !filter->until();
    if (by_rank_alone && !query.filter.tier) return page_of_index(db, page, filter->now());
    if (const auto rowids = few_rows(db, *filter)) return page_of_few(db, page, *filter, *rowids);
    return by_rank_alone ? page_of_index(db, page, filter->now()) : page_of_walk(db, page, *filter);
}

Result<std::vector<Archived>> archived(sqlite::Database& db, const ArchiveQuery& query) {
    const std::int64_t limit = bounded(std::min(query.limit, limits::list_rows));
    std::vector<Archived> out;
    const auto read = [&out](sqlite::Statement::Cursor row) {
        while (row.step())
            out.push_back(
                {row_to_memory(row), row.string(kMemoryColumns), row.string(kMemoryColumns + 1)});
    };
    if (query.ns)
        read(db.sql("SELECT " AIMEM_MEMORY_COLUMNS ", archived_at, archive_reason FROM "
                    "archived_memories WHERE namespace = ?1 ORDER BY archived_at DESC LIMIT ?2 "
                    "OFFSET ?3")
                 .bind(*query.ns, limit, bounded(query.offset)));
    else
        read(db.sql("SELECT " AIMEM_MEMORY_COLUMNS ", archived_at, archive_reason FROM "
                    "archived_memories ORDER BY archived_at DESC LIMIT ?1 OFFSET ?2")
                 .bind(limit, bounded(query.offset)));
    return out;
}

Result<std::vector<Memory>> updated_since(sqlite::Database& db,
                                          const std::optional<std::string>& since,
                                          std::size_t rows_max) {
    std::string after;
    if (since && !since->empty()) {
        const auto text = latest_text(*since);
        if (!text)
            return fail(Errc::invalid_argument,
                        "since must be an RFC 3339 timestamp such as 2026-05-01T10:00:00+00:00");
        after = *text;
    }
    std::vector<Memory> out;
    const std::size_t most = std::min(rows_max, limits::since_rows);
    if (most == 0) return out;
    const sqlite::ReadTransaction view(db);
    for (auto row = db.sql("SELECT " AIMEM_MEMORY_COLUMNS " FROM memories WHERE updated_at > ?1 "
                           "ORDER BY updated_at, rowid LIMIT ?2")
                        .bind(after, bounded(most));
         row.step();)
        out.push_back(row_to_memory(row));
    if (out.size() < most) return out;
    // The page is full: take the rows of its last instant anew, so that none is left for ever.
    const std::string last = out.back().updated_at;
    std::erase_if(out, [&last](const Memory& memory) { return memory.updated_at == last; });
    for (auto row = db.sql("SELECT " AIMEM_MEMORY_COLUMNS
                           " FROM memories WHERE updated_at = ?1 ORDER BY rowid")
                        .bind(last);
         row.step();)
        out.push_back(row_to_memory(row));
    return out;
}

Result<Stats> stats(sqlite::Database& db, std::int64_t now_ns) {
    const sqlite::ReadTransaction view(db);
    Stats out;
    out.total = single(db.sql("SELECT count(*) FROM memories").bind());
    const bool all = current_viewer().sees_all();
    for (const Tier tier : {Tier::short_term, Tier::mid, Tier::long_term}) {
        // The rows hold their tier between long texts; the text index has it at hand, and hides
        // nothing.
        const auto rows = single(
            all ? db.sql("SELECT count(*) FROM memories_fts WHERE memories_fts MATCH ?1")
                      .bind(of_tier(tier).text)
                : db.sql("SELECT count(*) FROM memories WHERE tier = ?1").bind(to_string(tier)));
        if (rows > 0) out.by_tier.push_back({std::string(to_string(tier)), rows});
    }
    std::stable_sort(out.by_tier.begin(), out.by_tier.end(),
                     [](const Counted& a, const Counted& b) { return a.count > b.count; });
    out.by_namespace = counts(db.sql("SELECT namespace, count(*) FROM memories GROUP BY namespace "
                                     "ORDER BY count(*) DESC, namespace")
                                  .bind());
    out.expiring_soon =
        single(db.sql("SELECT count(*) FROM memories WHERE expires_at > ?1 AND expires_at <= ?2")
                   .bind(time_text(now_ns), time_text(now_ns + kSoonSeconds * kNsPerSecond)));
    out.links_count = single(db.sql("SELECT count(*) FROM memory_links").bind());
    out.archived_total = single(db.sql("SELECT count(*) FROM archived_memories").bind());
    out.db_size_bytes = single(
        db.sql("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").bind());
    return out;
}

}  // namespace aimem::query
