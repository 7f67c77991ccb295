#include "store/log/bodies.h"

#include "store/log/memory_rows.h"
#include "store/model/json.h"

namespace aimem {

std::optional<Register> find_register(sqlite::Database& db, std::string_view key) {
    auto row =
        db.sql("SELECT stamp, sig, state, seq, foreign_row FROM repl_row WHERE key = ?1").bind(key);
    if (!row.step()) return std::nullopt;
    return Register{{row.int64(0), row.int64(1)},
                    static_cast<State>(row.int64(2)),
                    row.int64(3),
                    row.int64(4) != 0};
}

std::optional<StoredBody> stored_body(sqlite::Database& db, std::string_view key) {
    auto row = db.sql("SELECT a, b, body FROM repl_body WHERE key = ?1").bind(key);
    if (!row.step()) return std::nullopt;
    return StoredBody{row.maybe_text(0), row.maybe_text(1), row.string(2)};
}

std::string body_of(sqlite::Database& db, std::string_view key, State state) {
    if (auto kept = stored_body(db, key)) return std::move(kept->body);
    if (key.substr(0, 2) != "m:") return {};
    const auto id = id_of_key(key);
    if (state == State::live) {
        const auto memory = live_row(db, id);
        return memory ? memory_body(*memory) : std::string{};
    }
    if (state == State::archived) {
        const auto archived = archived_row(db, id);
        return archived ? archived_body(*archived) : std::string{};
    }
    return {};
}

std::vector<GroupMember> group_of(sqlite::Database& db, std::string_view head) {
    std::vector<GroupMember> out;
    for (auto row =
             db.sql("SELECT key, stamp FROM repl_grp WHERE head = ?1 ORDER BY key").bind(head);
         row.step();)
        out.push_back({row.string(0), row.int64(1)});
    return out;
}

Change change_of(sqlite::Database& db, std::string_view key, const Register& found) {
    Change change;
    change.key = key;
    change.state = found.state;
    change.version = found.version;
    change.body = body_of(db, key, found.state);
    change.group = group_of(db, key);
    return change;
}

}  // namespace aimem
