// The lists of a peer that speaks the wire of 0.6.3, memories apart (foreign_memory.cc).
// SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/bodies.h"
#include "store/log/memory_rows.h"
#include "store/log/names.h"
#include "store/log/parked.h"
#include "store/log/records.h"
#include "store/model/json.h"
#include "store/model/limits.h"
#include "store/model/validate.h"
#include "store/ops/foreign.h"
#include "store/ops/foreign_memory.h"

#include <algorithm>
#include <optional>

namespace aimem {
namespace {

using Done = LegacyDone;

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

Done leave_tombstone(Registers& registers, const std::string& id) {
    const std::string key = memory_key(id);
    apply_legacy_change(registers, {key, State::dead, {registers.next_stamp(key), 0}, {}, {}});
    return Done::noop;
}

Result<Done> legacy_archive(Registers& registers, const std::string& id) {
    if (auto ok = check_id("id", id); !ok) return fail(ok.error());
    const auto shown = visible_id(registers.db(), id);
    // Its row comes late: it must not show then.
    if (!shown && !registers.find(memory_key(id))) return leave_tombstone(registers, id);
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

// The memory in the archive that this id leads to: an archived one, or what it was merged into.
std::optional<Archived> shelved_as(sqlite::Database& db, std::string id) {
    for (int hop = 0; hop <= kMergesMax; ++hop) {
        if (auto archived = archived_row(db, id)) return archived;
        const auto kept = stored_body(db, memory_key(id));
        if (!kept || kept->a || !kept->b) return std::nullopt;
        id = *kept->b;
    }
    return std::nullopt;
}

// It becomes long and does not expire, as it does there. An id that is in no archive here leaves no
// mark: whatever it names lives there, and must be welcome when it is sent.
Result<Done> legacy_restore(Registers& registers, const std::string& id) {
    if (auto ok = check_id("id", id); !ok) return fail(ok.error());
    auto archived = shelved_as(registers.db(), id);
    if (!archived) return Done::noop;
    archived->memory.tier = Tier::long_term;
    archived->memory.expires_at.reset();
    const std::string key = memory_key(archived->memory.id);
    return apply_legacy_change(
        registers,
        {key, State::live, {registers.next_stamp(key), 0}, memory_body(archived->memory), {}});
}

Result<Done> legacy_link(Registers& registers, const Link& link) {
    if (auto ok = check_link(link.source_id, link.target_id, link.relation); !ok)
        return fail(ok.error());
    const std::string key = link_key(link.source_id, link.target_id, link.relation);
    const auto old = find_register(registers.db(), key);
    if (old && old->state == State::live) return Done::applied;  // as 0.6.3 counts a duplicate
    // An end that is not here yet may come: the link waits for it.
    const std::int64_t stamp = registers.next_stamp(key);
    Link stamped = link;
    if (!parse_time(stamped.created_at)) stamped.created_at = time_text(stamp);
    return apply_legacy_change(registers, {key, State::live, {stamp, 0}, link_body(stamped), {}});
}

Result<Done> legacy_standard(Registers& registers, const Standard& standard) {
    // Its memory may be on its way; until then it says nothing.
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

std::string key_of(const Memory& memory) {
    return memory_key(memory.id);
}
std::string key_of(const std::string& id) {
    return memory_key(id);
}
std::string key_of(const Link& link) {
    return link_key(link.source_id, link.target_id, link.relation);
}
std::string key_of(const PendingState& state) {
    return record_key(Kind::pending, state.action.id);
}
std::string key_of(const Standard& standard) {
    return record_key(Kind::standard, standard.ns);
}

std::int64_t stamp_of(const Memory& memory) {
    return parse_time(memory.updated_at).value_or(0);
}
template <typename Row>
std::int64_t stamp_of(const Row& /*row*/) {
    return 0;  // the wire says none
}

struct Skipped {
    std::string key{};
    std::int64_t stamp = 0;
    std::string why{};
};

// It is not sent again by itself: what remains is to know of it.
void park_skipped(Registers& registers, const std::string& sender,
                  const std::vector<Skipped>& rows) {
    constexpr std::size_t kKeyMax = 2 * limits::id_bytes;
    if (sender.empty()) return;
    for (const Skipped& row : rows)
        park_foreign(registers, sender, row.key.substr(0, kKeyMax), row.stamp, row.why);
}

struct Intake {
    Registers& registers;
    const std::string& sender;
    LegacyApplied& out;
};

// One row in a savepoint of its own, so that a failure leaves the others.
template <typename Row>
void each(const Intake& intake, const std::vector<Row>& rows, std::size_t& counter,
          Result<Done> (*apply)(Registers&, const Row&)) {
    auto& [registers, sender, out] = intake;
    std::vector<Skipped> skipped;
    for (const Row& row : rows) {
        const auto mark = registers.mark();
        sqlite::Savepoint savepoint(registers.db());
        const auto done = apply(registers, row);
        if (!done || *done == Done::skipped) {
            registers.rewind(mark);
            out.skipped += 1;
            out.skipped_why.push_back(done ? "not acceptable" : done.error().message);
            skipped.push_back({key_of(row), stamp_of(row), out.skipped_why.back()});
            continue;
        }
        savepoint.release();
        (*done == Done::applied ? counter : out.noop) += 1;
    }
    park_skipped(registers, sender, skipped);
}

}  // namespace

LegacyApplied accept_legacy(Registers& registers, const LegacyPush& push) {
    LegacyApplied out;
    const Intake intake{registers, push.sender, out};
    each(intake, push.memories, out.applied, accept_legacy_memory);
    // 0.6.3 counts every memory it accepts, also one that changed nothing
    // (facts/federation.md 3.4).
    out.applied += out.noop;
    out.noop = 0;
    each(intake, push.deletions, out.deleted, legacy_delete);
    each(intake, push.archives, out.archived, legacy_archive);
    each(intake, push.restores, out.restored, legacy_restore);
    each(intake, push.links, out.links_applied, legacy_link);
    each(intake, push.pendings, out.pendings_applied, legacy_pending);
    each(intake, push.standards, out.standards_applied, legacy_standard);
    each(intake, push.standard_clears, out.standards_cleared, legacy_clear);
    return out;
}

}  // namespace aimem
