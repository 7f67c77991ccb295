#include "store/log/link_rows.h"

#include "store/log/bodies.h"
#include "store/log/names.h"
#include "store/model/json.h"

#include <optional>

namespace aimem {
namespace {

// The body that shows: of all live registers between any of the names, the one with the smallest
// key.
std::optional<Link> shown_link(Registers& registers, const std::vector<std::string>& sources,
                               const std::vector<std::string>& targets, std::string_view relation) {
    std::string best;
    for (const auto& source : sources)
        for (const auto& target : targets) {
            std::string key = link_key(source, target, relation);
            const auto found = registers.find(key);
            if (found && found->state == State::live && (best.empty() || key < best))
                best = std::move(key);
        }
    if (best.empty()) return std::nullopt;
    const auto kept = stored_body(registers.db(), best);
    if (!kept) return std::nullopt;
    auto link = link_from_body(kept->body);
    return link ? std::optional<Link>(std::move(*link)) : std::nullopt;
}

}  // namespace

Link row_to_link(const sqlite::Statement::Cursor& row) {
    return {row.string(0),     row.string(1),     row.string(2),
            row.string(3),     row.maybe_text(4), row.maybe_text(5),
            row.maybe_text(6), row.maybe_text(7), row.maybe_text(8)};
}

void refresh_link(Registers& registers, std::string_view source_id, std::string_view target_id,
                  std::string_view relation) {
    auto& db = registers.db();
    const auto source = visible_id(db, source_id);
    const auto target = visible_id(db, target_id);
    if (!source || !target) return;  // the row went with its memory, or was never there
    registers.begin_writing();
    const auto link = *source == *target ? std::nullopt
                                         : shown_link(registers, names_of(db, *source),
                                                      names_of(db, *target), relation);
    if (link) {
        // What 0.6.3 keeps beside it (signature) stays.
        db.sql(
              "INSERT INTO memory_links(source_id, target_id, relation, created_at, valid_from, "
              "valid_until, observed_by, closed_by, closed_at) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
              "ON CONFLICT(source_id, target_id, relation) DO UPDATE SET created_at = "
              "excluded.created_at, valid_from = excluded.valid_from, valid_until = "
              "excluded.valid_until, observed_by = excluded.observed_by, closed_by = "
              "excluded.closed_by, closed_at = excluded.closed_at")
            .bind(*source, *target, relation, link->created_at,
                  link->valid_from.value_or(link->created_at), link->valid_until, link->observed_by,
                  link->closed_by, link->closed_at)
            .run();
    } else {
        db.sql("DELETE FROM memory_links WHERE source_id = ?1 AND target_id = ?2 AND relation = ?3")
            .bind(*source, *target, relation)
            .run();
    }
}

void refresh_links_of(Registers& registers, std::string_view visible) {
    auto& db = registers.db();
    std::vector<Link> touching;
    for (const std::string& name : names_of(db, visible)) {
        for (auto row =
                 db.sql("SELECT body FROM repl_body WHERE a = ?1 AND key >= 'l:' AND key < 'l;' "
                        "UNION "
                        "SELECT body FROM repl_body WHERE b = ?1 AND key >= 'l:' AND key < 'l;'")
                     .bind(name);
             row.step();)
            if (auto link = link_from_body(row.text(0))) touching.push_back(std::move(*link));
    }
    // Also what is shown already: it may have come with a name that no longer leads here.
    for (auto row = db.sql("SELECT source_id, target_id, relation FROM memory_links "
                           "WHERE source_id = ?1 OR target_id = ?1")
                        .bind(visible);
         row.step();)
        touching.push_back({row.string(0), row.string(1), row.string(2), {}});
    for (const Link& link : touching)
        refresh_link(registers, link.source_id, link.target_id, link.relation);
}

}  // namespace aimem
