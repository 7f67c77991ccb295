#include "store/query/completion.h"

#include <cstdint>

namespace aimem::query {
namespace {

// Behind every text that begins with `prefix`: no code point has a byte 0xff.
std::string behind(std::string_view prefix) {
    return std::string(prefix) + '\xff';
}

Names names_of_rows(sqlite::Statement::Cursor row) {
    Names out;
    while (row.step()) out.push_back(row.string(0));
    return out;
}

std::int64_t at_most(std::size_t most) {
    return static_cast<std::int64_t>(most);
}

}  // namespace

Result<Names> namespaces_like(sqlite::Database& db, std::string_view prefix, std::size_t rows_max) {
    return names_of_rows(db.sql("SELECT DISTINCT namespace FROM memories WHERE namespace >= ?1 AND "
                                "namespace < ?2 ORDER BY namespace LIMIT ?3")
                             .bind(prefix, behind(prefix), at_most(rows_max)));
}

Result<Names> ids_like(sqlite::Database& db, std::string_view prefix, std::size_t rows_max) {
    return names_of_rows(
        db.sql("SELECT id FROM memories WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3")
            .bind(prefix, behind(prefix), at_most(rows_max)));
}

Result<Names> tags_like(sqlite::Database& db, std::string_view prefix, std::size_t rows_max) {
    return names_of_rows(
        db.sql("SELECT DISTINCT t.value FROM (SELECT tags FROM memories ORDER BY rowid DESC "
               "LIMIT ?4) AS m, json_each(m.tags) AS t WHERE t.value >= ?1 AND t.value < ?2 "
               "ORDER BY t.value LIMIT ?3")
            .bind(prefix, behind(prefix), at_most(rows_max), at_most(kRowsLookedAt)));
}

Result<Names> authors_like(sqlite::Database& db, std::string_view prefix, std::size_t rows_max) {
    return names_of_rows(
        db.sql("SELECT DISTINCT a FROM (SELECT json_extract(metadata, '$.agent_id') AS a FROM "
               "memories WHERE json_valid(metadata) ORDER BY rowid DESC LIMIT ?4) "
               "WHERE a >= ?1 AND a < ?2 ORDER BY a LIMIT ?3")
            .bind(prefix, behind(prefix), at_most(rows_max), at_most(kRowsLookedAt)));
}

}  // namespace aimem::query
