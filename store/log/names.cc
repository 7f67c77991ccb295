#include "store/log/names.h"

#include "store/log/change.h"
#include "store/log/memory_rows.h"
#include "store/model/limits.h"
#include "store/model/validate.h"

#include <fmt/core.h>

#include <algorithm>

namespace aimem {
namespace {

void add(std::vector<std::string>& ids, std::string id) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
}

}  // namespace

std::optional<std::string> visible_id(sqlite::Database& db, std::string_view id) {
    std::string at(id);
    for (int hop = 0; hop <= kMergesMax; ++hop) {
        if (is_live(db, at)) return at;
        auto row = db.sql("SELECT a, b FROM repl_body WHERE key = ?1").bind(memory_key(at));
        if (!row.step() || row.is_null(1)) return std::nullopt;
        if (!row.is_null(0)) return live_id(db, row.text(0), row.text(1));
        at = row.string(1);
    }
    return std::nullopt;
}

Result<std::string> resolve_id(sqlite::Database& db, std::string_view id_or_prefix) {
    if (auto ok = check_id("id", id_or_prefix); !ok) return fail(ok.error());
    if (auto id = visible_id(db, id_or_prefix)) return std::move(*id);
    std::vector<std::string> found;
    // All ids that begin with the prefix lie in [prefix, prefix + U+10FFFF): a range of the primary
    // key.
    const std::string behind = std::string(id_or_prefix) + "\xf4\x8f\xbf\xbf";
    for (auto row =
             db.sql("SELECT id FROM memories WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3")
                 .bind(id_or_prefix, behind,
                       static_cast<std::int64_t>(limits::id_prefix_candidates + 1));
         row.step();)
        found.push_back(row.string(0));
    if (found.size() == 1) return std::move(found.front());
    if (found.empty()) return fail(Errc::not_found, "memory not found");
    std::string list;
    for (std::size_t i = 0; i < std::min(found.size(), limits::id_prefix_candidates); ++i)
        list += (i == 0 ? "" : ", ") + found[i];
    if (found.size() > limits::id_prefix_candidates) list += ", ...";
    return fail(Errc::invalid_argument, fmt::format("ambiguous ID prefix: it fits {}", list));
}

std::vector<std::string> clash_members(sqlite::Database& db, std::string_view visible) {
    std::vector<std::string> ids{std::string(visible)};
    std::string ns;
    std::string title;
    {
        // Members keep their bodies aside, all under the same (namespace, title).
        auto row = db.sql("SELECT a, b FROM repl_body WHERE key = ?1 AND a IS NOT NULL")
                       .bind(memory_key(visible));
        if (!row.step()) return ids;
        ns = row.string(0);
        title = row.string(1);
    }
    for (auto row = db.sql("SELECT key FROM repl_body WHERE a = ?1 AND b = ?2 AND key >= 'm:' AND "
                           "key < 'm;' "
                           "ORDER BY key")
                        .bind(ns, title);
         row.step();)
        add(ids, std::string(id_of_key(row.text(0))));
    return ids;
}

std::vector<std::string> names_of(sqlite::Database& db, std::string_view visible) {
    std::vector<std::string> ids = clash_members(db, visible);
    // Merge by merge, and no further than visible_id follows them.
    std::size_t level_end = ids.size();
    int merges = 0;
    for (std::size_t at = 0; at < ids.size(); ++at) {
        if (at == level_end) {
            if (++merges == kMergesMax) break;
            level_end = ids.size();
        }
        const std::string target = ids[at];
        for (auto row = db.sql("SELECT key FROM repl_body WHERE b = ?1 AND a IS NULL AND key >= "
                               "'m:' AND key < 'm;'")
                            .bind(target);
             row.step();)
            add(ids, std::string(id_of_key(row.text(0))));
    }
    return ids;
}

}  // namespace aimem
