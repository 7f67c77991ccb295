#include "store/ops/foreign.h"

#include "store/base/time_text.h"
#include "store/log/apply.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/log/planted.h"
#include "store/log/records.h"
#include "store/log/upkeep.h"
#include "store/model/json.h"
#include "store/model/validate.h"

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

enum class Done { applied, noop, skipped };

Done apply_legacy_change(Registers& registers, Change change) {
    change.version.sig = sig_of(change.state, change.body);
    if (const auto ok = check_change(change); !ok) return Done::skipped;
    return apply_change(registers, change, Origin::peer) ? Done::applied : Done::noop;
}

Result<Done> legacy_memory(Registers& registers, const Memory& memory) {
    if (auto ok = check_memory(memory); !ok) return fail(ok.error());
    const auto stamp = parse_time(memory.updated_at);
    if (!stamp) return fail(Errc::invalid_argument, "updated_at is no RFC 3339 timestamp");
    Memory normal = memory;
    normal.created_at = normal_time(memory.created_at);
    if (memory.expires_at) normal.expires_at = normal_time(*memory.expires_at);
    return apply_legacy_change(
        registers, {memory_key(memory.id), State::live, {*stamp, 0}, memory_body(normal), {}});
}

Result<Done> legacy_delete(Registers& registers, const std::string& id) {
    if (auto ok = check_id("id", id); !ok) return fail(ok.error());
    const auto shown = visible_id(registers.db(), id);
    std::vector<std::string> ids{id};
    if (shown) ids = clash_members(registers.db(), *shown);
    if (shown && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    for (const std::string& one : ids) {
        const auto old = find_register(registers.db(), memory_key(one));
        if (old && old->state == State::dead) continue;
        apply_legacy_change(
            registers,
            {memory_key(one), State::dead, {registers.next_stamp(memory_key(one)), 0}, {}, {}});
    }
    return shown ? Done::applied : Done::noop;
}

Result<Done> legacy_archive(Registers& registers, const std::string& id) {
    if (auto ok = check_id("id", id); !ok) return fail(ok.error());
    const auto shown = visible_id(registers.db(), id);
    if (!shown) return Done::noop;
    const std::int64_t stamp = registers.next_stamp(memory_key(*shown));
    const Archived archived{*live_row(registers.db(), *shown), time_text(stamp), "sync_push"};
    Change head{memory_key(*shown), State::archived, {stamp, 0}, archived_body(archived), {}};
    // Or another member of a clash would take the title over and show again.
    for (const std::string& one : clash_members(registers.db(), *shown)) {
        if (one == *shown) continue;
        const std::string key = memory_key(one);
        head.group.push_back({key, registers.next_stamp(key)});
        apply_legacy_change(
            registers,
            {key, State::dead, {head.group.back().stamp, 0}, merged_into_body(*shown), {}});
    }
    return apply_legacy_change(registers, std::move(head));
}

Result<Done> legacy_restore(Registers& registers, const std::string& id) {
    if (auto ok = check_id("id", id); !ok) return fail(ok.error());
    const auto archived = archived_row(registers.db(), id);
    if (!archived) return Done::noop;
    const std::int64_t stamp = registers.next_stamp(memory_key(id));
    return apply_legacy_change(
        registers, {memory_key(id), State::live, {stamp, 0}, memory_body(archived->memory), {}});
}

Result<Done> legacy_link(Registers& registers, const Link& link) {
    if (auto ok = check_link(link.source_id, link.target_id, link.relation); !ok)
        return fail(ok.error());
    const std::string key = link_key(link.source_id, link.target_id, link.relation);
    const auto old = find_register(registers.db(), key);
    if (old && old->state == State::live) return Done::applied;  // as 0.6.3 counts a duplicate
    if (!visible_id(registers.db(), link.source_id) || !visible_id(registers.db(), link.target_id))
        return fail(Errc::not_found, "an end of the link is not here");
    const std::int64_t stamp = registers.next_stamp(key);
    Link stamped = link;
    if (!parse_time(stamped.created_at)) stamped.created_at = time_text(stamp);
    return apply_legacy_change(registers, {key, State::live, {stamp, 0}, link_body(stamped), {}});
}

Result<Done> legacy_standard(Registers& registers, const Standard& standard) {
    if (!visible_id(registers.db(), standard.standard_id))
        return fail(Errc::not_found, "the standard's memory is not here");
    const std::string key = record_key(Kind::standard, standard.ns);
    const std::int64_t stamp = registers.next_stamp(key);
    const auto old = standard_of(registers.db(), standard.ns);
    Standard made = standard;
    if (!made.parent && old) made.parent = old->parent;
    if (old && old->standard_id == made.standard_id && old->parent == made.parent)
        return Done::applied;  // as 0.6.3 counts it; nothing to say to anybody
    made.updated_at = time_text(stamp);
    return apply_legacy_change(registers, {key, State::live, {stamp, 0}, body_of(made), {}});
}

Result<Done> legacy_clear(Registers& registers, const std::string& ns) {
    if (!standard_of(registers.db(), ns)) return Done::noop;
    const std::string key = record_key(Kind::standard, ns);
    return apply_legacy_change(registers,
                               {key, State::dead, {registers.next_stamp(key), 0}, {}, {}});
}

// The action itself is written once, with the time it was asked for as stamp, so that every node
// that hears of it this way has the same version. A late copy cannot open what was decided.
Result<Done> legacy_pending(Registers& registers, const PendingState& state) {
    const auto asked = parse_time(state.action.requested_at);
    if (!asked) return fail(Errc::invalid_argument, "requested_at is no RFC 3339 timestamp");
    const std::string key = record_key(Kind::pending, state.action.id);
    if (!registers.find(key)) {
        const auto done = apply_legacy_change(
            registers, {key, State::live, {*asked, 0}, body_of(state.action), {}});
        if (done == Done::skipped) return done;
    }
    for (const Approval& one : state.approvals) {
        const std::string voice = pair_key(Kind::approval, one.pending_id, one.agent_id);
        const auto at = parse_time(one.approved_at);
        if (at && !registers.find(voice))
            apply_legacy_change(registers, {voice, State::live, {*at, 0}, body_of(one), {}});
    }
    const std::string sealed = record_key(Kind::decision, state.action.id);
    const auto when = parse_time(state.decided_at.value_or(""));
    const bool decided = state.status == "approved" || state.status == "rejected";
    if (decided && when && !registers.find(sealed)) {
        const Decision decision{
            state.action.id,   state.status == "approved", state.decided_by.value_or(""),
            *state.decided_at, state.action.memory_id,     state.action};
        apply_legacy_change(registers, {sealed, State::live, {*when, 0}, body_of(decision), {}});
    }
    return Done::applied;
}

// One row in a savepoint of its own, so that a failure leaves the others.
template <typename Row>
void each(Registers& registers, const std::vector<Row>& rows, LegacyApplied& out,
          std::size_t& counter, Result<Done> (*apply)(Registers&, const Row&)) {
    for (const Row& row : rows) {
        const auto mark = registers.mark();
        sqlite::Savepoint savepoint(registers.db());
        const auto done = apply(registers, row);
        if (!done || *done == Done::skipped) {
            registers.rewind(mark);
            out.skipped += 1;
            out.skipped_why.push_back(done ? "not acceptable" : done.error().message);
            continue;
        }
        savepoint.release();
        (*done == Done::applied ? counter : out.noop) += 1;
    }
}

}  // namespace

