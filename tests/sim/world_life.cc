// Processes of the simulated world: how they start, write and die.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/apply.h"
#include "tests/sim/some_op.h"
#include "tests/sim/world.h"
#include "tests/store/core/another_program.h"

#include <fmt/core.h>

#include <utility>

namespace aimem::sim {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRestartMin{2};
constexpr milliseconds kRestartMax{120};
constexpr std::chrono::seconds kAheadAtMost{5};  // federation/housekeeping.cc

}  // namespace

void World::start(Member& member) {
    if (member.process) return;
    bool up = true;
    try {
        member.start(mesh_, now_);
    } catch (const sqlite::SqliteError& e) {
        say("n{} cannot start: {}", member.id, e.what());
        up = false;
    }
    if (!up) {
        // A start that failed may have died inside the disk as well.
        if (member.disk.dead() || member.disk.sync_failed())
            die(member, member.power_fails, member.rng.next());
        else
            start_later(member, member.rng);
        return;
    }
    note(3, member.id, static_cast<std::uint64_t>(member.life));
    say("n{} is up", member.id);
    history_.restarted(member);
    history_.came_up(member);
    arm_care(member);
    feed(member, repl::Tick{});
}

void World::start_later(Member& member, Dice& dice) {
    if (healing_) return start(member);
    const Instant pause = milliseconds(dice.between(kRestartMin.count(), kRestartMax.count()));
    at(now_ + pause, [this, id = member.id, life = member.life] {
        Member* found = find(id);
        if (found != nullptr && found->life == life) start(*found);
    });
}

void World::restart_all() {
    for (const Ptr& member : members_) {
        member->stop();
        start(*member);
    }
}

void World::die(Member& member, bool power, std::uint64_t seed) {
    Dice dice(seed);
    const bool sync_failed = member.disk.sync_failed();
    note(4, member.id, power ? 1 : 0);
    say("n{} dies{}{}", member.id, power ? " with its power" : "",
        sync_failed ? " of a failed sync" : "");
    member.stop();
    if (power)
        member.disk.cut_power(dice);
    else if (sync_failed)
        member.disk.lose_some(dice);
    start_later(member, dice);
}

// Whether the process died inside the disk meanwhile shows only here.
void World::bury_if_dead(Member& member) {
    if (member.process && (member.disk.dead() || member.disk.sync_failed()))
        die(member, member.disk.dead() && member.power_fails, member.rng.next());
}

World::Attempt World::attempt(Member& member, const std::function<void(Committer&)>& job) {
    Committer& committer = member.process->committer;
    bool done = false;
    try {
        const bool foreign = foreign_writes_wait(member.process->db);
        committer.begin();
        if (foreign) history_.adopted(member);
        job(committer);
        committer.commit();
        done = true;
        history_.confirmed(member);
    } catch (const sqlite::SqliteError& e) {
        say("n{}: {}", member.id, e.what());
        committer.rollback();
    }
    const int life = member.life;
    bury_if_dead(member);
    if (member.life != life) return Attempt::died;
    if (!done) member.pending.clear();
    return done ? Attempt::done : Attempt::failed;
}

std::vector<Op> World::some_ops(Member& member, Dice& dice, const Step& step) {
    std::vector<Op> ops;
    // A node whose clock runs ahead leaves expiry to the others.
    if (step.verb == Verb::expire && member.clock.skew - days_ > kAheadAtMost) return ops;
    try {
        for (std::int64_t i = 0; i < step.amount; ++i)
            for (Op& op : sim::some_ops(member.process->db, dice, step.verb))
                ops.push_back(std::move(op));
    } catch (const sqlite::SqliteError& e) {
        say("n{} cannot read: {}", member.id, e.what());
    }
    bury_if_dead(member);
    return ops;
}

void World::write(Member& member, const Step& step) {
    if (!member.process) return;
    Dice dice(step.seed);
    const auto ops = some_ops(member, dice, step);
    if (member.process && !ops.empty()) write_all(member, ops, step.kind == StepKind::write);
}

