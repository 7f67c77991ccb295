#include "federation/replication/page.h"

namespace aimem::repl {

PageLoaded load_page(Store& store, const LoadPage& wanted) {
    PageLoaded out{wanted.peer, wanted.from, std::nullopt, {}, wanted.lettings_go};
    if (!wanted.notes) {
        auto page = store.feed_after(wanted.from, wanted.rows_max, wanted.bytes_max);
        if (page) out.page = std::move(*page);
        return out;
    }
    auto told = store.ask([&](sqlite::Database& db) -> Result<ToldPage> {
        return rows_to_tell(db, wanted.from, wanted.rows_max, wanted.bytes_max, wanted.waited);
    });
    if (!told) return out;
    out.page = std::move(told->page);
    out.notes = std::move(told->notes);
    return out;
}

}  // namespace aimem::repl
