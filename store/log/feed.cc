#include "store/log/feed.h"

#include "store/log/bodies.h"
#include "store/log/planted.h"

#include <algorithm>
#include <unordered_set>

namespace aimem {
namespace {

struct Place {
    std::int64_t seq = 0;
    std::string key{};
    Register found{};
};

bool any_groups(sqlite::Database& db) {
    return db.sql("SELECT 1 FROM repl_grp LIMIT 1").bind().step();
}

std::int64_t last_seq(sqlite::Database& db) {
    auto row = db.sql("SELECT next_seq - 1 FROM repl_meta WHERE id = 1").bind();
    return row.step() ? row.int64(0) : 0;
}

Place place_of(const sqlite::Statement::Cursor& row) {
    return {row.int64(3),
            row.string(5),
            {{row.int64(0), row.int64(1)},
             static_cast<State>(row.int64(2)),
             row.int64(3),
             row.int64(4) != 0}};
}

// Bodies are read until the page is full; what lies behind the last body read is left for the next
// page.
FeedPage fill(sqlite::Database& db, const std::vector<Place>& places, std::int64_t from,
              std::size_t bytes_max) {
    FeedPage page;
    page.from = from;
    page.to = from;
    const bool groups = any_groups(db) && !planted(Fault::closure_forgotten_in_page);
    std::unordered_set<std::string> taken;
    std::size_t bytes = 0;
    for (const Place& place : places) {
        if (bytes >= bytes_max) {
            page.more = true;
            break;
        }
        page.to = place.seq;
        std::vector<std::string> keys{place.key};
        if (groups) keys = group_closure(db, std::move(keys));
        for (const std::string& key : keys) {
            if (!taken.insert(key).second) continue;
            const auto found =
                key == place.key ? std::optional<Register>(place.found) : find_register(db, key);
            if (!found) continue;
            page.rows.push_back({found->seq, change_of(db, key, *found)});
            bytes += page.rows.back().change.body.size() + key.size();
        }
    }
    return page;
}

}  // namespace

std::vector<std::string> group_closure(sqlite::Database& db, std::vector<std::string> keys) {
    std::unordered_set<std::string> known(keys.begin(), keys.end());
    const auto reach = [&](std::string key) {
        if (known.insert(key).second) keys.push_back(std::move(key));
    };
    // By index, since it grows meanwhile. NOLINTNEXTLINE(modernize-loop-convert)
    for (std::size_t at = 0; at < keys.size(); ++at) {
        const std::string key = keys[at];
        for (const GroupMember& member : group_of(db, key)) reach(member.key);
        const auto found = find_register(db, key);
        std::vector<std::string> heads;
        for (auto row = db.sql("SELECT head, stamp FROM repl_grp WHERE key = ?1").bind(key);
             row.step();)
            if (found && found->version.stamp == row.int64(1)) heads.push_back(row.string(0));
        for (auto& head : heads) reach(std::move(head));
    }
    return keys;
}

std::vector<FeedRow> companions_of(sqlite::Database& db, const std::vector<FeedRow>& rows) {
    std::vector<FeedRow> out;
    if (!any_groups(db)) return out;
    std::vector<std::string> keys;
    keys.reserve(rows.size());
    for (const FeedRow& row : rows) keys.push_back(row.change.key);
    const std::size_t written = keys.size();
    keys = group_closure(db, std::move(keys));
    for (std::size_t i = written; i < keys.size(); ++i)
        if (const auto found = find_register(db, keys[i]))
            out.push_back({found->seq, change_of(db, keys[i], *found)});
    return out;
}

FeedPage own_rows_after(sqlite::Database& db, std::int64_t seq, std::size_t rows_max,
                        std::size_t bytes_max) {
    const sqlite::ReadTransaction view(db);
    const std::int64_t last = last_seq(db);
    std::vector<Place> places;
    for (auto row = db.sql("SELECT stamp, sig, state, seq, foreign_row, key FROM repl_row "
                           "INDEXED BY repl_own WHERE seq > ?1 AND foreign_row = 0 "
                           "ORDER BY seq LIMIT ?2")
                        .bind(seq, static_cast<std::int64_t>(rows_max + 1));
         row.step();)
        places.push_back(place_of(row));
    const bool more = places.size() > rows_max;
    if (more) places.pop_back();
    FeedPage page = fill(db, places, seq, bytes_max);
    page.more = page.more || more;
    if (planted(Fault::page_ends_too_far)) page.more = false;
    if (!page.more)
        page.to = std::max(seq, last);  // foreign rows and superseded numbers lie behind
    return page;
}

FeedPage all_rows_after(sqlite::Database& db, std::int64_t seq, std::size_t rows_max) {
    const sqlite::ReadTransaction view(db);
    std::vector<Place> places;
    for (auto row = db.sql("SELECT stamp, sig, state, seq, foreign_row, key FROM repl_row WHERE "
                           "seq > ?1 ORDER BY seq LIMIT ?2")
                        .bind(seq, static_cast<std::int64_t>(rows_max + 1));
         row.step();)
        places.push_back(place_of(row));
    const bool more = places.size() > rows_max;
    if (more) places.pop_back();
    FeedPage page = fill(db, places, seq, SIZE_MAX);
    page.more = page.more || more;
    return page;
}

std::vector<Change> changes_of(sqlite::Database& db, const std::vector<std::string>& keys) {
    const sqlite::ReadTransaction view(db);
    std::vector<Change> out;
    for (const std::string& key : group_closure(db, keys))
        if (const auto found = find_register(db, key)) out.push_back(change_of(db, key, *found));
    return out;
}

SomeChanges some_changes_of(sqlite::Database& db, const std::vector<std::string>& keys,
                            std::size_t bytes_max) {
    const sqlite::ReadTransaction view(db);
    const bool groups = any_groups(db) && !planted(Fault::closure_forgotten_in_repair);
    SomeChanges out;
    std::unordered_set<std::string> there;
    std::size_t bytes = 0;
    for (const std::string& wanted : keys) {
        if (bytes >= bytes_max) break;
        out.taken += 1;
        std::vector<std::string> closure{wanted};
        if (groups) closure = group_closure(db, std::move(closure));
        for (const std::string& key : closure) {
            if (!there.insert(key).second) continue;
            const auto found = find_register(db, key);
            if (!found) continue;
            out.changes.push_back(change_of(db, key, *found));
            bytes += out.changes.back().body.size() + key.size();
        }
    }
    return out;
}

Identity read_identity(sqlite::Database& db) {
    auto row = db.sql(
                     "SELECT node, epoch, tag, next_seq, base, recovering, horizon, fresh FROM "
                     "repl_meta WHERE id = 1")
                   .bind();
    if (!row.step()) throw std::logic_error("repl_meta is empty");
    return {row.string(0), row.string(1), static_cast<int>(row.int64(2)),
            row.int64(3),  row.int64(4),  row.int64(5) != 0,
            row.int64(6),  row.int64(7)};
}

std::optional<std::int64_t> first_own_stamp_after(sqlite::Database& db, std::int64_t seq) {
    auto row =
        db.sql(
              "SELECT stamp FROM repl_row INDEXED BY repl_own WHERE seq > ?1 AND foreign_row = 0 "
              "ORDER BY seq LIMIT 1")
            .bind(seq);
    return row.step() ? std::optional<std::int64_t>(row.int64(0)) : std::nullopt;
}

std::vector<PeerCursor> read_cursors(sqlite::Database& db) {
    std::vector<PeerCursor> out;
    for (auto row = db.sql("SELECT url, node, epoch, acked FROM repl_out ORDER BY url").bind();
         row.step();)
        out.push_back({row.string(0), row.string(1), row.string(2), row.int64(3)});
    return out;
}

void write_cursor(sqlite::Database& db, const PeerCursor& cursor) {
    db.sql("INSERT OR REPLACE INTO repl_out(url, node, epoch, acked) VALUES (?1, ?2, ?3, ?4)")
        .bind(cursor.url, cursor.node, cursor.epoch, cursor.acked)
        .run();
    db.sql("UPDATE repl_meta SET shared = ?1 WHERE id = 1 AND shared < ?1")
        .bind(cursor.acked)
        .run();
}

}  // namespace aimem