// As the writer thread does: all in one transaction, and if that fails each for itself. `heard`:
// the node itself wrote and answers; else it only hears the doorbell.
void World::write_all(Member& member, const std::vector<Op>& ops, bool heard) {
    std::vector<Committed> written;
    const auto execute = [&](Committer& committer, const Op& op) {
        auto done = committer.execute(op);
        if (!done) say("n{} refuses {}: {}", member.id, verb_of(op), done.error().message);
        if (!done || done->rows.empty()) return;
        history_.issued(member, done->rows, std::holds_alternative<ExpireMemories>(op));
        written.push_back(std::move(*done));
    };
    auto result = attempt(member, [&](Committer& committer) {
        for (const Op& op : ops) execute(committer, op);
    });
    std::vector<Committed> kept;
    if (result == Attempt::done) kept = std::exchange(written, {});
    for (std::size_t i = 0; i < ops.size() && result == Attempt::failed && ops.size() > 1; ++i) {
        written.clear();
        const auto alone =
            attempt(member, [&](Committer& committer) { execute(committer, ops[i]); });
        if (alone == Attempt::died) return;
        if (alone == Attempt::done)
            for (Committed& one : written) kept.push_back(std::move(one));
    }
    if (!member.process) return;
    for (Committed& one : kept) {
        history_.committed(member, one.rows);
        for (const FeedRow& row : one.rows)
            say("n{} writes {} @{} state {} (seq {})", member.id, row.change.key,
                row.change.version.stamp, static_cast<int>(row.change.state), row.seq);
        if (!heard) continue;
        const repl::Ticket ticket = next_ticket_++;
        member.process->tickets[ticket] = {now_, one.rows};
        feed(member, repl::Committed{std::move(one.rows), std::move(one.companions), ticket});
        if (!member.process) return;
    }
    if (!heard && !kept.empty()) hear_bell(member);
}

// 0.6.3 on the same file, or a person with sqlite3.
void World::write_raw(Member& member, const Step& step) {
    if (!member.process) return;
    Dice dice(step.seed);
    try {
        auto& db = member.process->db;
        const std::string id = some_id(db, dice);
        const bool removes = dice.chance(25);
        test::as_another_program(db, [&] {
            if (removes)
                db.sql("DELETE FROM memories WHERE id = ?1").bind(id).run();
            else
                db.sql("UPDATE memories SET content = ?2 WHERE id = ?1")
                    .bind(id, fmt::format("raw {}", dice.below(1000)))
                    .run();
        });
    } catch (const sqlite::SqliteError& e) {
        say("n{} raw: {}", member.id, e.what());
    }
    bury_if_dead(member);
}

// What a foreign writer left is stamped before anything is read for a peer: until then rows and
// registers do not belong together.
void World::adopt(Member& member) {
    try {
        if (foreign_writes_wait(member.process->db)) attempt(member, [](Committer&) {});
    } catch (const sqlite::SqliteError& e) {
        say("n{} cannot read: {}", member.id, e.what());
    }
    bury_if_dead(member);
}

// Old peers sent these: they carry no stamps, only a time of their own.
void World::twins(Member& member, Member& other, const Step& step) {
    Dice dice(step.seed);
    Memory memory;
    memory.id = uuid4(dice);
    memory.title = fmt::format("title {}", dice.below(kTitles));
    memory.updated_at = time_text(member.clock.now_ns());
    memory.created_at = memory.updated_at;
    history_.came_over_old_wire(memory);
    for (Member* to : {&member, &other}) {
        if (!to->process) continue;
        memory.content = fmt::format("twin at {}", to->id);
        LegacyPush push;
        push.memories.push_back(memory);
        std::optional<LegacyApplied> applied;
        const auto done = attempt(*to, [&](Committer& committer) {
            applied = committer.accept(push);
            history_.adopted(*to);
        });
        if (done != Attempt::done) continue;
        feed(*to, repl::ForeignApplied{{applied->span.from, applied->span.to}});
    }
}

// Both have one name, one feed and one clock from now on, until the copy is thrown away.
void World::make_copy(Member& member, Member& other) {
    if (member.id == other.id || !copied_.empty()) return;
    other.restore(member.disk.view());
    other.disk_lost_at = now_;
    copied_[other.id] = member.id;
    were_copies_.insert({other.id, member.id});
    history_.copied(other.id, member.id);
    start_later(other, other.rng);
}

// From a backup, or by an empty disk under the same address.
void World::set_back(Member& member, const Step& step) {
    const bool empty = step.kind == StepKind::replace;
    if (!empty && !member.backup) return;
    Dice dice(step.seed);
    if (empty) {
        member.restore({});
        member.install();
    } else {
        if (schedule_.long_times) history_.may_revive(unacknowledged_in(*member.backup));
        member.restore(*member.backup);
    }
    copied_.erase(member.id);
    member.disk_lost_at = now_;
    history_.set_back(member, empty);
    start_later(member, dice);
}

void World::say_something(Member& member, const std::string& what, bool heard) {
    StoreMemory op;
    op.title = fmt::format("{} of n{}", what, member.id);
    op.content = "all is well";
    op.agent_id = "ai:sim";
    write_all(member, {op}, heard);
}

}  // namespace aimem::sim
