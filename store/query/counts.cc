#include "store/query/counts.h"

#include "store/base/time_text.h"

namespace aimem::query {
namespace {

std::int64_t one_number(sqlite::Statement::Cursor row) {
    return row.step() ? row.int64(0) : 0;
}

}  // namespace

Result<std::int64_t> expired_count(sqlite::Database& db, std::int64_t now_ns) {
    return one_number(db.sql("SELECT count(*) FROM memories INDEXED BY idx_memories_expires WHERE "
                             "expires_at IS NOT NULL AND expires_at <= ?1")
                          .bind(time_text(now_ns)));
}

Result<std::vector<Counted>> archive_by_namespace(sqlite::Database& db) {
    std::vector<Counted> out;
    for (auto row = db.sql("SELECT namespace, count(*) AS n FROM archived_memories "
                           "GROUP BY namespace ORDER BY n DESC, namespace")
                        .bind();
         row.step();)
        out.push_back({row.string(0), row.int64(1)});
    return out;
}

Result<RecordCounts> record_counts(sqlite::Database& db) {
    const sqlite::ReadTransaction view(db);
    RecordCounts out;
    out.policies =
        one_number(db.sql("SELECT count(*) FROM namespace_meta n JOIN memories m ON m.id = "
                          "n.standard_id WHERE json_type(m.metadata, '$.governance') = 'object'")
                       .bind());
    out.subscriptions = one_number(db.sql("SELECT count(*) FROM subscriptions").bind());
    out.pending =
        one_number(db.sql("SELECT count(*) FROM pending_actions WHERE status = 'pending'").bind());
    out.agents =
        one_number(db.sql("SELECT count(*) FROM memories INDEXED BY idx_memories_ns_rank WHERE "
                          "namespace = '_agents'")
                       .bind());
    return out;
}

}  // namespace aimem::query
