#include "store/ops/foreign.h"

#include "store/log/apply.h"
#include "store/log/feed.h"
#include "store/log/parked.h"
#include "store/log/planted.h"
#include "store/log/upkeep.h"

#include <algorithm>
#include <unordered_set>

namespace aimem {
namespace {

// Keys that must not be applied: rejected ones and everything in one group with them.
std::unordered_set<std::string> spoiled_keys(const Delivery& delivery,
                                             std::vector<Rejected>& rejected,
                                             std::vector<KnownBody>& bodies) {
    std::unordered_set<std::string> spoiled;
    bodies.resize(delivery.rows.size());
    for (std::size_t i = 0; i < delivery.rows.size(); ++i) {
        const FeedRow& row = delivery.rows[i];
        if (const auto ok = check_change(row.change, bodies[i]); !ok) {
            spoiled.insert(row.change.key);
            rejected.push_back({row.seq, ok.error().message});
        }
    }
    if (spoiled.empty()) return spoiled;
    // Groups that share a member hang together: spread until nothing is added.
    for (std::size_t before = 0; before != spoiled.size();) {
        before = spoiled.size();
        for (const FeedRow& row : delivery.rows) {
            const auto& group = row.change.group;
            const bool hit = spoiled.contains(row.change.key) ||
                             std::any_of(group.begin(), group.end(), [&](const GroupMember& m) {
                                 return spoiled.contains(m.key);
                             });
            if (!hit || group.empty()) continue;
            spoiled.insert(row.change.key);
            for (const GroupMember& member : group) spoiled.insert(member.key);
        }
    }
    for (const FeedRow& row : delivery.rows) {
        const bool named = std::any_of(rejected.begin(), rejected.end(),
                                       [&](const Rejected& r) { return r.seq == row.seq; });
        if (!named && spoiled.contains(row.change.key))
            rejected.push_back({row.seq, "a member of its group was rejected"});
    }
    return spoiled;
}

void park_rejected(Registers& registers, const Delivery& delivery,
                   const std::vector<Rejected>& rejected) {
    for (const Rejected& one : delivery.unreadable)
        park_foreign(registers, delivery.sender, "#" + std::to_string(one.seq), 0, one.why);
    for (const Rejected& one : rejected)
        for (const FeedRow& row : delivery.rows)
            if (row.seq == one.seq)
                park_foreign(registers, delivery.sender, row.change.key, row.change.version.stamp,
                             one.why);
}

// How far the sender's feed is here without a gap. The last row that came in order is remembered:
// a sender that does not know it any more has lost part of its history.
std::int64_t note_seen(Registers& registers, const Delivery& delivery, const FeedRanges& ahead,
                       const SeenOfFeed& before) {
    const bool same = before.epoch == delivery.epoch;
    // A new epoch goes on where the old one ended: what lies before it came under that.
    const std::int64_t seen = same ? before.seen : delivery.base;
    const std::int64_t reached =
        delivery.from <= seen ? ahead.reach(std::max(seen, delivery.to)) : seen;
    const bool known = same || (before.epoch.empty() && reached == 0);
    if (known && reached == seen) return seen;
    // Which row came last says something about the epoch it came under, and nothing about the next.
    SeenOfFeed now{delivery.epoch, reached, {}, 0};
    if (same) {
        now.key = before.key;
        now.stamp = before.stamp;
    }
    std::int64_t last = 0;
    for (const FeedRow& row : delivery.rows)
        if (row.seq > std::max(last, delivery.from) && row.seq <= delivery.to) {
            last = row.seq;
            now.key = row.change.key;
            now.stamp = row.change.version.stamp;
        }
    registers.begin_writing();
    registers.db()
        .sql(
            "INSERT OR REPLACE INTO repl_in(node, epoch, seen, last_key, last_stamp) "
            "VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(delivery.sender, now.epoch, now.seen, now.key, now.stamp)
        .run();
    return reached;
}

// A feed goes on from what the sender knows to be acknowledged, and tells what was deleted and
// collected here meanwhile as if it were news. A comparison sorts that out, if nothing is collected
// between its look and its rows, which belong to no feed.
bool brings_back(sqlite::Database& db, const Delivery& delivery) {
    if (delivery.rows.empty()) return false;
    const std::int64_t horizon = read_identity(db).horizon;
    const bool repair = delivery.from == delivery.to;
    if (repair && (delivery.under < 0 || delivery.under >= horizon)) return false;
    if (!repair && (delivery.fresh >= horizon || planted(Fault::long_absence_unnoticed)))
        return false;
    return std::any_of(delivery.rows.begin(), delivery.rows.end(), [&](const FeedRow& row) {
        const Change& change = row.change;
        return change.state != State::dead && change.version.stamp <= horizon &&
               !find_register(db, change.key);
    });
}

}  // namespace

Accepted accept_delivery(Registers& registers, const Delivery& delivery, const FeedRanges& ahead) {
    Accepted out;
    out.too_old = brings_back(registers.db(), delivery);
    if (out.too_old) return out;
    std::vector<KnownBody> bodies;
    const auto spoiled = spoiled_keys(delivery, out.rejected, bodies);
    for (std::size_t i = 0; i < delivery.rows.size(); ++i) {
        const Change& change = delivery.rows[i].change;
        if (spoiled.contains(change.key)) continue;
        if (planted(Fault::tombstone_dropped) && change.state == State::dead) continue;
        const auto done = apply_change(registers, change, Origin::peer, bodies[i]);
        (done ? out.applied : out.noop) += 1;
    }
    park_rejected(registers, delivery, out.rejected);
    out.before = seen_of_feed(registers.db(), delivery.sender);
    out.seen = note_seen(registers, delivery, ahead, out.before);
    return out;
}

}  // namespace aimem
