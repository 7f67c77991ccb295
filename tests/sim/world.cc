#include "tests/sim/world.h"

#include "store/base/hash.h"
#include "store/log/digest.h"
#include "store/log/feed.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace aimem::sim {
namespace {

constexpr std::chrono::milliseconds kFirstLook{300};  // after healing
constexpr std::chrono::seconds kLongestLook{10};
constexpr std::chrono::seconds kQuietWithin{300};
constexpr MemberId kFirstOld = 100;
constexpr std::int64_t kDaysOfRest = 8;          // longer than tombstones are kept
constexpr std::chrono::milliseconds kRest{200};  // after the last step, before healing

}  // namespace

World::World(const Schedule& schedule, const RunOptions& options)
    : schedule_(schedule),
      options_(options),
      network_(mix(schedule.seed, 3)),
      dice_(mix(schedule.seed, 4)) {
    mesh_.needed = std::min(schedule.needed, schedule.nodes);
    mesh_.autocheckpoint = schedule.autocheckpoint;
    mesh_.push_rows = schedule.push_rows;
    mesh_.tail_bytes = schedule.tail_bytes;
    mesh_.compare = schedule.compare;
    for (std::size_t i = 0; i < schedule.nodes; ++i) {
        members_.push_back(std::make_unique<Member>(next_member_, schedule.seed, now_));
        mesh_.members.push_back(next_member_++);
    }
    for (std::size_t i = 0; i < schedule.old_nodes; ++i) {
        const MemberId id = kFirstOld + static_cast<MemberId>(i);
        old_[id];
        mesh_.old_members.push_back(id);
    }
    history_.old_nodes = schedule.old_nodes;
}

void World::run(Outcome& outcome) {
    outcome_ = &outcome;
    for (const Ptr& member : members_) start(*member);
    for (const Step& step : schedule_.steps) {
        run_until(step.at);
        take(step);
    }
    run_until(now_ + kRest);
    heal();
    const Instant healed = now_;
    end_well();
    outcome.quiet_after = now_ - healed;
    if (schedule_.afterthought.comes) {
        add_afterthought();
        end_well();
    }
    outcome.answers = history_.answers();
    if (!schedule_.long_times) return;
    // What had to stay for somebody's sake is collected now, and nothing changes but for that.
    Dice dice(mix(schedule_.seed, 5));
    for (int i = 0; i < 2; ++i) {
        pass_days(kDaysOfRest, dice);
        run_until(now_ + kFirstLook);
    }
    end_well();
    outcome.collected = history_.collected();
}

void World::add_afterthought() {
    const Afterthought& wanted = schedule_.afterthought;
    Member& member = member_at(wanted.node);
    say("at rest, n{} writes once more{}{}", member.id, wanted.restarts ? " after a restart" : "",
        wanted.heard ? "" : ", by another process");
    if (wanted.restarts) {
        member.stop();
        start(member);
        run_until(now_ + kFirstLook);
        wait_until([this] { return owing().empty(); }, "no end: some node still owes rows");
    }
    const std::size_t refused = outcome_->refused;
    say_something(member, "an afterthought", wanted.heard);
    run_until(now_ + kFirstLook);
    if (outcome_->refused > refused)
        throw Violation(fmt::format("a mesh at rest refused a write: of n{}", member.id));
}

void World::end_well() {
    wait_until([this] { return owing().empty(); }, "no end: some node still owes rows");
    history_.delivered(members_);
    wait_until([this] { return equal(); }, "no end: the nodes do not become equal");
    wait_until([this] { return recovered(); }, "no end: a node does not end its recovery");
    // The end of a recovery may answer ballots and seal.
    wait_until([this] { return owing().empty() && equal(); },
               "no end: what a recovery ended with does not spread");
    history_.ended(members_, options_.thorough);
    for (const auto& [id, old] : old_) history_.old_ended(members_, old);
}

