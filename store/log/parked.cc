#include "store/log/parked.h"

namespace aimem {
namespace {

constexpr std::size_t kWhyMax = 500;  // bytes; a peer chooses the text
constexpr std::int64_t kForeignKept = 30 * 86'400 * 1'000'000'000LL;  // ns, unless told again

// What needs no keeping. Ours: the register is gone, or it was sent once more since it was refused,
// and not refused again. Else: a version at least as new came after all, or it is long ago (?1).
#define AIMEM_PARKED                                                                             \
    " FROM repl_parked p LEFT JOIN repl_row r ON r.key = p.key LEFT JOIN repl_out o ON o.url = " \
    "p.peer "
#define AIMEM_SETTLED                                                                              \
    "(CASE p.ours WHEN 1 THEN r.key IS NULL OR coalesce(r.seq > p.place AND r.seq <= o.acked, 0) " \
    "ELSE p.last_at < ?1 OR (r.key IS NOT NULL AND p.place > 0 AND r.stamp >= p.place) END)"

std::int64_t oldest_kept(std::int64_t now_ns) {
    return now_ns - kForeignKept;
}

void park(Registers& registers, const Parked& row) {
    registers.begin_writing();
    auto& db = registers.db();
    const std::string why = row.why.substr(0, kWhyMax);
    db.sql(
          "INSERT INTO repl_parked(ours, peer, key, why, tries, place, first_at, last_at) SELECT "
          "?1, ?2, ?3, ?4, 1, ?5, ?6, ?6 WHERE (SELECT count(*) FROM repl_parked WHERE ours = ?1) "
          "< ?7 OR EXISTS (SELECT 1 FROM repl_parked WHERE ours = ?1 AND peer = ?2 AND key = ?3) "
          "ON CONFLICT(ours, peer, key) DO UPDATE SET why = excluded.why, tries = tries + 1, "
          "place = excluded.place, last_at = excluded.last_at")
        .bind(row.ours ? 1 : 0, row.peer, row.key, why, row.place, registers.now_ns(),
              static_cast<std::int64_t>(kParkedMax))
        .run();
}

}  // namespace

void park_own(Registers& registers, const std::string& url, const std::vector<std::int64_t>& seqs,
              const std::string& why) {
    for (const std::int64_t seq : seqs) {
        Parked row;
        {
            auto found = registers.db().sql("SELECT key FROM repl_row WHERE seq = ?1").bind(seq);
            if (!found.step()) continue;
            row.key = found.string(0);
        }
        row.ours = true;
        row.peer = url;
        row.why = why;
        row.place = seq;
        park(registers, row);
    }
}

void park_foreign(Registers& registers, const std::string& sender, const std::string& key,
                  std::int64_t stamp, const std::string& why) {
    Parked row;
    row.peer = sender;
    row.key = key;
    row.why = why;
    row.place = stamp;
    park(registers, row);
}

bool any_parked(sqlite::Database& db) {
    return db.sql("SELECT 1 FROM repl_parked LIMIT 1").bind().step();
}

std::size_t release_parked(Registers& registers) {
    auto& db = registers.db();
    if (!any_parked(db)) return 0;
    std::vector<Parked> settled;
    for (auto row = db.sql("SELECT p.ours, p.peer, p.key" AIMEM_PARKED "WHERE " AIMEM_SETTLED)
                        .bind(oldest_kept(registers.now_ns()));
         row.step();) {
        Parked one;
        one.ours = row.int64(0) != 0;
        one.peer = row.string(1);
        one.key = row.string(2);
        settled.push_back(std::move(one));
    }
    for (const Parked& one : settled) {
        registers.begin_writing();
        db.sql("DELETE FROM repl_parked WHERE ours = ?1 AND peer = ?2 AND key = ?3")
            .bind(one.ours ? 1 : 0, one.peer, one.key)
            .run();
    }
    return settled.size();
}

std::size_t retry_parked(Registers& registers, const std::string& url, const std::string& key) {
    std::vector<std::string> keys;
    for (auto row = registers.db()
                        .sql("SELECT DISTINCT p.key FROM repl_parked p JOIN repl_row r ON r.key = "
                             "p.key WHERE p.ours = 1 AND (?1 = '' OR p.peer = ?1) AND (?2 = '' OR "
                             "p.key = ?2) ORDER BY r.seq")
                        .bind(url, key);
         row.step();)
        keys.push_back(row.string(0));
    for (const std::string& one : keys) registers.put_again(one);
    return keys.size();
}

ParkedCounts count_parked(sqlite::Database& db, std::int64_t now_ns) {
    auto row = db.sql(
                     "SELECT coalesce(sum(p.ours = 1), 0), coalesce(sum(p.ours = 0), "
                     "0)" AIMEM_PARKED "WHERE NOT " AIMEM_SETTLED)
                   .bind(oldest_kept(now_ns));
    if (!row.step()) return {};
    return {row.int64(0), row.int64(1)};
}

std::vector<Parked> parked_rows(sqlite::Database& db, std::int64_t now_ns, std::size_t rows_max) {
    std::vector<Parked> out;
    for (auto row = db.sql("SELECT p.ours, p.peer, p.key, p.why, p.tries, p.place, p.first_at, "
                           "p.last_at" AIMEM_PARKED "WHERE NOT " AIMEM_SETTLED
                           " ORDER BY p.last_at DESC, p.key LIMIT ?2")
                        .bind(oldest_kept(now_ns), static_cast<std::int64_t>(rows_max));
         row.step();)
        out.push_back({row.int64(0) != 0, row.string(1), row.string(2), row.string(3), row.int64(4),
                       row.int64(5), row.int64(6), row.int64(7)});
    return out;
}

}  // namespace aimem
