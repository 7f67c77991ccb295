// Messages of the simulated world, and what the replication machines want done.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/hash.h"
#include "store/log/feed.h"
#include "tests/sim/world.h"

#include <fmt/core.h>

#include <algorithm>

namespace aimem::sim {
namespace {

using std::chrono::microseconds;

constexpr unsigned kCursorsLost = 60;  // percent; it must cost re-sending only

std::string text_of(const PushIn& push, MemberId to) {
    std::string out = fmt::format("n{} is sent ({}, {}] of {}:", to, push.delivery.from,
                                  push.delivery.to, push.delivery.sender.substr(0, 4));
    for (const FeedRow& row : push.delivery.rows)
        out += fmt::format(" {}.{}@{}", row.change.key.substr(0, 6),
                           static_cast<int>(row.change.state),
                           row.change.version.stamp % 1'000'000'000'000);
    return out;
}

}  // namespace

void World::feed(Member& member, const repl::Event& event) {
    if (!member.process) return;
    const int life = member.life;
    auto actions = member.process->machine->step(event, now_, member.clock.now_ns());
    for (repl::Action& action : actions) {
        if (member.life != life) return;  // died while it carried out the one before
        std::visit([&](auto& one) { carry_out(member, std::move(one)); }, action);
    }
    if (member.life == life) arm(member);
}

void World::arm(Member& member) {
    Process& process = *member.process;
    const auto wake = process.machine->next_wakeup();
    if (!wake || (process.armed && *wake >= *process.armed)) return;
    process.armed = std::max<Instant>(*wake, now_ + microseconds(1));
    at(*process.armed, [this, id = member.id, life = member.life] {
        Member* found = find(id);
        if (found == nullptr || found->life != life) return;
        found->process->armed.reset();
        feed(*found, repl::Tick{});
    });
}

void World::hear_bell(Member& member) {
    adopt(member);
    if (!member.process) return;
    Identity self;
    self.next_seq = 0;
    try {
        self = read_identity(member.process->db);
    } catch (const sqlite::SqliteError& e) {
        say("n{} cannot read: {}", member.id, e.what());
    }
    bury_if_dead(member);
    if (self.next_seq > 0) feed(member, repl::FeedMoved{self.next_seq, self.fresh});
}

void World::carry_out(Member& member, repl::SendPush push) {
    const MemberId to = member.process->peers.at(push.peer);
    const auto finish = [this, id = member.id, life = member.life](repl::PushDone done) {
        Member* found = find(id);
        if (found != nullptr && found->life == life) feed(*found, done);
    };
    at(now_ + push.timeout, [finish, peer = push.peer, id = push.id] {
        finish({peer, id, repl::PushEnd::timeout, 0, "no answer", std::nullopt});
    });
    const auto answer = [this, finish, to, from = member.id, peer = push.peer, id = push.id](
                            repl::PushEnd end, int status, const std::string& body) {
        for (const Instant delay : network_.send(to, from, Network::Lane::answer))
            at(now_ + delay, [finish, peer, id, end, status, body] {
                finish({peer, id, end, status, body, std::nullopt});
            });
    };
    for (const Instant delay : network_.send(member.id, to, Network::Lane::request))
        at(now_ + delay, [this, from = member.id, to, body = push.body, answer] {
            arrive(from, to, body, answer);
        });
}

void World::arrive(MemberId from, MemberId to, const std::string& body, const Answer& answer) {
    Member* member = find(to);
    note(5, to, hash64(body));
    if (old_.contains(to)) return old_takes(to, body, answer);
    if (member == nullptr || !member->process)
        return answer(repl::PushEnd::refused, 0, "connection refused");
    const auto in = decode_push(body);
    if (!in || !in->malformed.empty())
        throw Violation("a push that cannot be read: " +
                        (in ? "malformed rows" : in.error().message));
    if (!in->ours) return take_lists(*member, *in, answer);
    PushOut out;
    out.in = &*in;
    out.self = member->process->self;
    out.place = fmt::format("place {}", to);
    out.now_ns = member->clock.now_ns();
    if (in->delivery.sender == out.self.node)
        return answer(repl::PushEnd::answered, 200, encode_reply(out));
    if (options_.story) say("{}", text_of(*in, to));
    history_.told(*member, in->you, in->delivery.rows.size());
    hear_of_own_feed(*member, in->you);
    const bool of_its_feed = in->delivery.to > in->delivery.from;
    if (of_its_feed) history_.sent(from, in->delivery.rows);
    const std::size_t known = history_.known_rows(*member, in->delivery.rows);
    std::optional<Accepted> accepted;
    const auto done = accept(*member, in->delivery, accepted);
    if (done == Attempt::died) return answer(repl::PushEnd::broken, 0, "connection reset");
    if (done == Attempt::failed || accepted->too_old)
        return answer(repl::PushEnd::answered, 503, "");
    if (!accepted->rejected.empty())
        throw Violation("a good row was refused: " + accepted->rejected.front().why);
    if (accepted->noop < known)
        throw Violation(fmt::format("what was known already was written again: on n{}", to));
    history_.committed(*member, in->delivery.rows);
    const FeedRange span{accepted->span.from, accepted->span.to};
    const SeenOfFeed seen{in->delivery.epoch, accepted->seen, {}, 0};
    out.accepted = std::move(*accepted);
    out.self = member->process->self;
    const std::string reply = encode_reply(out);
    note(6, to, hash64(reply));
    feed(*member, repl::ForeignApplied{span, in->delivery.sender, seen});
    feed(*member, repl::PeerHeard{in->delivery.sender});
    if (member->process) answer(repl::PushEnd::answered, 200, reply);
}

// What it writes itself in answer to a delivery (a ballot, a seal and what that carries out) is
// remembered as a verb's would be.
World::Attempt World::accept(Member& member, const Delivery& delivery,
                             std::optional<Accepted>& accepted) {
    const bool votes =
        std::any_of(delivery.rows.begin(), delivery.rows.end(), [](const FeedRow& row) {
            return row.change.key.starts_with("b:") || row.change.key.starts_with("p:");
        });
    std::vector<FeedRow> made;
    const auto done = attempt(member, [&](Committer& committer) {
        const std::int64_t before = committer.registers().next_seq();
        accepted = committer.accept(delivery);
        if (votes) made = history_.made(member, before);
    });
    if (done == Attempt::done && !made.empty()) {
        history_.committed(member, made);
        for (const FeedRow& row : made)
            say("n{} answers with {} @{}", member.id, row.change.key, row.change.version.stamp);
    }
    return done;
}

// The common case costs nothing: it is our epoch, and no more of it than there is.
void World::hear_of_own_feed(Member& member, const SeenOfFeed& seen) {
    const Process& process = *member.process;
    if (seen.epoch.empty()) return;
    if (seen.epoch == process.self.epoch && seen.seen <= process.machine->feed_end()) return;
    check_history_soon(member, seen);
}

void World::carry_out(Member& member, repl::LoadPage wanted) {
    const microseconds pause(dice_.between(10, 2000));
    // Small pages on purpose: their ends fall between the rows of groups.
    const std::size_t rows = std::min<std::size_t>(wanted.rows_max, 1 + dice_.below(5));
    at(now_ + pause, [this, id = member.id, life = member.life, wanted, rows] {
        Member* found = find(id);
        if (found == nullptr || found->life != life) return;
        adopt(*found);
        if (found->life != life) return;
        repl::PageLoaded loaded{wanted.peer, wanted.from, std::nullopt, {}, wanted.lettings_go};
        try {
            found->must_be_stamped();
            auto& db = found->process->db;
            if (wanted.notes) {
                auto told = rows_to_tell(db, wanted.from, rows, wanted.bytes_max, wanted.waited);
                loaded.page = std::move(told.page);
                loaded.notes = std::move(told.notes);
            } else {
                loaded.page = own_rows_after(db, wanted.from, rows, wanted.bytes_max);
            }
        } catch (const sqlite::SqliteError& e) {
            say("n{} cannot read: {}", id, e.what());
        }
        bury_if_dead(*found);
        if (found->life == life) feed(*found, loaded);
    });
}

void World::carry_out(Member& member, repl::SaveCursor save) {
    history_.saves(member, save.cursor, members_);
    member.process->unsaved[save.cursor.url] = save.cursor;
    if (!dice_.chance(kCursorsLost)) save_cursors(member);
}

void World::save_cursors(Member& member) {
    const auto unsaved = std::exchange(member.process->unsaved, {});
    if (unsaved.empty()) return;
    attempt(member, [&](Committer& committer) {
        for (const auto& [url, cursor] : unsaved) committer.save_cursor(cursor);
    });
}

void World::carry_out(Member& member, repl::Resolve resolve) {
    const auto [since, rows] = member.process->tickets[resolve.ticket];
    member.process->tickets.erase(resolve.ticket);
    const bool met = resolve.outcome.verdict == Verdict::met;
    note(7, member.id, met ? 1 : 0);
    say("n{} answers {} @{}: {} of {}{}{}", member.id, rows.front().change.key,
        rows.front().change.version.stamp, resolve.outcome.got, resolve.outcome.needed,
        met ? "" : ", not met: ", resolve.outcome.reason);
    if (met)
        history_.answered(members_, mesh_.needed, since, rows);
    else
        ++outcome_->refused;
}

void World::carry_out(Member& member, repl::CheckHistory check) {
    check_history_soon(member, check.seen);
}

bool World::is_twin(const Member& member, MemberId other) const {
    return were_copies_.contains({member.id, other}) || were_copies_.contains({other, member.id});
}

void World::carry_out(Member& member, repl::Report report) {
    say("n{} about n{}: {} {}", member.id, member.process->peers.at(report.peer),
        static_cast<int>(report.what), report.why);
    repl::ComparePlan& plan = *member.process->plan;
    switch (report.what) {
        case repl::Report::What::peer_up: plan.reached(report.peer, now_); break;
        case repl::Report::What::peer_down: plan.lost(report.peer, now_); break;
        case repl::Report::What::rewound: plan.renewed(report.peer, now_); break;
        case repl::Report::What::parked:
            // 0.6.3 refuses some rows for good, e.g. those whose title has changed.
            if (!old_.contains(member.process->peers.at(report.peer)))
                throw Violation("a good row was parked: " + report.why);
            break;
        case repl::Report::What::twin:
            if (is_twin(member, member.process->peers.at(report.peer))) break;
            [[fallthrough]];
        case repl::Report::What::self_in_peers:
            throw Violation("a peer was taken for the node itself: " + report.why);
    }
    arm_care(member);
}

}  // namespace aimem::sim
