#include "store/query/sight.h"

#include "store/sqlite/predicate.h"

#include <string_view>

namespace aimem::query {
namespace {

// rowid is named, or a view has none. The standard of a namespace is shown to whom it binds.
constexpr const char* kSightViews = R"sql(
CREATE TEMP VIEW memories AS SELECT rowid AS rowid, id, tier, namespace, title, content, tags, priority, confidence,
  source, access_count, created_at, updated_at, last_accessed_at, expires_at, metadata FROM main.memories
  WHERE sees_namespace(namespace) OR sees_row(namespace, metadata)
    OR id IN (SELECT standard_id FROM main.namespace_meta AS n WHERE is_bound_by(n.namespace));
CREATE TEMP VIEW archived_memories AS SELECT * FROM main.archived_memories
  WHERE sees_namespace(namespace) OR sees_row(namespace, metadata);
CREATE TEMP VIEW repl_history AS SELECT * FROM main.repl_history
  WHERE sees_namespace(namespace) OR sees_row(namespace, metadata);
CREATE TEMP VIEW memory_links AS SELECT * FROM main.memory_links AS l
  WHERE EXISTS(SELECT 1 FROM memories WHERE id = l.source_id) AND EXISTS(SELECT 1 FROM memories WHERE id = l.target_id);
CREATE TEMP VIEW entity_aliases AS SELECT * FROM main.entity_aliases AS a
  WHERE EXISTS(SELECT 1 FROM memories WHERE id = a.entity_id);
CREATE TEMP VIEW pending_actions AS SELECT * FROM main.pending_actions AS p
  WHERE is_viewer(requested_by) OR sees_namespace(namespace) OR CASE action_type
    WHEN 'store' THEN sees_row(namespace,
      CASE WHEN json_valid(payload) THEN coalesce(json_extract(payload, '$.metadata'), '{}') ELSE '{}' END)
    ELSE EXISTS(SELECT 1 FROM memories WHERE id = p.memory_id) END;
CREATE TEMP VIEW subscriptions AS SELECT * FROM main.subscriptions WHERE is_viewer(created_by);
)sql";

}  // namespace

void show_only(sqlite::Database& db, const std::optional<Sight>& sight) {
    using Values = sqlite::PredicateValues;
    sqlite::add_predicate(db, "sees_namespace", 1,
                          [&sight](Values given) { return sight->sees_namespace(given[0]); });
    sqlite::add_predicate(db, "sees_row", 2,
                          [&sight](Values given) { return sight->sees_row(given[0], given[1]); });
    sqlite::add_predicate(db, "is_bound_by", 1,
                          [&sight](Values given) { return sight->is_bound_by(given[0]); });
    sqlite::add_predicate(db, "is_viewer", 1, [&sight](Values given) {
        return !given[0].empty() && given[0] == sight->agent_id();
    });
    db.exec(kSightViews);
    db.leave_out_index_hints();
}

}  // namespace aimem::query
