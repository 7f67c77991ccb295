#include "tests/store/query/shelf.h"

#include "store/base/time_text.h"
#include "store/log/memory_rows.h"
#include "store/model/json.h"
#include "store/sqlite/schema.h"

#include <sqlite3.h>

#include <set>

namespace aimem::test {

std::string time_at(std::int64_t ns_from_now) {
    return time_text(kNow + ns_from_now);
}

Shelf::Shelf() {
    const auto file = dir_ / "memory.db";
    db_ = std::make_unique<sqlite::Database>(file, sqlite::OpenMode::read_write);
    sqlite::migrate(*db_, file, system_clock(), system_rng());
    sqlite::configure(*db_, 2048);
    db_->exec("PRAGMA synchronous = OFF");
}

void Shelf::add(Memory m) {
    if (m.id.empty()) m.id = m.title;
    if (m.content.empty()) m.content = m.title;
    if (m.created_at.empty()) m.created_at = time_at(0);
    if (m.updated_at.empty()) m.updated_at = m.created_at;
    db_->sql("INSERT INTO memories(" AIMEM_MEMORY_COLUMNS
             ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)")
        .bind(m.id, to_string(m.tier), m.ns, m.title, m.content, tags_text(m.tags), m.priority,
              m.confidence, m.source, m.access_count, m.created_at, m.updated_at,
              m.last_accessed_at, m.expires_at, m.metadata)
        .run();
}

void Shelf::link(const std::string& source, const std::string& target,
                 const std::string& created_at) {
    db_->sql("INSERT INTO memory_links(source_id, target_id, created_at) VALUES (?1, ?2, ?3)")
        .bind(source, target, created_at)
        .run();
}

void Shelf::archive(const Archived& archived) {
    const Memory& m = archived.memory;
    db_->sql(
           "INSERT INTO archived_memories(id, tier, namespace, title, content, created_at, "
           "updated_at, archived_at, archive_reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8)")
        .bind(m.id, to_string(m.tier), m.ns, m.title, m.content, time_at(0), archived.archived_at,
              archived.reason)
        .run();
}

std::string Shelf::plans_of(const std::function<void()>& work) {
    std::set<std::string> selects;
    const auto keep = [](unsigned, void* set, void* stmt, void*) {
        const std::string sql = sqlite3_sql(static_cast<sqlite3_stmt*>(stmt));
        const bool of_fts_itself = sql.find("memories_fts_") != std::string::npos;
        if (sql.starts_with("SELECT") && !of_fts_itself)
            static_cast<std::set<std::string>*>(set)->insert(sql);
        return 0;
    };
    sqlite3_trace_v2(db_->handle(), SQLITE_TRACE_STMT, keep, &selects);
    work();
    sqlite3_trace_v2(db_->handle(), 0, nullptr, nullptr);
    std::string out;
    for (const std::string& sql : selects) {
        sqlite3_stmt* explain = nullptr;  // its parameters stay unbound: a plan does not need them
        sqlite3_prepare_v2(db_->handle(), ("EXPLAIN QUERY PLAN " + sql).c_str(), -1, &explain,
                           nullptr);
        while (sqlite3_step(explain) == SQLITE_ROW)
            out +=
                reinterpret_cast<const char*>(sqlite3_column_text(explain, 3)) + std::string("\n");
        sqlite3_finalize(explain);
    }
    return out;
}

std::vector<std::string> ids_of(const std::vector<Memory>& memories) {
    std::vector<std::string> ids;
    for (const Memory& memory : memories) ids.push_back(memory.id);
    return ids;
}

}  // namespace aimem::test