Accepted accept_delivery(Registers& registers, const Delivery& delivery, const FeedRanges& ahead) {
    Accepted out;
    std::vector<KnownBody> bodies;
    const auto spoiled = spoiled_keys(delivery, out.rejected, bodies);
    for (std::size_t i = 0; i < delivery.rows.size(); ++i) {
        const Change& change = delivery.rows[i].change;
        if (spoiled.contains(change.key)) continue;
        if (planted(Fault::tombstone_dropped) && change.state == State::dead) continue;
        const auto done = apply_change(registers, change, Origin::peer, bodies[i]);
        (done ? out.applied : out.noop) += 1;
    }
    out.before = seen_of_feed(registers.db(), delivery.sender);
    out.seen = note_seen(registers, delivery, ahead, out.before);
    return out;
}

LegacyApplied accept_legacy(Registers& registers, const LegacyPush& push) {
    LegacyApplied out;
    std::size_t unchanged = 0;
    each(registers, push.memories, out, out.applied, legacy_memory);
    // 0.6.3 counts every memory it accepts, also one that changed nothing
    // (facts/federation.md 3.4).
    unchanged = out.noop;
    out.applied += unchanged;
    out.noop = 0;
    each(registers, push.deletions, out, out.deleted, legacy_delete);
    each(registers, push.archives, out, out.archived, legacy_archive);
    each(registers, push.restores, out, out.restored, legacy_restore);
    each(registers, push.links, out, out.links_applied, legacy_link);
    each(registers, push.pendings, out, out.pendings_applied, legacy_pending);
    each(registers, push.standards, out, out.standards_applied, legacy_standard);
    each(registers, push.standard_clears, out, out.standards_cleared, legacy_clear);
    return out;
}

}  // namespace aimem
