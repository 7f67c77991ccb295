// Long times in the simulated world: days that pass between two moments, in which every node has
// compared with all it can reach, and tombstones that are collected then.
// SPDX-License-Identifier: Apache-2.0
#include "store/log/collect.h"
#include "store/log/feed.h"
#include "tests/sim/world.h"

#include <fmt/core.h>

namespace aimem::sim {
namespace {

using std::chrono::milliseconds;

constexpr int kRounds = 10;  // transactions of one collection
constexpr milliseconds kSecondRound{60};

std::vector<CollectPeer> peers_of(sqlite::Database& db, const Process& process) {
    const auto cursors = read_cursors(db);
    std::vector<CollectPeer> out;
    for (const repl::PeerStatus& peer : process.machine->peers()) {
        out.push_back({{}, {}, peer.kind == repl::PeerKind::legacy});
        for (const PeerCursor& cursor : cursors)
            if (cursor.url == peer.url) out.back() = {cursor.node, cursor.epoch, out.back().legacy};
    }
    return out;
}

}  // namespace

void World::pass_minutes(std::int64_t minutes) {
    const Instant passed = std::chrono::minutes(minutes);
    days_ += passed;
    for (const auto* some : {&members_, &absent_})
        for (const Ptr& member : *some) member->clock.skew += passed;
}

void World::pass_days(std::int64_t days, Dice& dice) {
    constexpr std::int64_t kMinutesOfDay = 24 * 60;
    pass_minutes(days * kMinutesOfDay);
    compare_all();
    // Once more, so that everybody knows of everybody that it was equal to all today.
    at(now_ + kSecondRound, [this] { compare_all(); });
    for (const Ptr& member : members_)
        at(now_ + milliseconds(dice.between(20, 250)), [this, id = member->id] {
            Member* found = find(id);
            if (found != nullptr && found->process) collect_now(*found);
        });
}

void World::compare_all() {
    for (const Ptr& member : members_) {
        if (!member->process) continue;
        save_cursors(*member);
        if (!member->process) continue;
        for (std::size_t peer = 0; peer < member->process->peers.size(); ++peer)
            compare_soon(*member, peer);
    }
}

void World::collect_now(Member& member) {
    const int life = member.life;
    for (int round = 0; round < kRounds; ++round) {
        CollectPlan plan;
        try {
            plan =
                plan_collection(member.process->db, peers_of(member.process->db, *member.process),
                                member.clock.now_ns(), CollectRules{});
        } catch (const sqlite::SqliteError& e) {
            say("n{} cannot read: {}", member.id, e.what());
        }
        bury_if_dead(member);
        if (member.life != life || (plan.rows.empty() && plan.new_mark.at == 0)) return;
        say("n{} collects {} tombstones", member.id, plan.rows.size());
        history_.collects(member, members_, plan.rows);
        const auto done =
            attempt(member, [&](Committer& committer) { collect(committer.registers(), plan); });
        if (done != Attempt::done || !plan.more) return;
    }
}

}  // namespace aimem::sim
