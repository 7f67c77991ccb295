#include "store/query/everything.h"

#include "store/base/time_text.h"
#include "store/log/link_rows.h"
#include "store/log/memory_rows.h"

#include <unordered_set>

namespace aimem::query {

Result<Everything> everything(sqlite::Database& db, std::int64_t now_ns) {
    const sqlite::ReadTransaction view(db);
    Everything out;
    std::unordered_set<std::string> there;
    for (auto row = db.sql("SELECT " AIMEM_MEMORY_COLUMNS
                           " FROM memories WHERE expires_at IS NULL OR expires_at > ?1 "
                           "ORDER BY created_at, id")
                        .bind(time_text(now_ns));
         row.step();) {
        out.memories.push_back(row_to_memory(row));
        there.insert(out.memories.back().id);
    }
    for (auto row = db.sql("SELECT " AIMEM_LINK_COLUMNS " FROM memory_links "
                           "ORDER BY created_at, source_id, target_id, relation")
                        .bind();
         row.step();) {
        Link link = row_to_link(row);
        if (there.contains(link.source_id) && there.contains(link.target_id))
            out.links.push_back(std::move(link));
    }
    return out;
}

}  // namespace aimem::query
