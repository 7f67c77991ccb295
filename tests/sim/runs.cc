#include "tests/sim/runs.h"

#include "tests/sim/shrink.h"

#include <fmt/core.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

namespace aimem::sim {
namespace {

constexpr int kShrinkRuns = 600;
constexpr std::size_t kStoryLines = 150;  // of the beginning, and of the end
constexpr std::size_t kPrinted = 5;       // failures of one promise

struct Totals {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::map<std::string, std::vector<std::uint64_t>> failures;  // by promise
    std::map<std::uint64_t, std::uint64_t> traces;
    std::size_t answers = 0;
    std::size_t refused = 0;
    std::size_t collected = 0;
    Instant slowest{};
};

void work(const Batch& batch, Totals& totals) {
    for (;;) {
        const std::size_t i = totals.next++;
        if (i >= batch.seeds.size()) return;
        const std::uint64_t seed = batch.seeds[i];
        Outcome outcome = run_seed(seed, batch.flavour);
        if (batch.twice && run_seed(seed, batch.flavour).trace != outcome.trace)
            outcome.failure = "one seed, two traces";
        const std::lock_guard lock(totals.mutex);
        totals.answers += outcome.answers;
        totals.refused += outcome.refused;
        totals.collected += outcome.collected;
        totals.slowest = std::max(totals.slowest, outcome.quiet_after);
        totals.traces[seed] = outcome.trace;
        if (outcome.failure.empty()) continue;
        auto& seeds = totals.failures[promise_of(outcome.failure)];
        if (seeds.size() < kPrinted)
            std::cout << fmt::format("seed {}: {}\n", seed, outcome.failure) << std::flush;
        seeds.push_back(seed);
        if (!batch.keep.empty())
            std::ofstream(batch.keep, std::ios::app)
                << fmt::format("{} # {}\n", seed, outcome.failure);
    }
}

// The last thing a failed run says, so that the seeds do not scroll away.
void print_failed(const Totals& totals) {
    if (totals.failures.empty()) return;
    std::cout << "failed seeds:";
    for (const auto& [promise, seeds] : totals.failures)
        for (const std::uint64_t seed : seeds) std::cout << ' ' << seed;
    std::cout << '\n';
}

void print_story(const Outcome& outcome) {
    const auto& lines = outcome.story;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i == kStoryLines && lines.size() > 2 * kStoryLines) {
            std::cout << "  ...\n";
            i = lines.size() - kStoryLines;
        }
        std::cout << "  " << lines[i] << '\n';
    }
}

void tell_shortest(const Schedule& schedule) {
    const Runner run = [](const Schedule& candidate) {
        return run_world(candidate, {false, true});
    };
    const Schedule shortest = shrink(schedule, run, kShrinkRuns);
    std::cout << fmt::format("seed {} in {} of {} steps on {} nodes, W = {}:\n", schedule.seed,
                             shortest.steps.size(), schedule.steps.size(), shortest.nodes,
                             shortest.needed);
    print_story(run_world(shortest, {true, true}));
}

}  // namespace

Outcome run_seed(std::uint64_t seed, Flavour flavour) {
    // Looking through every table costs as much as a schedule: an eighth of them has it done.
    return run_world(make_schedule(seed, flavour), {false, seed % 8 == 0});
}

std::size_t run_batch(const Batch& batch) {
    Totals totals;
    const auto start = std::chrono::steady_clock::now();
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < batch.threads; ++i)
            threads.emplace_back([&] { work(batch, totals); });
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (batch.trace)
        for (const auto& [seed, trace] : totals.traces)
            std::cout << fmt::format("{} {:016x}\n", seed, trace);
    std::size_t failed = 0;
    int told = 0;
    for (const auto& [promise, seeds] : totals.failures) {
        failed += seeds.size();
        std::cout << fmt::format("{} x {}\n", seeds.size(), promise);
        if (told++ < batch.stories) tell_shortest(make_schedule(seeds.front(), batch.flavour));
    }
    std::cout << fmt::format(
        "{} seeds, {} failed; {} writes answered, {} not met; {} tombstones collected; equal at "
        "the latest {:.1f} s after healing; {:.1f} s, {:.0f} schedules a second\n",
        batch.seeds.size(), failed, totals.answers, totals.refused, totals.collected,
        std::chrono::duration<double>(totals.slowest).count(), took.count(),
        static_cast<double>(batch.seeds.size()) / took.count());
    print_failed(totals);
    return failed;
}

bool tell(std::uint64_t seed, Flavour flavour) {
    const Schedule schedule = make_schedule(seed, flavour);
    const Outcome outcome = run_world(schedule, {true, true});
    print_story(outcome);
    std::cout << fmt::format("trace {:016x}\n", outcome.trace);
    if (!outcome.failure.empty()) tell_shortest(schedule);
    return outcome.failure.empty();
}

std::vector<std::uint64_t> read_seeds(const std::string& file) {
    std::ifstream in(file);
    std::vector<std::uint64_t> out;
    for (std::string line; std::getline(in, line);) {
        std::uint64_t seed = 0;
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), seed);
        if (error == std::errc{} && end != line.data()) out.push_back(seed);
    }
    return out;
}

}  // namespace aimem::sim
