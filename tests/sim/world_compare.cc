// Comparisons between members, as the caretaker of a node runs them: when the plan says so, one at
// a time, every step with the network or the disk in between. SPDX-License-Identifier: Apache-2.0
#include "federation/replication/answers.h"
#include "federation/replication/repair.h"
#include "store/base/hash.h"
#include "store/log/feed.h"
#include "store/log/upkeep.h"
#include "store/ops/decision.h"
#include "tests/sim/world.h"

#include <fmt/core.h>

#include <algorithm>

namespace aimem::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds kAskTimeout{400};
constexpr milliseconds kLookAgain{250};
constexpr std::size_t kParts = 4;  // few, so that small states are split as well

std::vector<std::string> nodes_to_meet(const repl::Replicator& machine) {
    std::vector<std::string> out;
    for (const repl::PeerStatus& peer : machine.peers())
        if (peer.kind != repl::PeerKind::legacy && !peer.self) out.push_back(peer.node);
    return out;
}

}  // namespace

void World::arm_care(Member& member) {
    Process& process = *member.process;
    const auto wake = process.plan->next_wakeup();
    if (!wake) return;
    const Instant when = std::max<Instant>(*wake, now_ + microseconds(1));
    if (process.care_armed && *process.care_armed <= when) return;
    process.care_armed = when;
    at(when, [this, id = member.id, life = member.life, when] {
        Member* found = find(id);
        if (found == nullptr || found->life != life) return;
        if (found->process->care_armed == when) found->process->care_armed.reset();
        care(*found);
    });
}

void World::care(Member& member) {
    Process& process = *member.process;
    const auto peers = process.machine->peers();
    for (std::size_t i = 0; i < peers.size(); ++i) {
        if (peers[i].kind == repl::PeerKind::legacy || peers[i].self)
            process.plan->legacy(i);
        else if (peers[i].kind == repl::PeerKind::ours)
            process.plan->ours(i, now_);
        if (!peers[i].up) process.plan->lost(i, now_);
    }
    if (const auto peer = process.plan->next(now_)) begin_comparing(member, *peer);
    if (member.process) arm_care(member);
}

// As if so much time had passed that everybody is due.
void World::compare_soon(Member& member, std::size_t peer) {
    if (!member.process || peer >= member.process->peers.size()) return;
    member.process->plan->renewed(peer, now_);
    arm_care(member);
}

void World::begin_comparing(Member& member, std::size_t peer) {
    using Patience = repl::Comparison::Patience;
    Process& process = *member.process;
    const bool impatient = process.plan->impatient(peer);
    process.digest_heard.clear();
    process.comparing.emplace(Comparing{
        repl::Comparison("host:sim", impatient ? Patience::impatient : Patience::patient), peer});
    const std::int64_t lag = process.machine->peers().at(peer).lag;
    look_at_own(member, [lag](sqlite::Database& db) -> repl::CompareEvent {
        return repl::CompareBegins{read_identity(db), acknowledged(db), lag};
    });
}

// Whoever calls what this returns, first, answers the request that was made last.
World::Answered World::await_answer(Member& member) {
    Process& process = *member.process;
    process.comparing->awaits = ++process.requests;
    return [this, id = member.id, life = member.life,
            number = process.requests](const repl::CompareEvent& event) {
        Member* found = find(id);
        if (found == nullptr || found->life != life) return;
        auto& comparing = found->process->comparing;
        if (!comparing || comparing->awaits != number) return;
        comparing->awaits = 0;
        const auto* said = std::get_if<repl::PeerSaid>(&event);
        if (said != nullptr && found->process->digest_heard.empty())
            found->process->digest_heard = said->body;
        auto action = comparing->machine.step(event, found->clock.now_ns());
        std::visit([&](auto& one) { compare_step(*found, one); }, action);
    };
}

void World::answer_soon(Member& member, const repl::CompareEvent& event) {
    const auto answered = await_answer(member);
    at(now_ + microseconds(dice_.between(1, 300)), [answered, event] { answered(event); });
}

void World::look_at_own(Member& member, const Look& look) {
    const int life = member.life;
    repl::CompareEvent event;
    adopt(member);
    if (member.life != life) return;
    try {
        member.must_be_stamped();
        event = look(member.process->db);
    } catch (const sqlite::SqliteError& e) {
        event = repl::CompareBroke{e.what()};
    }
    bury_if_dead(member);
    if (member.life == life) answer_soon(member, event);
}

void World::ask_peer(Member& member, const AnswerOf& answer_of) {
    const auto answered = await_answer(member);
    const MemberId to = member.process->peers.at(member.process->comparing->peer);
    at(now_ + kAskTimeout, [answered] { answered(repl::CompareBroke{"no answer"}); });
    for (const Instant delay : network_.send(member.id, to, Network::Lane::request))
        at(now_ + delay, [this, from = member.id, to, answer_of, answered] {
            const repl::CompareEvent event = be_asked(to, answer_of);
            for (const Instant back : network_.send(to, from, Network::Lane::answer))
                at(now_ + back, [answered, event] { answered(event); });
        });
}

