#include "store/log/registers.h"

#include "store/log/planted.h"

#include <algorithm>

namespace aimem {

Registers::Registers(sqlite::Database& db, std::int64_t now_ns)
    : db_(db),
      now_ns_(now_ns),
      text_(db) {
    auto row = db_.sql("SELECT node, tag, next_seq, hlc FROM repl_meta WHERE id = 1").bind();
    if (!row.step()) throw std::logic_error("repl_meta is empty");
    node_ = row.string(0);
    clock_ = {row.int64(3), static_cast<int>(row.int64(1))};
    next_seq_ = row.int64(2);
}

std::optional<Register> Registers::find(std::string_view key) {
    return find_register(db_, key);
}

std::int64_t Registers::next_stamp(std::string_view key) {
    const auto old = find(key);
    return tick(clock_, now_ns_, old ? old->version.stamp : 0);
}

std::int64_t Registers::next_stamp_over(std::string_view key, std::int64_t other) {
    const auto old = find(key);
    return tick(clock_, now_ns_, std::max(other, old ? old->version.stamp : 0));
}

void Registers::put_again(std::string_view key) {
    const auto found = find(key);
    if (found) put({std::string(key), found->state, found->version, {}, {}}, false);
}

std::int64_t Registers::put(const Change& change, bool foreign) {
    begin_writing();
    if (planted(Fault::foreign_row_as_own)) foreign = false;
    const std::int64_t seq = next_seq_++;
    db_.sql(
           "INSERT INTO repl_row(key, state, stamp, sig, seq, foreign_row) VALUES (?1, ?2, ?3, ?4, "
           "?5, ?6) "
           "ON CONFLICT(key) DO UPDATE SET state = excluded.state, stamp = excluded.stamp, sig = "
           "excluded.sig, "
           "seq = excluded.seq, foreign_row = excluded.foreign_row")
        .bind(change.key, static_cast<int>(change.state), change.version.stamp, change.version.sig,
              seq, foreign ? 1 : 0)
        .run();
    note_group(change);
    return seq;
}

void Registers::note_group(const Change& change) {
    for (const GroupMember& member : change.group) {
        db_.sql(
               "INSERT INTO repl_grp(head, key, stamp) VALUES (?1, ?2, ?3) ON CONFLICT(head, key) "
               "DO UPDATE SET stamp = excluded.stamp WHERE excluded.stamp > stamp")
            .bind(change.key, member.key, member.stamp)
            .run();
        if (db_.changes() > 0) begin_writing();
    }
}

void Registers::keep_body(std::string_view key, const StoredBody& body) {
    begin_writing();
    db_.sql(
           "INSERT INTO repl_body(key, a, b, body) VALUES (?1, ?2, ?3, ?4) "
           "ON CONFLICT(key) DO UPDATE SET a = excluded.a, b = excluded.b, body = excluded.body")
        .bind(key, body.a, body.b, body.body)
        .run();
}

void Registers::drop_body(std::string_view key) {
    begin_writing();
    db_.sql("DELETE FROM repl_body WHERE key = ?1").bind(key).run();
}

void Registers::begin_writing() {
    writing_ = true;
}

// SQLite leaves a page alone to which the values are written that it has.
void Registers::write_anyway() {
    begin_writing();
    db_.sql("UPDATE repl_meta SET guard = 1 WHERE id = 1").bind().run();
}

bool Registers::finish() {
    if (!writing_) return false;
    db_.sql("UPDATE repl_meta SET guard = ?3, next_seq = ?1, hlc = ?2 WHERE id = 1")
        .bind(next_seq_ - (planted(Fault::seq_not_persisted) ? 1 : 0),
              planted(Fault::clock_not_persisted) ? 0 : clock_.hlc,
              planted(Fault::guard_left_on) ? 1 : 0)
        .run();
    text_.write();
    return true;
}

void Registers::rewind(const Mark& mark) {
    clock_ = mark.clock;
    next_seq_ = mark.next_seq;
    writing_ = mark.writing;
    text_.rewind(mark.text);
}

}  // namespace aimem
