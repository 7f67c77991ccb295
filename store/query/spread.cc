#include "store/query/spread.h"

#include <algorithm>

namespace aimem::query {

Result<Spread> spread_of(sqlite::Database& db, std::int64_t place) {
    const sqlite::ReadTransaction reading(db);
    // A peer of 0.6.3 never tells a node id, and does not vote, so it is no member.
    Spread out;
    std::size_t ours = 0;
    std::size_t old = 0;
    for (auto row = db.sql("SELECT count(*), sum(acked >= ?1), node = '' FROM repl_out WHERE node "
                           "!= '' OR acked > 0 GROUP BY node = ''")
                        .bind(place);
         row.step();) {
        (row.int64(2) != 0 ? old : ours) = static_cast<std::size_t>(row.int64(0));
        out.copies += static_cast<std::size_t>(row.int64(1));
    }
    auto row = db.sql("SELECT members FROM repl_meta WHERE id = 1").bind();
    const std::size_t members = row.step() ? static_cast<std::size_t>(row.int64(0)) : 1;
    // Without a node that counts its members, those it once wrote down stand for them.
    out.nodes = (members > 1 ? members : 1 + ours) + old;
    out.copies = std::min(out.copies, out.nodes);
    return out;
}

}  // namespace aimem::query