repl::CompareEvent World::be_asked(MemberId id, const AnswerOf& answer_of) {
    Member* member = find(id);
    if (old_.contains(id)) return repl::CompareBroke{"HTTP 404"};
    if (member == nullptr || !member->process) return repl::CompareBroke{"connection refused"};
    const int life = member->life;
    repl::CompareEvent event;
    adopt(*member);
    if (member->life != life) return repl::CompareBroke{"connection reset"};
    try {
        member->must_be_stamped();
        repl::PeerSaid said{answer_of(*member)};
        note(8, id, hash64(said.body));
        event = std::move(said);
    } catch (const sqlite::SqliteError&) {
        event = repl::CompareBroke{"HTTP 500"};
    }
    bury_if_dead(*member);
    if (member->life != life) return repl::CompareBroke{"connection reset"};
    return event;
}

void World::compare_step(Member& member, const repl::AskDigest& ask) {
    ask_peer(member, [ask, node = member.process->self.node](Member& peer) {
        repl::Asker asker{node, 0, peer.process->plan->behind()};
        for (const repl::PeerStatus& one : peer.process->machine->peers())
            if (one.node == node) asker.owes = one.lag;
        return repl::answer_to(peer.process->db, ask, asker, peer.clock.now_ns());
    });
}

void World::compare_step(Member& member, const repl::AskParts& ask) {
    ask_peer(member,
             [ask](Member& peer) { return repl::answer_to(peer.process->db, ask, kParts); });
}

void World::compare_step(Member& member, const repl::AskListing& ask) {
    ask_peer(member, [ask](Member& peer) { return repl::answer_to(peer.process->db, ask); });
}

void World::compare_step(Member& member, const repl::AskRows& ask) {
    ask_peer(member, [ask, bytes = schedule_.repair_bytes](Member& peer) {
        auto& db = peer.process->db;
        if (bytes == SIZE_MAX) return repl::answer_to(db, ask);
        return repl::encode_rows(read_identity(db), some_changes_of(db, ask.keys, bytes));
    });
}

void World::compare_step(Member& member, const repl::PushRows& push) {
    const auto answered = await_answer(member);
    const MemberId to = member.process->peers.at(member.process->comparing->peer);
    at(now_ + kAskTimeout, [answered] { answered(repl::CompareBroke{"no answer"}); });
    const Answer answer = [this, answered, from = member.id, to](repl::PushEnd end, int status,
                                                                 const std::string& body) {
        repl::CompareEvent event = repl::CompareBroke{body};
        if (end == repl::PushEnd::answered && status == 200) event = repl::PeerSaid{body};
        for (const Instant back : network_.send(to, from, Network::Lane::answer))
            at(now_ + back, [answered, event] { answered(event); });
    };
    for (const Instant delay : network_.send(member.id, to, Network::Lane::request))
        at(now_ + delay, [this, from = member.id, to, body = push.body, answer] {
            arrive(from, to, body, answer);
        });
}

void World::compare_step(Member& member, const repl::ReadDigests& wanted) {
    look_at_own(member, [wanted](sqlite::Database& db) -> repl::CompareEvent {
        repl::OwnDigests out;
        for (const repl::KeyRange& range : wanted.ranges)
            out.digests.push_back(digest_of_range(db, range.lo, range.hi, wanted.cut));
        return out;
    });
}

void World::compare_step(Member& member, const repl::ReadListing& wanted) {
    look_at_own(member, [wanted](sqlite::Database& db) -> repl::CompareEvent {
        return repl::OwnListing{list_range(db, wanted.range.lo, wanted.range.hi, wanted.rows_max)};
    });
}

void World::compare_step(Member& member, const repl::ReadChanges& wanted) {
    const std::size_t bytes = std::min(wanted.bytes_max, schedule_.repair_bytes);
    look_at_own(member, [wanted, bytes](sqlite::Database& db) -> repl::CompareEvent {
        return repl::OwnChanges{some_changes_of(db, wanted.keys, bytes),
                                seen_of_feed(db, wanted.node)};
    });
}

void World::compare_step(Member& member, const repl::CheckHistory& check) {
    look_at_own(member, [check](sqlite::Database& db) -> repl::CompareEvent {
        return repl::HistoryChecked{contradicts_history(db, check.seen)};
    });
}

