#include "tests/sim/plots.h"

#include <array>
#include <vector>

namespace aimem::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

class Plot {
public:
    Plot(Schedule& schedule, Dice& dice)
        : schedule_(schedule),
          dice_(dice),
          hero_(static_cast<std::size_t>(dice.below(schedule.nodes))),
          second_((hero_ + 1 + static_cast<std::size_t>(dice.below(schedule.nodes - 1))) %
                  schedule.nodes),
          third_(other_than(hero_, second_)) {}

    void restored_after_long();
    void unshared();
    void leave_for_weeks();
    void away_for_long();
    void never_compared();
    void days_of_work();
    void back_to_one_not_whole();
    void restored();
    void restored_under_an_old_clock();
    void replaced_amid();
    void groups();
    void decisions();
    void dies_at_syncs();
    void quiet_restart();
    void ends_of_life();
    void copied_file();
    void replaced_after_renewal();
    void split_vote();
    void collected_amid();
    void expired_away();

private:
    std::size_t other_than(std::size_t a, std::size_t b) const {
        std::size_t out = 0;
        while (out == a || out == b) ++out;
        return out;
    }
    Step& step(StepKind kind, std::size_t node, std::int64_t amount = 0) {
        schedule_.steps.push_back({kind, at_, node, 0, amount, dice_.next(), Verb::any});
        return schedule_.steps.back();
    }
    void write(std::size_t node, Verb verb) {
        const auto kind = dice_.chance(70) ? StepKind::write : StepKind::write_local;
        step(kind, node, 1).verb = verb;
    }
    void writes(std::size_t node, Verb verb, std::int64_t lowest, std::int64_t highest) {
        for (std::int64_t i = dice_.between(lowest, highest); i > 0; --i) {
            write(node, verb);
            pause(0, 12);
        }
    }
    void cut_off(std::size_t a, std::size_t b) {
        step(StepKind::cut, a).other = b;
        step(StepKind::cut, b).other = a;
    }
    void pause(std::int64_t lowest_ms, std::int64_t highest_ms) {
        at_ += microseconds(dice_.between(lowest_ms * 1000, highest_ms * 1000));
    }
    std::size_t anybody() { return static_cast<std::size_t>(dice_.below(schedule_.nodes)); }
    // Tombstones of the second's removals are collected where nothing hinders it.
    void weeks() {
        schedule_.long_times = true;
        for (std::int64_t i = dice_.between(2, 3); i > 0; --i) {
            pause(250, 400);
            step(StepKind::days, hero_, dice_.between(8, 12));
        }
        pause(260, 400);
    }
    void beginning() {
        for (std::int64_t i = dice_.between(2, 5); i > 0; --i) {
            write(anybody(), Verb::store);
            pause(1, 20);
        }
        pause(80, 250);
    }

    Schedule& schedule_;
    Dice& dice_;
    std::size_t hero_;
    std::size_t second_;
    std::size_t third_;
    Instant at_{};
};

// Its backup shows what was deleted since, and everybody has forgotten that it was.
void Plot::restored_after_long() {
    beginning();
    step(StepKind::backup, hero_);
    pause(5, 60);
    writes(second_, Verb::remove, 1, 2);
    pause(60, 200);
    weeks();
    step(StepKind::restore, hero_);
    pause(100, 500);
    writes(anybody(), Verb::any, 0, 3);
}

// The same, but the backup holds what nobody else has.
void Plot::unshared() {
    beginning();
    step(StepKind::split, hero_);
    pause(10, 40);
    writes(hero_, Verb::store, 1, 2);
    step(StepKind::backup, hero_);
    step(StepKind::replace, hero_);
    step(StepKind::heal, hero_);
    pause(50, 200);
    writes(second_, Verb::remove, 1, 2);
    pause(60, 200);
    weeks();
    step(StepKind::restore, hero_);
    pause(100, 500);
}

// With its disk; much is deleted meanwhile, and then it comes back.
void Plot::leave_for_weeks() {
    beginning();
    step(StepKind::remove_member, hero_, 1);
    pause(30, 100);
    writes(anybody(), Verb::remove, 1, 3);
    pause(60, 200);
    weeks();
    step(StepKind::add_member, hero_, 1);
}

