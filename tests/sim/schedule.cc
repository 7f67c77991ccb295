#include "tests/sim/schedule.h"

#include "tests/sim/dice.h"
#include "tests/sim/plots.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace aimem::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

struct Recipe {
    StepKind kind;
    unsigned weight;    // among the kinds of trouble a schedule has
    unsigned presence;  // percent of schedules that know this trouble at all
};

constexpr std::array<Recipe, 27> kTroubles{{
    {StepKind::write_raw, 3, 25},
    {StepKind::write_old, 9, 12},
    {StepKind::twins, 2, 20},
    {StepKind::compare, 4, 50},
    {StepKind::weather, 3, 80},
    {StepKind::cut, 4, 60},
    {StepKind::split, 3, 50},
    {StepKind::half_open, 2, 40},
    {StepKind::heal, 4, 80},
    {StepKind::kill, 2, 40},
    {StepKind::kill_inside, 3, 40},
    {StepKind::power_cut, 2, 40},
    {StepKind::power_cut_inside, 3, 40},
    {StepKind::disk_full, 2, 20},
    {StepKind::bad_read, 2, 20},
    {StepKind::bad_write, 2, 20},
    {StepKind::bad_sync, 2, 20},
    {StepKind::kill_at_sync, 2, 20},
    {StepKind::busy, 2, 25},
    {StepKind::clock, 2, 40},
    {StepKind::minutes, 3, 15},
    {StepKind::days, 4, 15},
    {StepKind::backup, 4, 30},
    {StepKind::restore, 3, 30},
    {StepKind::replace, 1, 15},
    {StepKind::add_member, 1, 10},
    {StepKind::remove_member, 1, 10},
}};

constexpr std::array<StepKind, 7> kModelKinds{
    StepKind::compare, StepKind::weather, StepKind::split,  StepKind::heal,
    StepKind::kill,    StepKind::backup,  StepKind::restore};

bool in_model(StepKind kind) {
    return std::find(kModelKinds.begin(), kModelKinds.end(), kind) != kModelKinds.end();
}

std::vector<Recipe> troubles_of(Dice& dice, Flavour flavour) {
    std::vector<Recipe> out;
    for (const Recipe& one : kTroubles) {
        const bool known =
            flavour == Flavour::everything ? dice.chance(one.presence) : in_model(one.kind);
        if (known) out.push_back(one);
    }
    return out;
}

StepKind some_trouble(Dice& dice, const std::vector<Recipe>& troubles) {
    std::uint64_t all = 0;
    for (const Recipe& one : troubles) all += one.weight;
    std::uint64_t at = dice.below(all);
    for (const Recipe& one : troubles) {
        if (at < one.weight) return one.kind;
        at -= one.weight;
    }
    return StepKind::heal;
}

std::int64_t some_amount(Dice& dice, StepKind kind) {
    switch (kind) {
        case StepKind::write:
        case StepKind::write_local: return dice.chance(70) ? 1 : dice.between(2, 4);
        case StepKind::weather: return dice.chance(30) ? 0 : dice.between(1, 30);
        case StepKind::kill_inside:
        case StepKind::power_cut_inside: return dice.between(0, 60);
        case StepKind::disk_full: return dice.between(20, 800);
        case StepKind::bad_read: return dice.between(0, 3);
        case StepKind::bad_write: return dice.between(0, 40);
        case StepKind::bad_sync:
        case StepKind::kill_at_sync: return dice.between(0, 3);
        case StepKind::busy: return dice.between(1, 4);
        case StepKind::clock: return dice.chance(50) ? 3600 : -3600;
        case StepKind::minutes: return dice.between(1, 90);
        case StepKind::add_member:
        case StepKind::remove_member: return dice.chance(50) ? 1 : 0;
        case StepKind::days: return dice.chance(30) ? dice.between(1, 3) : dice.between(8, 12);
        default: return 0;
    }
}

Instant some_gap(Dice& dice) {
    switch (dice.below(10)) {
        case 0: return milliseconds(dice.between(100, 1500));
        case 1:
        case 2: return milliseconds(dice.between(10, 60));
        case 3: return Instant(0);
        default: return microseconds(dice.between(100, 8000));
    }
}

// Quick enough for a world in which all is over after some seconds.
repl::ComparePlanOptions some_plan(Dice& dice) {
    repl::ComparePlanOptions out;
    out.interval = dice.chance(20) ? milliseconds(dice.between(200, 2000))
                                   : milliseconds(dice.between(4000, 15000));
    out.away = milliseconds(dice.between(20, 300));
    out.soon = milliseconds(dice.between(5, 50));
    out.again = milliseconds(dice.between(20, 500));
    return out;
}

constexpr std::array<const char*, kStepKinds> kNames{"write",
                                                     "write by another process",
                                                     "raw write",
                                                     "write at an old node",
                                                     "twins for",
                                                     "compare",
                                                     "weather",
                                                     "cut",
                                                     "split off",
                                                     "half-open",
                                                     "heal the links",
                                                     "kill",
                                                     "kill inside the disk",
                                                     "power cut",
                                                     "power cut inside the disk",
                                                     "disk full",
                                                     "failing read",
                                                     "failing write",
                                                     "failing sync",
                                                     "kill at a sync",
                                                     "busy",
                                                     "clock jump",
                                                     "minutes pass:",
                                                     "days pass:",
                                                     "backup",
                                                     "restore the backup",
                                                     "replace",
                                                     "copy the file of",
                                                     "add a member",
                                                     "remove a member"};