void World::compare_step(Member& member, const repl::KeepRows& rows) {
    std::optional<Accepted> accepted;
    const auto done = accept(member, rows.delivery, accepted);
    if (done == Attempt::died) return;
    if (done == Attempt::failed) return answer_soon(member, repl::CompareBroke{"not stored"});
    if (accepted->too_old)
        return answer_soon(member, repl::CompareBroke{"tombstones were collected meanwhile"});
    if (!accepted->rejected.empty())
        throw Violation("a good row was refused: " + accepted->rejected.front().why);
    history_.committed(member, rows.delivery.rows);
    const int life = member.life;
    feed(member, repl::ForeignApplied{{accepted->span.from, accepted->span.to}, {}, {}});
    if (member.life == life) answer_soon(member, repl::RowsKept{});
}

void World::compare_step(Member& member, const repl::ForgetRows& forgotten) {
    say("n{} forgets {} rows", member.id, forgotten.rows.size());
    const auto told = repl::decode_digest(member.process->digest_heard);
    history_.forgets(member, forgotten.rows, told && told->node.recovering);
    const auto done = attempt(
        member, [&](Committer& committer) { forget(committer.registers(), forgotten.rows); });
    if (done == Attempt::died) return;
    if (done == Attempt::failed) return answer_soon(member, repl::CompareBroke{"not forgotten"});
    const int life = member.life;
    feed(member, repl::RowsForgotten{});
    if (member.life == life) answer_soon(member, repl::RowsKept{});
}

void World::compare_step(Member& member, const repl::CompareDone& done) {
    const int life = member.life;
    const std::size_t peer = member.process->comparing->peer;
    member.process->comparing.reset();
    repl::CompareEnd end = done.end;
    say("n{} has compared with n{}: {}, {} sent, {} received, {} forgotten{}{}", member.id,
        member.process->peers[peer], static_cast<int>(end), done.sent, done.received,
        done.forgotten, done.why.empty() ? "" : ", ", done.why);
    note(9, member.id, static_cast<std::uint64_t>(end));
    if (end == repl::CompareEnd::whole) {
        const auto noted = attempt(member, [&](Committer& committer) {
            note_contact(committer.registers(), done.contact, done.horizon,
                         nodes_to_meet(*member.process->machine));
        });
        if (noted == Attempt::died) return;
        if (noted == Attempt::failed) end = repl::CompareEnd::failed;
        if (noted == Attempt::done) hear_bell(member);
        if (member.life != life) return;
    }
    member.process->plan->ended(peer, end, now_);
    if (end == repl::CompareEnd::rewound) check_history(member, done.evidence);
    if (member.life == life && member.process->plan->take_recovered()) end_recovering(member);
    if (member.life == life) care(member);
}

void World::end_recovering(Member& member) {
    std::vector<FeedRow> made;
    const auto ended = attempt(member, [&](Committer& committer) {
        const std::int64_t before = committer.registers().next_seq();
        end_recovery(committer.registers(), member.process->self.epoch);
        settle_open_actions(committer.registers(), member.rng);
        made = history_.made(member, before);
    });
    if (ended == Attempt::died) return;
    if (ended == Attempt::failed) member.process->plan->not_recovered(now_);
    if (ended == Attempt::done && !made.empty()) {
        history_.committed(member, made);
        const int life = member.life;
        hear_bell(member);
        if (member.life != life) return;
    }
    look_at_identity(member);
}

// A peer has seen this of its feed: whether the file was set back.
void World::check_history(Member& member, const SeenOfFeed& seen) {
    bool contradicted = false;
    bool future = false;
    const auto renew = [&](Committer& committer) {
        future = history_.in_the_future(member, seen);
        contradicted = contradicts_history(member.process->db, seen);
        if (contradicted) renew_identity(committer.registers(), seen, member.rng);
    };
    const auto done = attempt(member, renew);
    if (done == Attempt::died) return;
    if (done == Attempt::done && future) history_.renewed(member, seen);
    if (contradicted) say("n{} was set back and has a new epoch", member.id);
    look_at_identity(member);
}

void World::check_history_soon(Member& member, const SeenOfFeed& seen) {
    at(now_ + microseconds(dice_.between(1, 300)),
       [this, id = member.id, life = member.life, seen] {
           Member* found = find(id);
           if (found != nullptr && found->life == life) check_history(*found, seen);
       });
}

void World::look_at_identity(Member& member) {
    const int life = member.life;
    std::optional<Identity> found;
    try {
        found = read_identity(member.process->db);
    } catch (const sqlite::SqliteError& e) {
        say("n{} cannot read: {}", member.id, e.what());
    }
    bury_if_dead(member);
    if (member.life != life) return;
    if (!found) {
        at(now_ + kLookAgain, [this, id = member.id, life] {
            Member* again = find(id);
            if (again != nullptr && again->life == life) look_at_identity(*again);
        });
        return;
    }
    Process& process = *member.process;
    process.self.recovering = found->recovering;
    if (found->epoch == process.self.epoch) return;
    process.self = *found;
    member.doubtful.clear();
    process.plan->renewed_self(now_);
    arm_care(member);
    feed(member, repl::IdentityChanged{*found});
}

}  // namespace aimem::sim