void Plot::away_for_long() {
    leave_for_weeks();
    pause(100, 500);
    writes(anybody(), Verb::any, 0, 3);
}

// One that is there all the time, and never reached by the one that deletes.
void Plot::never_compared() {
    cut_off(hero_, second_);
    pause(20, 60);
    writes(third_, Verb::store, 1, 3);
    pause(60, 150);
    step(StepKind::split, second_);
    writes(hero_, Verb::remove, 1, 2);
    pause(60, 150);
    weeks();
    weeks();
    step(StepKind::heal, hero_);
    pause(100, 500);
}

void Plot::days_of_work() {
    schedule_.long_times = true;
    for (std::int64_t i = dice_.between(3, 6); i > 0; --i) {
        writes(anybody(), Verb::store, 0, 2);
        writes(anybody(), Verb::any, 0, 2);
        writes(anybody(), Verb::remove, 0, 1);
        pause(100, 300);
        step(StepKind::days, hero_, dice_.between(1, 9));
        pause(260, 300);
    }
}

// Away for long, it comes back to a node that is not whole itself.
void Plot::back_to_one_not_whole() {
    leave_for_weeks();
    // Whoever came back is the last of the members now. It asks the first of them in vain, and then
    // the second, which has all that the others have, and is still waiting for it.
    step(StepKind::split, schedule_.nodes - 1);
    step(StepKind::replace, 1);
    pause(200, 390);
    step(StepKind::heal, 0);
    pause(100, 500);
}

void Plot::restored() {
    beginning();
    step(StepKind::backup, hero_);
    pause(1, 30);
    writes(hero_, Verb::any, 1, 4);
    pause(5, 120);
    step(StepKind::restore, hero_);
    for (std::int64_t i = dice_.between(0, 5); i > 0; --i) {
        pause(1, 60);
        write(dice_.chance(50) ? hero_ : anybody(), dice_.chance(50) ? Verb::rewrite : Verb::any);
    }
    pause(0, 300);
}

// Its clock was set back before: stamps follow from those it knows, and it has forgotten some.
void Plot::restored_under_an_old_clock() {
    beginning();
    step(StepKind::clock, hero_, -3600);
    step(StepKind::backup, hero_);
    writes(hero_, Verb::rewrite, 1, 2);
    writes(hero_, Verb::store, 0, 2);
    pause(20, 80);
    step(StepKind::split, hero_);
    writes(hero_, Verb::rewrite, 2, 4);
    step(StepKind::restore, hero_);
    step(StepKind::heal, hero_);
    pause(60, 140);
    writes(hero_, Verb::rewrite, 3, 6);
    pause(10, 200);
}

// Pushes are under way while the peer's disk is another one, or an older one.
void Plot::replaced_amid() {
    if (dice_.chance(50)) beginning();
    const bool older = dice_.chance(30);
    if (older) step(StepKind::backup, hero_);
    if (dice_.chance(60)) step(StepKind::weather, hero_, dice_.chance(50) ? 0 : 10);
    writes(second_, Verb::store, 2, 5);
    step(older ? StepKind::restore : StepKind::replace, hero_);
    writes(second_, Verb::store, 2, 6);
    pause(20, 200);
    writes(anybody(), Verb::any, 0, 3);
}

// Writes that belong together, and later ones on top of them, while rows get lost and are repaired.
void Plot::groups() {
    schedule_.repair_bytes = dice_.chance(60) ? 1 + dice_.below(700) : SIZE_MAX;
    if (dice_.chance(50)) step(StepKind::weather, hero_, dice_.between(5, 40));
    writes(second_, Verb::store, 2, 5);
    if (dice_.chance(50)) pause(40, 150);
    const auto what = dice_.below(3);
    if (what == 0) step(StepKind::split, third_);
    if (what == 1) step(StepKind::cut, second_).other = third_;
    for (std::int64_t i = dice_.between(1, 3); i > 0; --i) {
        write(second_, Verb::consolidate);
        pause(0, 8);
        if (dice_.chance(70)) write(second_, Verb::rewrite_summary);
        pause(0, 40);
        writes(anybody(), Verb::store, 0, 2);
    }
    if (dice_.chance(40)) step(StepKind::replace, dice_.chance(50) ? third_ : second_);
    pause(10, 150);
    step(StepKind::heal, hero_);
    step(StepKind::compare, third_).other = static_cast<std::size_t>(dice_.below(2));
    pause(0, 200);
    writes(anybody(), Verb::any, 0, 3);
}