constexpr std::array<const char*, kVerbs> kVerbNames{
    "any",   "store", "rewrite", "remove",         "consolidate", "rewrite the summary",
    "rules", "ask",   "decide",  "store with end", "expire",      "approve",
    "reject"};

Verb some_verb(Dice& dice, bool governed) {
    if (dice.chance(6)) return dice.chance(50) ? Verb::store_with_end : Verb::expire;
    if (!governed || dice.chance(60)) return Verb::any;
    return dice.chance(50) ? Verb::ask : Verb::decide;
}

// Whatever may happen, in any order.
void mix_in(Schedule& out, Dice& dice, Flavour flavour, std::uint64_t count, Instant latest) {
    const auto troubles = troubles_of(dice, flavour);
    for (const Recipe& one : troubles)
        if (one.kind == StepKind::write_old && latest == Instant{}) out.old_nodes = 1;
    const bool governed = dice.chance(15);
    Instant at{};
    for (std::uint64_t i = 0; i < count; ++i) {
        if (latest == Instant{})
            at += some_gap(dice);
        else
            at = Instant(dice.between(0, latest.count()));
        Step step;
        const bool trouble = !troubles.empty() && i > 1 && dice.chance(42);
        const bool local = dice.chance(20);
        step.kind = trouble ? some_trouble(dice, troubles)
                    : local ? StepKind::write_local
                            : StepKind::write;
        step.at = at;
        step.node = static_cast<std::size_t>(dice.below(out.nodes));
        step.other = static_cast<std::size_t>(dice.below(out.nodes));
        step.amount = some_amount(dice, step.kind);
        step.verb = governed && i == 0 ? Verb::rules : some_verb(dice, governed);
        step.seed = dice.next();
        out.long_times = out.long_times || step.kind == StepKind::days;
        out.steps.push_back(step);
    }
}

void add_limits(Schedule& out, Dice& dice) {
    constexpr unsigned kNarrow = 15;  // percent
    constexpr unsigned kWithAfterthought = 25;
    if (dice.chance(kNarrow)) out.push_rows = 1 + static_cast<std::size_t>(dice.below(3));
    if (dice.chance(kNarrow)) out.tail_bytes = static_cast<std::size_t>(dice.below(1500));
    out.afterthought.comes = dice.chance(kWithAfterthought);
    out.afterthought.restarts = dice.chance(50);
    out.afterthought.heard = dice.chance(50);
    out.afterthought.node = static_cast<std::size_t>(dice.below(kNodesMax));
}

}  // namespace

Schedule make_schedule(std::uint64_t seed, Flavour flavour) {
    Dice dice(mix(seed, 1));
    Dice later(mix(seed, 6));  // what came later has dice of its own: seeds stay what they were
    Dice latest(mix(seed, 7));
    Schedule out;
    out.seed = seed;
    constexpr std::array<std::size_t, 10> sizes{3, 3, 3, 3, 3, 3, 4, 4, 5, 7};
    out.nodes = flavour == Flavour::model ? std::array<std::size_t, 5>{3, 3, 3, 4, 5}[dice.below(5)]
                                          : sizes[dice.below(sizes.size())];
    out.needed =
        dice.chance(75) ? out.nodes / 2 + 1 : 1 + static_cast<std::size_t>(dice.below(out.nodes));
    out.autocheckpoint = dice.chance(50) ? 1000 : static_cast<int>(dice.between(20, 300));
    out.compare = some_plan(dice);
    constexpr unsigned kWithPlot = 55;  // percent
    if (flavour == Flavour::model || !dice.chance(kWithPlot)) {
        mix_in(out, dice, flavour, out.nodes > 4 ? 8 + dice.below(12) : 10 + dice.below(20), {});
        if (flavour == Flavour::everything) add_limits(out, later);
        return out;
    }
    if (out.nodes > 4) out.nodes = 4;
    out.needed = std::min(out.needed, out.nodes);
    add_limits(out, later);
    add_plot(out, dice, later, latest);
    // Half of the plots go undisturbed: some need that.
    if (dice.chance(50)) mix_in(out, dice, flavour, 1 + dice.below(7), out.steps.back().at);
    std::stable_sort(out.steps.begin(), out.steps.end(),
                     [](const Step& a, const Step& b) { return a.at < b.at; });
    return out;
}

std::string describe(const Step& step) {
    std::string out = kNames.at(static_cast<std::size_t>(step.kind));
    switch (step.kind) {
        case StepKind::weather: return fmt::format("{}: {} % lost", out, step.amount);
        case StepKind::heal:
        case StepKind::add_member: return out;
        case StepKind::minutes:
        case StepKind::days: return fmt::format("{} {}", out, step.amount);
        case StepKind::write:
        case StepKind::write_local:
            return fmt::format("{} node {} ({} x {})", out, step.node, step.amount,
                               kVerbNames.at(static_cast<std::size_t>(step.verb)));
        case StepKind::copy:
        case StepKind::compare:
        case StepKind::twins:
        case StepKind::cut:
        case StepKind::half_open: return fmt::format("{} {} -> {}", out, step.node, step.other);
        case StepKind::clock:
            return fmt::format("{} of node {}: {} s", out, step.node, step.amount);
        default:
            return step.amount == 0 ? fmt::format("{} node {}", out, step.node)
                                    : fmt::format("{} node {} ({})", out, step.node, step.amount);
    }
}

}  // namespace aimem::sim
