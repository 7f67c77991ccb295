#include "store/log/digest.h"

#include "store/base/hash.h"
#include "store/log/planted.h"

#include <algorithm>

namespace aimem {
namespace {

// Behind every key: keys are UTF-8, where this byte cannot stand.
constexpr const char* kBehindAll = "\xff";

const char* upper(const std::string& hi) {
    return hi.empty() ? kBehindAll : hi.c_str();
}

std::uint64_t hash_of(const sqlite::Statement::Cursor& row) {
    std::string bytes = row.string(0);
    for (int column = 1; column <= 3; ++column) {
        std::uint64_t value = static_cast<std::uint64_t>(row.int64(column));
        for (int i = 0; i < 8; ++i, value >>= 8) bytes.push_back(static_cast<char>(value & 0xff));
    }
    return hash64(bytes);
}

void add(Digest& digest, const sqlite::Statement::Cursor& row) {
    digest.sum += hash_of(row);
    digest.count += 1;
}

}  // namespace

Digest digest_of_range(sqlite::Database& db, const std::string& lo, const std::string& hi,
                       std::int64_t cut) {
    if (planted(Fault::digest_without_tombstones)) cut = INT64_MAX;
    Digest out;
    for (auto row = db.sql("SELECT key, state, stamp, sig FROM repl_row WHERE key >= ?1 AND key < "
                           "?2 AND NOT (state = 3 AND stamp <= ?3 AND sig = ?4)")
                        .bind(lo, upper(hi), cut, kPlainTombstone);
         row.step();)
        add(out, row);
    return out;
}

std::vector<DigestPart> digest_parts(sqlite::Database& db, const std::string& lo,
                                     const std::string& hi, std::size_t parts, std::int64_t cut) {
    if (planted(Fault::digest_without_tombstones)) cut = INT64_MAX;
    const sqlite::ReadTransaction view(db);
    std::int64_t total = 0;
    {
        auto row = db.sql(
                         "SELECT count(*) FROM repl_row WHERE key >= ?1 AND key < ?2 AND NOT "
                         "(state = 3 AND stamp <= ?3 AND sig = ?4)")
                       .bind(lo, upper(hi), cut, kPlainTombstone);
        if (row.step()) total = row.int64(0);
    }
    const std::int64_t wanted = std::max<std::int64_t>(1, static_cast<std::int64_t>(parts));
    const std::int64_t each = std::max<std::int64_t>(1, (total + wanted - 1) / wanted);
    std::vector<DigestPart> out{{lo, hi, {}}};
    for (auto row = db.sql("SELECT key, state, stamp, sig FROM repl_row WHERE key >= ?1 AND key < "
                           "?2 AND NOT (state = 3 AND stamp <= ?3 AND sig = ?4) ORDER BY key")
                        .bind(lo, upper(hi), cut, kPlainTombstone);
         row.step();) {
        if (out.back().digest.count == each) {
            out.back().hi = row.string(0);
            out.push_back({row.string(0), hi, {}});
        }
        add(out.back().digest, row);
    }
    return out;
}

Listing list_range(sqlite::Database& db, const std::string& lo, const std::string& hi,
                   std::size_t rows_max) {
    Listing out;
    for (auto row =
             db.sql("SELECT key, state, stamp, sig, seq, foreign_row, CASE WHEN state = 2 AND "
                    "foreign_row = 0 THEN EXISTS(SELECT 1 FROM archived_memories WHERE id = "
                    "substr(key, 3) AND archive_reason = 'ttl_expired') ELSE 0 END FROM "
                    "repl_row WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3")
                 .bind(lo, upper(hi), static_cast<std::int64_t>(rows_max) + 1);
         row.step();) {
        if (out.rows.size() == rows_max) {
            out.more = true;
            break;
        }
        out.rows.push_back({row.string(0),
                            static_cast<State>(row.int64(1)),
                            {row.int64(2), row.int64(3)},
                            row.int64(4),
                            row.int64(5) != 0,
                            row.int64(6) != 0});
    }
    return out;
}

std::vector<Change> versions_in(sqlite::Database& db, const std::string& lo,
                                const std::string& hi) {
    std::vector<Change> out;
    for (auto row = db.sql("SELECT key, state, stamp, sig FROM repl_row WHERE key >= ?1 AND key < "
                           "?2 ORDER BY key")
                        .bind(lo, upper(hi));
         row.step();) {
        Change change;
        change.key = row.string(0);
        change.state = static_cast<State>(row.int64(1));
        change.version = {row.int64(2), row.int64(3)};
        out.push_back(std::move(change));
    }
    return out;
}

}  // namespace aimem