void World::wait_until(const std::function<bool()>& reached, const char* otherwise) {
    const Instant start = now_;
    for (Instant pause = kFirstLook; !reached();
         pause = std::min<Instant>(pause * 2, kLongestLook)) {
        if (now_ - start > kQuietWithin) throw Violation(otherwise + owing());
        run_until(now_ + pause);
    }
}

void World::at(Instant when, std::function<void()> what) {
    heap_.push({when, number_++, std::move(what)});
}

void World::run_until(Instant end) {
    while (!heap_.empty() && heap_.top().when <= end) {
        const Event next = heap_.top();
        heap_.pop();
        now_ = std::max(now_, next.when);
        next.what();
    }
    now_ = std::max(now_, end);
}

void World::take(const Step& step) {
    note(1, static_cast<std::uint64_t>(step.kind), step.seed);
    say("{}", describe(step));
    Member& member = member_at(step.node);
    Member& other = member_at(step.other);
    switch (step.kind) {
        case StepKind::write:
        case StepKind::write_local: write(member, step); break;
        case StepKind::write_raw: write_raw(member, step); break;
        case StepKind::write_old: write_old(step); break;
        case StepKind::twins: twins(member, other, step); break;
        case StepKind::compare: compare_soon(member, step.other); break;
        case StepKind::copy: make_copy(member, other); break;
        case StepKind::minutes: pass_minutes(step.amount); break;
        case StepKind::days: {
            Dice dice(step.seed);
            pass_days(step.amount, dice);
            break;
        }
        case StepKind::weather:
            network_.set_weather(static_cast<unsigned>(step.amount), step.seed);
            break;
        case StepKind::cut: network_.cut(member.id, other.id); break;
        case StepKind::split:
            for (const Ptr& one : members_) {
                if (one->id == member.id) continue;
                network_.cut(member.id, one->id);
                network_.cut(one->id, member.id);
            }
            break;
        case StepKind::half_open: network_.make_half_open(member.id, other.id); break;
        case StepKind::heal: network_.heal(); break;
        case StepKind::add_member:
        case StepKind::remove_member: change_membership(step); break;
        default: trouble(member, step);
    }
}

void World::trouble(Member& member, const Step& step) {
    DiskFaults& faults = member.disk.faults;
    const auto amount = static_cast<int>(step.amount);
    switch (step.kind) {
        case StepKind::kill: die(member, false, step.seed); break;
        case StepKind::power_cut: die(member, true, step.seed); break;
        case StepKind::kill_inside:
        case StepKind::power_cut_inside:
            member.power_fails = step.kind == StepKind::power_cut_inside;
            faults.uses_left = amount;
            break;
        case StepKind::disk_full:
            faults.full = true;
            at(now_ + std::chrono::milliseconds(amount), [this, id = member.id] {
                if (Member* full = find(id)) full->disk.faults.full = false;
            });
            break;
        case StepKind::bad_read: faults.reads_left = amount; break;
        case StepKind::bad_write: faults.writes_left = amount; break;
        case StepKind::bad_sync: faults.syncs_left = amount; break;
        case StepKind::kill_at_sync:
            member.power_fails = false;
            faults.syncs_to_live = amount;
            break;
        case StepKind::busy: faults.busy = amount; break;
        case StepKind::clock: {
            // Collecting believes that clocks are an hour apart at the most.
            const std::chrono::seconds jump(step.amount);
            Instant& skew = member.clock.skew;
            if (schedule_.long_times)
                skew = skew != days_ ? days_ : days_ + std::chrono::abs(jump);
            else
                skew += jump;
            break;
        }
        case StepKind::backup: member.backup = member.disk.view(); break;
        case StepKind::restore:
        case StepKind::replace: set_back(member, step); break;
        default: break;
    }
}