// Several decide at once, cut off from each other, or again with a lost memory of it.
void Plot::decisions() {
    write(second_, Verb::rules);
    pause(30, 150);
    const bool forgets = dice_.chance(25);
    for (std::int64_t round = dice_.between(1, 3); round > 0; --round) {
        writes(anybody(), Verb::ask, 1, 3);
        pause(10, 100);
        if (forgets) step(StepKind::backup, hero_);
        if (dice_.chance(30)) step(StepKind::split, anybody());
        if (dice_.chance(30)) step(StepKind::weather, hero_, dice_.between(0, 40));
        for (std::int64_t i = dice_.between(1, 5); i > 0; --i) {
            write(anybody(), Verb::decide);
            pause(0, dice_.chance(50) ? 1 : 20);
        }
        if (forgets) step(StepKind::restore, hero_);
        pause(0, 150);
        if (dice_.chance(60)) step(StepKind::heal, hero_);
        writes(anybody(), Verb::any, 0, 2);
        writes(anybody(), Verb::decide, 0, 2);
        pause(10, 150);
    }
}

// It has written, and dies before the disk has it; what it is sent again is nothing new then.
void Plot::dies_at_syncs() {
    schedule_.needed = schedule_.nodes;
    for (std::int64_t i = dice_.between(2, 5); i > 0; --i) {
        step(StepKind::kill_at_sync, hero_, dice_.chance(80) ? 0 : 1);
        write(second_, Verb::store);
        pause(20, 400);
        if (dice_.chance(30)) step(StepKind::power_cut, hero_);
    }
    pause(50, 200);
}

// A node that has sent all it owes starts again, and then writes.
void Plot::quiet_restart() {
    for (std::int64_t i = dice_.between(2, 4); i > 0; --i) {
        writes(hero_, Verb::store, 1, 2);
        pause(30, 120);
        writes(second_, Verb::store, 1, 2);
        pause(30, 80);
        step(StepKind::kill, hero_);
        pause(30, 250);
        write(hero_, Verb::store);
        pause(0, 100);
    }
    // Once more, and the first it writes then is the last.
    writes(second_, Verb::store, 1, 2);
    pause(30, 80);
    step(StepKind::kill, hero_);
    pause(130, 250);
}

void Plot::ends_of_life() {
    writes(anybody(), Verb::store_with_end, 2, 5);
    for (std::int64_t i = dice_.between(1, 4); i > 0; --i) {
        pause(0, 100);
        if (dice_.chance(30)) step(StepKind::split, anybody());
        if (dice_.chance(40)) write(anybody(), Verb::rewrite);
        step(StepKind::minutes, hero_, dice_.between(1, 60));
        writes(anybody(), Verb::expire, 1, 1);
        writes(anybody(), Verb::expire, 0, 2);
        if (dice_.chance(50)) write(anybody(), Verb::any);
        if (dice_.chance(50)) write(anybody(), Verb::store_with_end);
        if (dice_.chance(50)) step(StepKind::heal, hero_);
    }
}

void Plot::copied_file() {
    beginning();
    step(StepKind::copy, hero_).other = second_;
    pause(20, 200);
    for (std::int64_t i = dice_.between(2, 8); i > 0; --i) {
        write(anybody(), dice_.chance(40) ? Verb::rewrite : Verb::any);
        pause(0, 30);
    }
    pause(50, 300);
    if (dice_.chance(50)) step(StepKind::replace, second_);
    pause(0, 200);
}

// The hero has a new epoch, which begins where the old one ended; a new disk knows of neither.
void Plot::replaced_after_renewal() {
    beginning();
    writes(hero_, Verb::store, 1, 3);
    pause(5, 60);
    step(StepKind::backup, hero_);
    writes(hero_, Verb::store, 2, 8);
    pause(20, 80);
    step(StepKind::restore, hero_);
    pause(150, 500);
    writes(hero_, Verb::store, 1, 2);
    pause(40, 120);
    step(StepKind::replace, second_);
    for (std::int64_t i = dice_.between(2, 6); i > 0; --i) {
        pause(0, 60);
        write(hero_, Verb::store);
    }
    pause(0, 200);
}

