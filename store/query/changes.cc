#include "store/query/changes.h"

#include "store/log/bodies.h"
#include "store/log/change.h"
#include "store/log/memory_rows.h"
#include "store/query/viewer.h"

#include <vector>

namespace aimem::query {

Result<std::int64_t> last_place(sqlite::Database& db) {
    auto row = db.sql("SELECT coalesce(max(seq), 0) FROM repl_row").bind();
    return row.step() ? row.int64(0) : 0;
}

Result<ChangedMemories> changed_after(sqlite::Database& db, std::int64_t seen) {
    ChangedMemories out;
    out.seen = seen;
    for (auto row = db.sql("SELECT seq, key FROM repl_row WHERE seq > ?1 ORDER BY seq LIMIT 1000")
                        .bind(seen);
         row.step();) {
        out.seen = row.int64(0);
        const std::string_view key = row.text(1);
        if (kind_of(key) == Kind::memory) out.ids.emplace_back(id_of_key(key));
    }
    if (current_viewer().sees_all()) return out;
    // Of what is gone nothing is left to judge by, nor anything to see.
    std::erase_if(out.ids, [&](const std::string& id) {
        const auto found = find_register(db, memory_key(id));
        if (!found || found->state == State::dead) return false;
        return !is_live(db, id) && !archived_row(db, id);
    });
    return out;
}

}  // namespace aimem::query