void World::change_membership(const Step& step) {
    if (step.kind == StepKind::add_member) {
        if (members_.size() >= kNodesMax) return;
        if (step.amount == 1 && !absent_.empty()) {
            members_.push_back(std::move(absent_.back()));
            absent_.pop_back();
        } else {
            members_.push_back(std::make_unique<Member>(next_member_++, schedule_.seed, now_));
            members_.back()->clock.skew = days_;
        }
    } else {
        if (members_.size() <= 3) return;
        const auto at = members_.begin() + static_cast<std::ptrdiff_t>(step.node % members_.size());
        (*at)->stop();
        history_.may_revive(unacknowledged_in((*at)->disk.view()));
        if (step.amount == 1) absent_.push_back(std::move(*at));
        members_.erase(at);
        history_.somebody_left = true;
    }
    history_.votes_may_be_lost();
    mesh_.members.clear();
    for (const Ptr& member : members_) mesh_.members.push_back(member->id);
    mesh_.needed = members_.size() / 2 + 1;
    restart_all();
}

// All trouble ends; clocks stay as wrong as they are.
void World::heal() {
    say("everything heals");
    network_.calm();
    for (const Ptr& member : members_) member->disk.faults = {};
    healing_ = true;
    for (const auto& [copy, of] : std::exchange(copied_, {}))
        if (Member* member = find(copy)) {
            say("n{} begins anew", copy);
            member->restore({});
            member->install();
            member->disk_lost_at = now_;
            history_.set_back(*member, true);
        }
    for (const Ptr& member : members_)
        if (!member->process) start(*member);
    // Each writes once more: that makes contact with everybody.
    for (const Ptr& member : members_) say_something(*member, "last words", true);
    history_.healed(members_);
}

// Who still has something to send.
std::string World::owing() const {
    std::string out;
    for (const Ptr& member : members_) {
        const repl::Replicator& machine = *member->process->machine;
        if (machine.waiting() > 0) out += fmt::format(" n{} waits", member->id);
        for (const repl::PeerStatus& peer : machine.peers())
            if (peer.lag > 0)
                out += fmt::format(" n{} owes {} {} of {} rows{}", member->id, peer.url, peer.lag,
                                   machine.feed_end(), peer.up ? "" : " (down)");
    }
    return out;
}

// But for tombstones that some of them may have collected.
bool World::equal() {
    std::int64_t cut = 0;
    for (const Ptr& member : members_)
        cut = std::max(cut, read_identity(member->process->db).horizon);
    const Digest first = digest_of_range(members_.front()->process->db, "", "", cut);
    note(2, first.sum, static_cast<std::uint64_t>(first.count));
    return std::all_of(members_.begin(), members_.end(), [&](const Ptr& member) {
        const Digest digest = digest_of_range(member->process->db, "", "", cut);
        return digest.sum == first.sum && digest.count == first.count;
    });
}

bool World::recovered() const {
    return std::none_of(members_.begin(), members_.end(), [](const Ptr& member) {
        return read_identity(member->process->db).recovering;
    });
}

void World::note(std::uint64_t what, std::uint64_t a, std::uint64_t b) {
    outcome_->trace = mix(outcome_->trace, static_cast<std::uint64_t>(now_.count()), what, a, b);
}

void World::tell(const std::string& line) {
    const double ms = static_cast<double>(now_.count()) / 1e6;
    outcome_->story.push_back(fmt::format("{:9.3f} ms  {}", ms, line));
}

Member* World::find(MemberId id) {
    const auto at = std::find_if(members_.begin(), members_.end(),
                                 [id](const Ptr& member) { return member->id == id; });
    return at == members_.end() ? nullptr : at->get();
}

Outcome run_world(const Schedule& schedule, const RunOptions& options) {
    Outcome outcome;
    try {
        World world(schedule, options);
        world.run(outcome);
    } catch (const std::exception& e) {
        outcome.failure = e.what();
        outcome.story.push_back("FAILED: " + outcome.failure);
    }
    return outcome;
}

}  // namespace aimem::sim
