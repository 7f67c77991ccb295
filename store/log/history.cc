#include "store/log/history.h"

#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/model/json.h"
#include "store/model/json_text.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace aimem {
namespace {

using nlohmann::json;

// Lines. The versions of one memory are counted then, and the oldest lines of the file looked at.
constexpr std::int64_t kTrimEvery = 8;
constexpr std::int64_t kSweepEvery = 32;

// Whose it is and who may see it (query/viewer.h), which stays when the rest goes.
std::string seen_by(const Memory& memory) {
    if (memory.metadata == "{}") return memory.metadata;
    const json given = parse_json(memory.metadata);
    json out = json::object();
    for (const char* name : {"agent_id", "written_by", "scope"})
        if (const auto found = given.find(name); found != given.end() && found->is_string())
            out[name] = *found;
    return json_text(out);
}

// Who writes is told by itself.
bool same_metadata(const std::string& before, const std::string& after) {
    if (before == after) return true;
    json was = parse_json(before);
    json is = parse_json(after);
    for (json* one : {&was, &is})
        if (one->is_object()) one->erase("written_by");
    return was == is;
}

std::string names_of_changed(const Memory& before, const Memory& after) {
    std::string out;
    const auto add = [&out](bool same, const char* name) {
        if (!same) out += out.empty() ? name : std::string(",") + name;
    };
    add(before.title == after.title, "title");
    add(before.content == after.content, "content");
    add(before.ns == after.ns, "namespace");
    add(before.tags == after.tags, "tags");
    add(before.tier == after.tier, "tier");
    add(before.priority == after.priority, "priority");
    add(before.confidence == after.confidence, "confidence");
    add(before.expires_at == after.expires_at, "expires_at");
    add(same_metadata(before.metadata, after.metadata), "metadata");
    return out;
}

std::string shown(sqlite::Database& db, const Memory& memory, State state) {
    json out{{"id", memory.id},
             {"title", memory.title},
             {"tier", to_string(memory.tier)},
             {"priority", memory.priority},
             {"confidence", memory.confidence},
             {"tags", tags_json(memory.tags)},
             {"created_at", memory.created_at}};
    if (memory.expires_at) out["expires_at"] = *memory.expires_at;
    if (state == State::archived)
        if (const auto row = archived_row(db, memory.id)) out["archive_reason"] = row->reason;
    return json_text(out);
}

// What another program has written over (log/adopt.cc) is gone from the tables already: there is
// the new text where the old one is looked for.
bool is_overwritten_already(const Register& old, const std::optional<Memory>& before,
                            const std::optional<Memory>& after) {
    return before && after && old.state == State::live &&
           names_of_changed(*before, *after).empty() &&
           sig_of(old.state, memory_body(*before)) != old.version.sig;
}

struct Line {
    std::string key{};
    std::string changed{};
    std::optional<std::string> shown{};
    std::optional<std::string> content{};  // absent: deleted, unknown, or that of the next version
    std::int64_t bytes = 0;                // of the whole content
};

void insert(Registers& registers, const Line& line, const Change& change, const Register& old,
            const std::optional<Memory>& before) {
    auto& db = registers.db();
    std::int64_t number = 0;
    {
        auto row =
            db.sql(
                  "INSERT INTO repl_history(key, stamp, next, state, foreign_row, namespace, "
                  "metadata, changed, shown, content, bytes) "
                  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT(key, stamp) "
                  "DO UPDATE SET next = excluded.next, namespace = excluded.namespace, metadata = "
                  "CASE WHEN state = 3 THEN metadata ELSE excluded.metadata END, changed = "
                  "excluded.changed, shown = excluded.shown, content = excluded.content, bytes = "
                  "excluded.bytes RETURNING n")
                .bind(line.key, old.version.stamp, change.version.stamp,
                      static_cast<int>(old.state), old.foreign ? 1 : 0, before ? before->ns : "",
                      before ? seen_by(*before) : "{}", line.changed, line.shown, line.content,
                      line.bytes);
        if (row.step()) number = row.int64(0);
    }
    if (number % kTrimEvery != 0) return;
    db.sql(
          "DELETE FROM repl_history WHERE key = ?1 AND stamp <= (SELECT stamp FROM repl_history "
          "WHERE key = ?1 ORDER BY stamp DESC LIMIT 1 OFFSET ?2)")
        .bind(line.key, kVersionsKept)
        .run();
    if (number % kSweepEvery != 0) return;
    db.sql(
          "DELETE FROM repl_history WHERE n IN (SELECT n FROM repl_history ORDER BY n LIMIT ?1) "
          "AND (n <= ?2 OR next < ?3)")
        .bind(2 * kSweepEvery, number - kVersionsInAll, registers.now_ns() - kVersionsAge)
        .run();
}

// What was merged into another memory is a past of that one from now on, and goes with it.
std::string home_of(Registers& registers, const Change& change) {
    const auto into = visible_id(registers.db(), merged_into(change.body));
    if (!into || *into == id_of_key(change.key)) return {};
    std::string home = memory_key(*into);
    registers.db()
        .sql("UPDATE OR IGNORE repl_history SET key = ?2 WHERE key = ?1")
        .bind(change.key, home)
        .run();
    return home;
}

void forget_content(sqlite::Database& db, const std::string& key) {
    db.sql(
          "UPDATE repl_history SET shown = NULL, content = NULL, bytes = 0, changed = '' "
          "WHERE key = ?1 AND shown IS NOT NULL")
        .bind(key)
        .run();
}

}  // namespace

std::string_view beginning_of(std::string_view text, std::size_t bytes_max) noexcept {
    if (text.size() <= bytes_max) return text;
    while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xc0) == 0x80)
        --bytes_max;
    return text.substr(0, bytes_max);
}

void note_history(Registers& registers, const Change& change, const Register& old,
                  const std::optional<Memory>& before, const std::optional<Memory>& after) {
    auto& db = registers.db();
    Line line{change.key, {}, {}, {}, 0};
    if (change.state == State::dead) {
        std::string home = home_of(registers, change);
        const bool deleted = home.empty();
        if (!deleted) line.key = std::move(home);
        forget_content(db, change.key);
        if (deleted || !before) return insert(registers, line, change, old, before);
    }
    if (before && !is_overwritten_already(old, before, after)) {
        if (after) line.changed = names_of_changed(*before, *after);
        line.shown = shown(db, *before, old.state);
        line.bytes = static_cast<std::int64_t>(before->content.size());
        if (!after || after->content != before->content)
            line.content = std::string(beginning_of(before->content, kVersionContentMax));
    }
    insert(registers, line, change, old, before);
}

void note_deleter(Registers& registers, const Change& tombstone, const std::string& agent_id) {
    if (agent_id.empty() || !merged_into(tombstone.body).empty()) return;
    registers.db()
        .sql(
            "INSERT OR IGNORE INTO repl_history(key, stamp, next, state, foreign_row, namespace, "
            "metadata, changed, bytes) VALUES (?1, ?2, 0, ?3, 0, '', ?4, '', 0)")
        .bind(tombstone.key, tombstone.version.stamp, static_cast<int>(tombstone.state),
              with_metadata_text("{}", "written_by", agent_id))
        .run();
}

void forget_history(sqlite::Database& db, std::string_view key) {
    db.sql("DELETE FROM repl_history WHERE key = ?1").bind(key).run();
}

}  // namespace aimem
