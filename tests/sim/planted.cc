#include "tests/sim/planted.h"

#include "tests/sim/runs.h"
#include "tests/sim/shrink.h"

#include <fmt/core.h>

#include <array>
#include <atomic>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace aimem {
namespace {

thread_local Fault switched_on = Fault::none;

}  // namespace

bool planted(Fault fault) noexcept {
    return fault == switched_on;
}

namespace sim {
namespace {

constexpr std::array<FaultText, kFaults - 1> kTexts{{
    {Fault::ack_before_durable, "ack_before_durable",
     "a commit is answered before the disk synced"},
    {Fault::recovered_log_unsynced, "recovered_log_unsynced",
     "a no-op is answered although what made it one was never synced"},
    {Fault::seq_not_persisted, "seq_not_persisted", "the last feed position is given out again"},
    {Fault::clock_not_persisted, "clock_not_persisted", "the stamp clock is not kept in the file"},
    {Fault::guard_left_on, "guard_left_on", "foreign writes go unnoticed after one of ours"},
    {Fault::observe_forgotten, "observe_forgotten", "stamps of others do not move the clock"},
    {Fault::overwritten_not_dominated, "overwritten_not_dominated",
     "a new stamp need not lie above the one it overwrites"},
    {Fault::equal_version_applied, "equal_version_applied", ">= instead of >: repeats are applied"},
    {Fault::tie_by_arrival, "tie_by_arrival", "of two values with one stamp the first stays"},
    {Fault::older_tombstone_wins, "older_tombstone_wins", "a late delete removes what is newer"},
    {Fault::newer_tombstone_loses, "newer_tombstone_loses",
     "a peer's delete of a live row is ignored"},
    {Fault::tombstone_dropped, "tombstone_dropped", "tombstones in a delivery are skipped"},
    {Fault::clash_by_arrival, "clash_by_arrival", "of two equal titles the first stays visible"},
    {Fault::clash_loser_dropped, "clash_loser_dropped", "the body of a clash's loser is not kept"},
    {Fault::links_not_refreshed, "links_not_refreshed", "links do not follow their memories"},
    {Fault::closure_forgotten_in_page, "closure_forgotten_in_page",
     "pages read from disk are not closed over groups"},
    {Fault::closure_forgotten_in_tail, "closure_forgotten_in_tail",
     "fresh rows are sent without their groups"},
    {Fault::closure_forgotten_in_repair, "closure_forgotten_in_repair",
     "repairs are sent without their groups"},
    {Fault::page_ends_too_far, "page_ends_too_far", "a full page claims to be the last"},
    {Fault::tail_ends_too_far, "tail_ends_too_far", "a full push claims all there is"},
    {Fault::unit_cut, "unit_cut", "a push may begin or end inside a group"},
    {Fault::hole_left_open, "hole_left_open", "a hole without own rows is never closed"},
    {Fault::foreign_row_as_own, "foreign_row_as_own", "what peers wrote is sent on as own"},
    {Fault::digest_without_tombstones, "digest_without_tombstones", "digests leave tombstones out"},
    {Fault::older_not_lacking, "older_not_lacking", "comparing sees missing keys, not older ones"},
    {Fault::self_counted_twice, "self_counted_twice", "the local copy counts twice"},
    {Fault::quorum_one_short, "quorum_one_short", "W - 1 copies are enough"},
    {Fault::failure_is_ack, "failure_is_ack", "503 counts as an acknowledgement"},
    {Fault::cursor_off_by_one, "cursor_off_by_one", "an acknowledgement covers one row more"},
    {Fault::hole_ignored, "hole_ignored", "the cursor jumps over what was not acknowledged"},
    {Fault::rewind_unnoticed, "rewind_unnoticed", "a peer that lost rows is not sent them again"},
    {Fault::new_identity_unnoticed, "new_identity_unnoticed",
     "a peer with a new disk keeps its old cursor"},
    {Fault::quiet_over_own_rows, "quiet_over_own_rows", "a quiet range covers an own row"},
    {Fault::waited_row_superseded, "waited_row_superseded",
     "a row somebody waits for is not sent once it was overwritten"},
    {Fault::own_rewind_unnoticed, "own_rewind_unnoticed",
     "a file set back does not learn it from its peers"},
    {Fault::epoch_kept, "epoch_kept", "the epoch stays after the file was set back"},
    {Fault::tag_kept, "tag_kept", "the tag of the stamps stays after the file was set back"},
    {Fault::collected_too_young, "collected_too_young", "tombstones go after hours, not days"},
    {Fault::collected_unconfirmed, "collected_unconfirmed",
     "tombstones go although a peer was never compared with"},
    {Fault::horizon_not_noted, "horizon_not_noted", "that tombstones are missing is told nobody"},
    {Fault::long_absence_unnoticed, "long_absence_unnoticed",
     "a node away for too long brings the dead back"},
    {Fault::unshared_forgotten, "unshared_forgotten",
     "a node away for too long forgets what it alone has"},
    {Fault::recovering_peer_believed, "recovering_peer_believed",
     "what a node that is not whole lacks is taken for deleted"},
    {Fault::split_vote_left_open, "split_vote_left_open", "an even split of the votes stays open"},
    {Fault::fresh_by_anybody, "fresh_by_anybody",
     "being equal to one node, however stale or empty, is being whole"},
    {Fault::expired_is_news, "expired_is_news",
     "a memory that expired on a node that was away is held to be what nobody else has"},
    {Fault::forgotten_still_sent, "forgotten_still_sent",
     "rows that were let go of are sent on from memory"},
    {Fault::missing_is_equal, "missing_is_equal",
     "a comparison is whole although what it asked for was gone"},
}};

struct Found {
    std::uint64_t seeds = 0;  // tried until it was caught; 0: never
    std::string failure{};
};

Found hunt(Fault fault, std::uint64_t seeds_max) {
    plant(fault);
    Found out;
    for (std::uint64_t seed = 1; seed <= seeds_max && out.seeds == 0; ++seed) {
        const Outcome outcome = run_seed(seed, Flavour::everything);
        if (outcome.failure.empty()) continue;
        out = {seed, outcome.failure};
    }
    plant(Fault::none);
    return out;
}

std::string row_of(Fault fault, const Found& found) {
    const FaultText& text = text_of(fault);
    return fmt::format("| `{}` | {} | {} | {} |\n", text.name, text.what,
                       found.seeds == 0 ? "never" : std::to_string(found.seeds),
                       promise_of(found.failure));
}

}  // namespace

const FaultText& text_of(Fault fault) {
    for (const FaultText& text : kTexts)
        if (text.fault == fault) return text;
    throw std::logic_error("a fault without a text");
}

void plant(Fault fault) noexcept {
    switched_on = fault;
}

std::size_t try_planted(const std::string& name, std::uint64_t seeds_max, unsigned threads) {
    std::vector<Fault> faults;
    for (const FaultText& text : kTexts)
        if (name.empty() || name == text.name) faults.push_back(text.fault);
    if (faults.empty()) throw std::runtime_error("no such fault: " + name);
    std::vector<Found> found(faults.size());
    std::atomic<std::size_t> next{0};
    std::mutex progress;
    {
        std::vector<std::jthread> workers;
        for (unsigned i = 0; i < threads; ++i)
            workers.emplace_back([&] {
                for (std::size_t at = next++; at < faults.size(); at = next++) {
                    found[at] = hunt(faults[at], seeds_max);
                    const std::lock_guard lock(progress);  // it may take long
                    std::cerr << row_of(faults[at], found[at]) << std::flush;
                }
            });
    }
    std::size_t missed = 0;
    std::cout << "| planted fault | what is wrong | seeds | caught as |\n|---|---|---|---|\n";
    for (std::size_t i = 0; i < faults.size(); ++i) {
        missed += found[i].seeds == 0 ? 1U : 0U;
        std::cout << row_of(faults[i], found[i]);
    }
    std::cout << fmt::format("\n{} of {} caught\n", faults.size() - missed, faults.size());
    return missed;
}

std::size_t check_planted(const std::string& file) {
    std::map<std::string, std::uint64_t> seeds;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string name;
        std::uint64_t seed = 0;
        if (line.starts_with("#") || !(words >> name >> seed)) continue;
        seeds[name] = seed;
    }
    std::size_t wrong = 0;
    const auto complain = [&wrong](const FaultText& text, std::string_view why) {
        ++wrong;
        std::cout << fmt::format("{}: {}\n", text.name, why);
    };
    for (const FaultText& text : kTexts) {
        const auto known = seeds.find(std::string(text.name));
        if (known == seeds.end()) {
            complain(text, "no seed is known that catches it");
            continue;
        }
        if (const auto sound = run_seed(known->second, Flavour::everything); !sound.failure.empty())
            complain(text,
                     fmt::format("seed {} fails without it: {}", known->second, sound.failure));
        plant(text.fault);
        const Outcome outcome = run_seed(known->second, Flavour::everything);
        plant(Fault::none);
        if (outcome.failure.empty())
            complain(text, fmt::format("seed {} does not catch it", known->second));
    }
    std::cout << fmt::format("{} of {} planted faults are caught by their seeds\n",
                             kTexts.size() - wrong, kTexts.size());
    return wrong;
}

}  // namespace sim
}  // namespace aimem
