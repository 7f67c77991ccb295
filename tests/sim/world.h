// The simulated world: members on a network, one heap of events ordered by (time, number), no
// threads. It carries out a schedule, heals everything, waits until all is quiet and asks the
// checker. The same schedule gives the same trace, bit for bit (design: replication.md 5.2).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/wire.h"
#include "tests/sim/history.h"
#include "tests/sim/member.h"
#include "tests/sim/network.h"
#include "tests/sim/old_peer.h"
#include "tests/sim/schedule.h"

#include <fmt/core.h>

#include <functional>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace aimem::sim {

struct Outcome {
    std::string failure{};  // empty: every promise was kept
    std::uint64_t trace = 0;
    std::size_t answers = 0;  // writes answered with success
    std::size_t refused = 0;
    std::size_t collected = 0;  // keys whose tombstones are gone from some disk
    Instant quiet_after{};      // from healing to equality
    std::vector<std::string> story{};
};

struct RunOptions {
    bool story = false;
    bool thorough = false;  // every table and index of every member is looked through in the end
};

Outcome run_world(const Schedule& schedule, const RunOptions& options);

class World {
public:
    World(const Schedule& schedule, const RunOptions& options);
    void run(Outcome& outcome);

private:
    using Ptr = std::unique_ptr<Member>;

    // --- world.cc: time and steps
    void at(Instant when, std::function<void()> what);
    void run_until(Instant end);
    void take(const Step& step);
    void trouble(Member& member, const Step& step);
    void change_membership(const Step& step);
    void heal();
    void add_afterthought();
    void end_well();
    std::string owing() const;
    bool equal();
    bool recovered() const;
    void wait_until(const std::function<bool()>& reached, const char* otherwise);
    void note(std::uint64_t what, std::uint64_t a = 0, std::uint64_t b = 0);
    template <typename... Args>
    void say(fmt::format_string<Args...> text, Args&&... args) {
        if (options_.story) tell(fmt::format(text, std::forward<Args>(args)...));
    }
    void tell(const std::string& line);

    // --- world_life.cc: processes, and what they do to their database
    void start(Member& member);
    void start_later(Member& member, Dice& dice);
    void restart_all();
    void die(Member& member, bool power, std::uint64_t seed);
    void bury_if_dead(Member& member);
    enum class Attempt { done, failed, died };
    Attempt attempt(Member& member, const std::function<void(Committer&)>& job);
    void write(Member& member, const Step& step);
    void write_all(Member& member, const std::vector<Op>& ops, bool heard);
    void adopt(Member& member);
    void write_raw(Member& member, const Step& step);
    void twins(Member& member, Member& other, const Step& step);
    void say_something(Member& member, const std::string& what, bool heard);
    std::vector<Op> some_ops(Member& member, Dice& dice, const Step& step);
    void make_copy(Member& member, Member& other);
    void set_back(Member& member, const Step& step);

    // --- world_traffic.cc: the replication machine's actions, and messages
    void feed(Member& member, const repl::Event& event);
    void arm(Member& member);
    void carry_out(Member& member, repl::SendPush push);
    void carry_out(Member& member, repl::LoadPage wanted);
    void carry_out(Member& member, repl::SaveCursor save);
    void carry_out(Member& member, repl::Resolve resolve);
    void carry_out(Member& member, repl::CheckHistory check);
    void carry_out(Member& member, repl::Report report);
    using Answer = std::function<void(repl::PushEnd, int status, const std::string& body)>;
    void arrive(MemberId from, MemberId to, const std::string& body, const Answer& answer);
    void hear_bell(Member& member);
    void hear_of_own_feed(Member& member, const SeenOfFeed& seen);
    Attempt accept(Member& member, const Delivery& delivery, std::optional<Accepted>& accepted);
    bool is_twin(const Member& member, MemberId other) const;
    void save_cursors(Member& member);

    // --- world_compare.cc: comparing, identities, recovery
    using Answered = std::function<void(const repl::CompareEvent&)>;
    using Look = std::function<repl::CompareEvent(sqlite::Database&)>;
    using AnswerOf = std::function<std::string(Member&)>;
    void arm_care(Member& member);
    void care(Member& member);
    void compare_soon(Member& member, std::size_t peer);
    void begin_comparing(Member& member, std::size_t peer);
    Answered await_answer(Member& member);
    void answer_soon(Member& member, const repl::CompareEvent& event);
    void look_at_own(Member& member, const Look& look);
    void ask_peer(Member& member, const AnswerOf& answer_of);
    repl::CompareEvent be_asked(MemberId id, const AnswerOf& answer_of);
    void compare_step(Member& member, const repl::AskDigest& ask);
    void compare_step(Member& member, const repl::AskParts& ask);
    void compare_step(Member& member, const repl::AskListing& ask);
    void compare_step(Member& member, const repl::AskRows& ask);
    void compare_step(Member& member, const repl::PushRows& push);
    void compare_step(Member& member, const repl::ReadDigests& wanted);
    void compare_step(Member& member, const repl::ReadListing& wanted);
    void compare_step(Member& member, const repl::ReadChanges& wanted);
    void compare_step(Member& member, const repl::CheckHistory& check);
    void compare_step(Member& member, const repl::KeepRows& rows);
    void compare_step(Member& member, const repl::ForgetRows& forgotten);
    void compare_step(Member& member, const repl::CompareDone& done);
    void end_recovering(Member& member);
    void check_history(Member& member, const SeenOfFeed& seen);
    void check_history_soon(Member& member, const SeenOfFeed& seen);
    void look_at_identity(Member& member);

    // --- world_old.cc: nodes of 0.6.3
    void write_old(const Step& step);
    void push_old(MemberId from, MemberId to, const std::string& body, int tries);
    void old_takes(MemberId id, const std::string& body, const Answer& answer);
    void take_lists(Member& member, const PushIn& in, const Answer& answer);
    std::int64_t old_clock() const;

    // --- world_time.cc: minutes and days that pass, and tombstones collected
    void pass_minutes(std::int64_t minutes);
    void pass_days(std::int64_t days, Dice& dice);
    void compare_all();
    void collect_now(Member& member);

    Member* find(MemberId id);
    Member& member_at(std::size_t index) { return *members_[index % members_.size()]; }

    struct Event {
        Instant when{};
        std::uint64_t number = 0;
        std::function<void()> what{};
        bool operator<(const Event& other) const {  // for a heap with the earliest on top
            return when != other.when ? when > other.when : number > other.number;
        }
    };

    const Schedule& schedule_;
    RunOptions options_;
    Instant now_{};
    std::priority_queue<Event> heap_;
    std::uint64_t number_ = 0;
    std::vector<Ptr> members_;
    std::vector<Ptr> absent_;                                // removed with their disks
    std::map<MemberId, MemberId> copied_{};                  // whose disk is a copy of whose
    std::set<std::pair<MemberId, MemberId>> were_copies_{};  // messages of a copy outlive it
    std::map<MemberId, OldPeer> old_;
    Mesh mesh_{};
    MemberId next_member_ = 0;
    Network network_;
    History history_;
    Dice dice_;  // for delays inside a machine; steps and messages have their own
    bool healing_ = false;
    Instant days_{};  // that have passed beside the world's own time
    repl::Ticket next_ticket_ = 1;
    Outcome* outcome_ = nullptr;
};

}  // namespace aimem::sim
