#include "store/query/contradictions.h"

#include "store/base/time_text.h"
#include "store/log/memory_rows.h"
#include "store/model/json.h"
#include "store/model/limits.h"

#include <algorithm>
#include <unordered_set>

namespace aimem::query {
namespace {

std::string topic_of(const Memory& memory) {
    std::string topic = metadata_text(memory.metadata, "topic");
    return topic.empty() ? memory.title : topic;
}

std::vector<Memory> of_topic(sqlite::Database& db, const ContradictionQuery& query,
                             std::int64_t now_ns) {
    std::vector<Memory> out;
    for (auto row =
             db.sql("SELECT " AIMEM_MEMORY_COLUMNS
                    " FROM memories WHERE (?1 IS NULL OR namespace = ?1) AND (?2 IS NULL OR title "
                    "= ?2 OR (json_valid(metadata) AND json_extract(metadata, '$.topic') = ?2)) "
                    "AND (expires_at IS NULL OR expires_at > ?3) ORDER BY priority DESC, "
                    "updated_at DESC LIMIT ?4")
                 .bind(query.ns, query.topic, time_text(now_ns),
                       static_cast<std::int64_t>(query.limit));
         row.step();)
        out.push_back(row_to_memory(row));
    return out;
}

void add_stored(sqlite::Database& db, Contradictions& out) {
    std::unordered_set<std::string> there;
    for (const Memory& memory : out.memories) there.insert(memory.id);
    for (const Memory& memory : out.memories)
        for (auto row = db.sql("SELECT target_id, relation FROM memory_links WHERE source_id = ?1 "
                               "AND instr(relation, 'contradict') > 0 ORDER BY target_id")
                            .bind(memory.id);
             row.step();)
            if (out.links.size() < limits::graph_rows && there.contains(row.string(0)))
                out.links.push_back({memory.id, row.string(0), row.string(1), false});
}

}  // namespace

Result<Contradictions> contradictions(sqlite::Database& db, const ContradictionQuery& query,
                                      std::int64_t now_ns) {
    const sqlite::ReadTransaction reading(db);
    Contradictions out;
    out.memories = of_topic(db, query, now_ns);
    add_stored(db, out);
    const auto& all = out.memories;
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t j = i + 1; j < all.size(); ++j) {
            if (out.links.size() >= limits::graph_rows) return out;
            const bool one_topic = query.topic || topic_of(all[i]) == topic_of(all[j]);
            if (one_topic && all[i].content != all[j].content)
                out.links.push_back({all[i].id, all[j].id, "contradicts", true});
        }
    return out;
}

}  // namespace aimem::query