// An even mesh in halves, each of one mind: no majority, whoever comes back.
void Plot::split_vote() {
    write(second_, Verb::rules);
    pause(30, 150);
    for (std::int64_t round = dice_.between(1, 2); round > 0; --round) {
        write(anybody(), Verb::ask);
        pause(40, 120);
        std::vector<std::size_t> others;
        for (std::size_t node = 0; node < schedule_.nodes; ++node)
            if (node != hero_ && (schedule_.nodes == 2 || node != second_)) others.push_back(node);
        for (const std::size_t other : others) {
            cut_off(hero_, other);
            if (schedule_.nodes > 2) cut_off(second_, other);
        }
        const bool approves = dice_.chance(50);
        write(hero_, approves ? Verb::approve : Verb::reject);
        pause(0, 20);
        write(others.front(), approves ? Verb::reject : Verb::approve);
        if (dice_.chance(30)) write(others.back(), approves ? Verb::reject : Verb::approve);
        pause(10, 100);
        step(StepKind::heal, hero_);
        pause(50, 250);
    }
}

// It comes back with a backup while the others collect, and compares meanwhile.
void Plot::collected_amid() {
    beginning();
    step(StepKind::backup, hero_);
    pause(5, 60);
    writes(second_, Verb::remove, 1, 3);
    pause(60, 200);
    weeks();
    step(StepKind::days, hero_, dice_.between(8, 12));
    pause(0, 120);
    step(StepKind::restore, hero_);
    pause(300, 600);
}

// Away for weeks, it lets expire what the others have deleted and forgotten.
void Plot::expired_away() {
    beginning();
    writes(anybody(), Verb::store_with_end, 1, 3);
    pause(60, 150);
    step(StepKind::remove_member, hero_, 1);
    pause(30, 100);
    writes(anybody(), Verb::remove, 2, 5);
    pause(60, 200);
    weeks();
    step(StepKind::add_member, hero_, 1);
    step(StepKind::split, schedule_.nodes - 1);
    pause(130, 250);
    step(StepKind::write, schedule_.nodes - 1, 1).verb = Verb::expire;
    pause(0, 60);
    step(StepKind::heal, hero_);
    pause(100, 500);
}

struct PlotKind {
    void (Plot::*tell)();
    unsigned weight;
};

constexpr std::array<PlotKind, 15> kPlots{{
    {&Plot::restored_after_long, 8},
    {&Plot::unshared, 6},
    {&Plot::away_for_long, 6},
    {&Plot::never_compared, 6},
    {&Plot::days_of_work, 6},
    {&Plot::back_to_one_not_whole, 6},
    {&Plot::restored, 8},
    {&Plot::restored_under_an_old_clock, 6},
    {&Plot::replaced_amid, 9},
    {&Plot::groups, 12},
    {&Plot::decisions, 14},
    {&Plot::dies_at_syncs, 6},
    {&Plot::quiet_restart, 8},
    {&Plot::ends_of_life, 8},
    {&Plot::copied_file, 5},
}};

constexpr unsigned kReplacedAfterRenewal = 6;  // percent
constexpr unsigned kSplitVote = 5;             // of the rest
constexpr unsigned kCollectedAmid = 3;         // of all
constexpr unsigned kExpiredAway = 3;

}  // namespace

void add_plot(Schedule& schedule, Dice& dice, Dice& later, Dice& latest) {
    if (latest.chance(kCollectedAmid)) return Plot(schedule, latest).collected_amid();
    if (latest.chance(kExpiredAway)) return Plot(schedule, latest).expired_away();
    if (later.chance(kReplacedAfterRenewal)) return Plot(schedule, later).replaced_after_renewal();
    if (later.chance(kSplitVote)) {
        schedule.nodes = later.chance(50) ? 2 : 4;
        schedule.needed = schedule.nodes / 2 + 1;
        return Plot(schedule, later).split_vote();
    }
    std::uint64_t all = 0;
    for (const PlotKind& one : kPlots) all += one.weight;
    std::uint64_t at = dice.below(all);
    for (const PlotKind& one : kPlots) {
        if (at < one.weight) {
            Plot plot(schedule, dice);
            return (plot.*one.tell)();
        }
        at -= one.weight;
    }
}

}  // namespace aimem::sim
