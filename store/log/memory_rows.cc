#include "store/log/memory_rows.h"

#include "store/log/registers.h"
#include "store/model/json.h"

namespace aimem {

Memory row_to_memory(const sqlite::Statement::Cursor& row, int first_column) {
    const auto at = [first_column](int n) {
        return first_column + n;
    };
    Memory m;
    m.id = row.string(at(0));
    m.tier = tier_from(row.text(at(1))).value_or(Tier::mid);
    m.ns = row.string(at(2));
    m.title = row.string(at(3));
    m.content = row.string(at(4));
    m.tags = tags_from_text(row.text(at(5)));
    m.priority = static_cast<int>(row.int64(at(6)));
    m.confidence = row.real(at(7));
    m.source = row.string(at(8));
    m.access_count = row.int64(at(9));
    m.created_at = row.string(at(10));
    m.updated_at = row.string(at(11));
    m.last_accessed_at = row.maybe_text(at(12));
    m.expires_at = row.maybe_text(at(13));
    m.metadata = row.string(at(14));
    return m;
}

std::optional<Memory> live_row(sqlite::Database& db, std::string_view id) {
    auto row = db.sql("SELECT " AIMEM_MEMORY_COLUMNS " FROM memories WHERE id = ?1").bind(id);
    if (!row.step()) return std::nullopt;
    return row_to_memory(row);
}

std::optional<std::string> live_id(sqlite::Database& db, std::string_view ns,
                                   std::string_view title) {
    auto row =
        db.sql("SELECT id FROM memories WHERE title = ?1 AND namespace = ?2").bind(title, ns);
    if (!row.step()) return std::nullopt;
    return row.string(0);
}

std::optional<Archived> archived_row(sqlite::Database& db, std::string_view id) {
    auto row = db.sql("SELECT " AIMEM_MEMORY_COLUMNS
                      ", archived_at, archive_reason FROM archived_memories WHERE id = ?1")
                   .bind(id);
    if (!row.step()) return std::nullopt;
    return Archived{row_to_memory(row), row.string(kMemoryColumns), row.string(kMemoryColumns + 1)};
}

bool is_live(sqlite::Database& db, std::string_view id) {
    return db.sql("SELECT 1 FROM memories WHERE id = ?1").bind(id).step();
}

namespace {

void put_live_row(sqlite::Database& db, const Memory& m) {
    db.sql("INSERT INTO memories(" AIMEM_MEMORY_COLUMNS
           ") "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
           "ON CONFLICT(id) DO UPDATE SET tier = excluded.tier, namespace = excluded.namespace, "
           "title = excluded.title, "
           "content = excluded.content, tags = excluded.tags, priority = excluded.priority, "
           "confidence = excluded.confidence, source = excluded.source, created_at = "
           "excluded.created_at, "
           "updated_at = excluded.updated_at, expires_at = excluded.expires_at, metadata = "
           "excluded.metadata")
        .bind(m.id, to_string(m.tier), m.ns, m.title, m.content, tags_text(m.tags), m.priority,
              m.confidence, m.source, m.access_count, m.created_at, m.updated_at,
              m.last_accessed_at, m.expires_at, m.metadata)
        .run();
}

}  // namespace

void write_live_row(Registers& registers, const Memory& memory) {
    registers.text().before_change(memory.id);
    put_live_row(registers.db(), memory);
}

void insert_live_row(Registers& registers, const Memory& memory) {
    registers.text().before_insert(memory);
    put_live_row(registers.db(), memory);
}

void write_archived_row(sqlite::Database& db, const Archived& archived) {
    const Memory& m = archived.memory;
    db.sql("INSERT OR REPLACE INTO archived_memories(" AIMEM_MEMORY_COLUMNS
           ", archived_at, archive_reason) "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)")
        .bind(m.id, to_string(m.tier), m.ns, m.title, m.content, tags_text(m.tags), m.priority,
              m.confidence, m.source, m.access_count, m.created_at, m.updated_at,
              m.last_accessed_at, m.expires_at, m.metadata, archived.archived_at, archived.reason)
        .run();
}

void remove_live_row(Registers& registers, std::string_view id) {
    auto& db = registers.db();
    registers.text().before_change(id);
    // By hand: a foreign writer without foreign keys may have removed the row alone.
    db.sql("DELETE FROM memory_links WHERE source_id = ?1 OR target_id = ?1").bind(id).run();
    db.sql("DELETE FROM memories WHERE id = ?1").bind(id).run();
}

void remove_archived_row(sqlite::Database& db, std::string_view id) {
    db.sql("DELETE FROM archived_memories WHERE id = ?1").bind(id).run();
}

}  // namespace aimem
