#include "store/query/history.h"

#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/model/json.h"
#include "store/query/viewer.h"

#include <optional>

namespace aimem::query {
namespace {

void describe(VersionSeen& seen, const Memory& memory) {
    seen.title = memory.title;
    seen.ns = memory.ns;
    seen.author = metadata_text(memory.metadata, "agent_id");
    seen.created_at = memory.created_at;
}

}  // namespace

Result<VersionSeen> newest_version(sqlite::Database& db, std::string_view id_or_prefix) {
    const sqlite::ReadTransaction view(db);
    VersionSeen seen;
    const auto live = resolve_id(db, id_or_prefix);
    seen.id = live ? *live : std::string(id_or_prefix);
    auto row = db.sql("SELECT state, stamp, foreign_row FROM repl_row WHERE key = ?1")
                   .bind(memory_key(seen.id));
    if (!row.step()) return fail(live ? Error(Errc::not_found, "memory not found") : live.error());
    seen.state = static_cast<State>(row.int64(0));
    seen.stamp = row.int64(1);
    seen.from_peer = row.int64(2) != 0;
    if (live) {
        if (const auto memory = live_row(db, *live)) describe(seen, *memory);
        seen.names = names_of(db, *live);
    } else if (const auto archived = archived_row(db, seen.id)) {
        describe(seen, archived->memory);
    } else if (!current_viewer().sees_all()) {
        return fail(live.error());  // gone, or not to be seen: nobody can tell which
    }
    return seen;
}

}  // namespace aimem::query
