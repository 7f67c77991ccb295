#include "store/log/collect.h"

#include "store/log/feed.h"
#include "store/log/planted.h"

#include <algorithm>
#include <optional>

namespace aimem {
namespace {

constexpr std::int64_t kMarksInAge = 16;  // one mark each sixteenth of the age

std::vector<CollectMark> read_marks(sqlite::Database& db) {
    std::vector<CollectMark> out;
    for (auto row = db.sql("SELECT seq, at FROM repl_mark ORDER BY seq").bind(); row.step();)
        out.push_back({row.int64(0), row.int64(1)});
    return out;
}

}  // namespace

Confirmed confirmed_by(const std::vector<CollectPeer>& peers,
                       const std::vector<Contact>& contacts) {
    std::optional<Confirmed> out;
    for (const CollectPeer& peer : peers) {
        if (peer.legacy) continue;
        const auto found = std::find_if(contacts.begin(), contacts.end(), [&](const Contact& one) {
            return one.node == peer.node && one.epoch == peer.epoch;
        });
        if (peer.node.empty() || found == contacts.end()) return {};
        const Confirmed one{found->seq, std::min(found->at, found->fresh)};
        out = out ? Confirmed{std::min(out->seq, one.seq), std::min(out->fresh, one.fresh)} : one;
    }
    return out.value_or(Confirmed{});
}

CollectMark collectible(const std::vector<CollectMark>& marks, std::int64_t latest) {
    CollectMark out;
    for (const CollectMark& mark : marks)
        if (mark.at <= latest && mark.seq > out.seq) out = mark;
    return out;
}

CollectPlan plan_collection(sqlite::Database& db, const std::vector<CollectPeer>& peers,
                            std::int64_t now, const CollectRules& rules) {
    const sqlite::ReadTransaction view(db);
    CollectPlan plan;
    if (read_identity(db).recovering) return plan;
    const bool legacy = std::any_of(peers.begin(), peers.end(),
                                    [](const CollectPeer& peer) { return peer.legacy; });
    std::int64_t age = legacy ? rules.age_with_legacy : rules.age;
    if (planted(Fault::collected_too_young)) age = rules.slack;
    const auto marks = read_marks(db);
    const CollectMark last = marks.empty() ? CollectMark{} : marks.back();
    Confirmed confirmed = confirmed_by(peers, contacts(db));
    if (planted(Fault::collected_unconfirmed)) confirmed = {read_identity(db).next_seq - 1, now};
    if (confirmed.seq > last.seq && (marks.empty() || now - last.at >= age / kMarksInAge))
        plan.new_mark = {confirmed.seq, now};
    plan.upto = collectible(marks, std::min(now - age, confirmed.fresh - rules.slack));
    if (plan.upto.seq == 0) return plan;
    for (auto row = db.sql("SELECT key, stamp, sig FROM repl_row WHERE seq <= ?1 AND state = 3 AND "
                           "stamp <= ?2 AND sig = ?3 LIMIT ?4")
                        .bind(plan.upto.seq, plan.upto.at, kPlainTombstone,
                              static_cast<std::int64_t>(rules.rows_max) + 1);
         row.step();) {
        plan.more = plan.rows.size() == rules.rows_max;
        if (plan.more) break;
        plan.rows.push_back({row.string(0), {row.int64(1), row.int64(2)}});
    }
    return plan;
}

std::size_t collect(Registers& registers, const CollectPlan& plan) {
    auto& db = registers.db();
    if (plan.new_mark.at != 0) {
        registers.begin_writing();
        db.sql("INSERT OR REPLACE INTO repl_mark(seq, at) VALUES (?1, ?2)")
            .bind(plan.new_mark.seq, plan.new_mark.at)
            .run();
    }
    if (plan.rows.empty()) return 0;
    registers.begin_writing();
    db.sql("DELETE FROM repl_mark WHERE seq < ?1").bind(plan.upto.seq).run();
    if (!planted(Fault::horizon_not_noted))
        db.sql("UPDATE repl_meta SET horizon = max(horizon, ?1) WHERE id = 1")
            .bind(plan.upto.at)
            .run();
    return forget(registers, plan.rows);
}

}  // namespace aimem
