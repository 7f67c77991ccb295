#include "store/query/sweep.h"

#include "store/query/fts_query.h"

namespace aimem::query {
namespace {

std::vector<std::string> ids_of(sqlite::Statement::Cursor row) {
    std::vector<std::string> out;
    while (row.step()) out.push_back(row.string(0));
    return out;
}

}  // namespace

Result<std::vector<std::string>> forgettable(sqlite::Database& db, const Forgettable& wanted,
                                             std::size_t rows_max) {
    if (!wanted.ns && !wanted.pattern && !wanted.tier)
        return fail(Errc::invalid_argument, "give at least one of namespace, pattern, tier");
    std::optional<std::string> tier;
    if (wanted.tier) tier = to_string(*wanted.tier);
    const auto most = static_cast<std::int64_t>(rows_max);
    if (!wanted.pattern)
        return ids_of(db.sql("SELECT id FROM memories WHERE (?1 IS NULL OR namespace = ?1) AND "
                             "(?2 IS NULL OR tier = ?2) AND id NOT IN (SELECT standard_id FROM "
                             "namespace_meta) ORDER BY rowid LIMIT ?3")
                          .bind(wanted.ns, tier, most));
    std::vector<Expression> words;
    for (const std::string& term : query_terms(*wanted.pattern))
        if (has_word_char(term)) words.push_back(word(term, static_cast<int>(words.size())));
    if (words.empty())
        return fail(Errc::invalid_argument, "pattern has no word to look for; it matches nothing");
    return ids_of(
        db.sql("SELECT m.id FROM memories_fts JOIN memories m ON m.rowid = memories_fts.rowid "
               "WHERE memories_fts MATCH ?1 AND (?2 IS NULL OR m.namespace = ?2) AND "
               "(?3 IS NULL OR m.tier = ?3) AND m.id NOT IN (SELECT standard_id FROM "
               "namespace_meta) ORDER BY m.rowid LIMIT ?4")
            .bind(any_of(words).text, wanted.ns, tier, most));
}

}  // namespace aimem::query
