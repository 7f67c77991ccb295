// replication_model_check: the reference and the core do the same; `--help` says how.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/log.h"
#include "tests/model/replay.h"

#include <fmt/core.h>

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace aimem::model {
namespace {

constexpr const char* kHelp =
    R"(replication_model_check: a short reference of the replication rules and the real core do the same schedules
  --seeds N       how many (default 200)
  --first S       the first of them (default: a random one)
  --threads N     default 2
  --mutants       deliberate mistakes of the reference: each must be noticed
  --replay FILE   runs of the design's model instead, from tests/model/export_runs.py
)";
constexpr std::size_t kToldMax = 10;

struct Arguments {
    std::uint64_t seeds = 200;
    std::uint64_t first = std::random_device{}();
    unsigned threads = 2;
    std::string file{};
    bool mutants = false;
    bool help = false;
};

std::uint64_t number(std::string_view of, std::string_view text) {
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size())
        throw std::runtime_error(fmt::format("{} needs a number", of));
    return out;
}

Arguments parse(int count, char** words) {
    Arguments out;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (word == "--mutants" || word == "--help") {
            (word == "--help" ? out.help : out.mutants) = true;
            continue;
        }
        if (++i == count) throw std::runtime_error(fmt::format("{} needs a value", word));
        if (word == "--seeds")
            out.seeds = number(word, words[i]);
        else if (word == "--first")
            out.first = number(word, words[i]);
        else if (word == "--threads")
            out.threads = static_cast<unsigned>(number(word, words[i]));
        else if (word == "--replay")
            out.file = words[i];
        else
            throw std::runtime_error(fmt::format("no such option: {}", word));
    }
    return out;
}

// `work` is called with nodes of its own by each thread until it says that there is nothing left.
void on_threads(unsigned count, const std::function<bool(Cores&)>& work) {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < count; ++i)
        threads.emplace_back([&work] {
            Cores cores = make_cores();
            while (work(cores)) {
            }
        });
}

class Tally {
public:
    void add(const std::string& wrong, std::size_t steps) {
        const std::lock_guard lock(mutex_);
        ++runs;
        all_steps += steps;
        if (wrong.empty()) return;
        if (++failed <= kToldMax) std::cout << "DIFFERENT " << wrong << '\n';
    }
    std::size_t runs = 0;
    std::size_t failed = 0;
    std::size_t all_steps = 0;

private:
    std::mutex mutex_;
};

double since(std::chrono::steady_clock::time_point started) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

int compare(const Arguments& wanted) {
    const auto started = std::chrono::steady_clock::now();
    std::cout << fmt::format("seeds from {}\n", wanted.first);
    Tally tally;
    std::atomic<std::uint64_t> next{0};
    std::atomic<std::size_t> answered{0};
    on_threads(wanted.threads, [&](Cores& cores) {
        const std::uint64_t at = next++;
        if (at >= wanted.seeds) return false;
        const Verdict verdict = run_seed(cores, wanted.first + at);
        answered += verdict.answered;
        tally.add(
            verdict.why.empty() ? "" : fmt::format("seed {}: {}", wanted.first + at, verdict.why),
            verdict.steps);
        return true;
    });
    std::cout << fmt::format("{} seeds, {} steps, {} answered writes: {} differ, {:.1f} s\n",
                             tally.runs, tally.all_steps, answered.load(), tally.failed,
                             since(started));
    return tally.failed == 0 && tally.runs > 0 ? 0 : 1;
}

int replay_file(const Arguments& wanted) {
    const auto started = std::chrono::steady_clock::now();
    std::ifstream in(wanted.file);
    if (!in) throw std::runtime_error("cannot read " + wanted.file);
    std::mutex mutex;
    Tally tally;
    std::atomic<std::size_t> own_again{0};
    on_threads(wanted.threads, [&](Cores& cores) {
        std::string line;
        {
            const std::lock_guard lock(mutex);
            if (!std::getline(in, line)) return false;
        }
        const Replayed done = replay(cores, line);
        own_again += done.own_again;
        tally.add(done.why, 0);
        return true;
    });
    std::cout << fmt::format(
        "{} runs of the design's model: {} differ; {} pages in which rows that came back after a "
        "restore are own again there; {:.1f} s\n",
        tally.runs, tally.failed, own_again.load(), since(started));
    return tally.failed == 0 && tally.runs > 0 ? 0 : 1;
}

// Each mistake, and in how many seeds it was noticed first.
int try_mutants(const Arguments& wanted) {
    constexpr std::array<const char*, kMutants> names{
        "none",           "no_closure",   "same_tag",    "no_domination",
        "no_observation", "arrival_wins", "page_too_far"};
    constexpr std::uint64_t kNone = 20;  // seeds that must agree without any
    Cores cores = make_cores();
    bool good = true;
    for (int i = 0; i < kMutants; ++i) {
        std::uint64_t seed = 1;
        const std::uint64_t most = i == 0 ? kNone : wanted.seeds;
        std::string why;
        for (; seed <= most && why.empty(); ++seed)
            why = run_seed(cores, seed, static_cast<Mutant>(i)).why;
        good = good && why.empty() == (i == 0);
        std::cout << fmt::format(
            "{}: {}\n", names[static_cast<std::size_t>(i)],
            why.empty() ? "not noticed" : fmt::format("seed {}: {}", seed - 1, why));
    }
    return good ? 0 : 1;
}

}  // namespace
}  // namespace aimem::model

int main(int argc, char** argv) {
    aimem::log::set_level_unless_named(aimem::log::Level::off);
    try {
        const auto wanted = aimem::model::parse(argc, argv);
        if (wanted.help) {
            std::cout << aimem::model::kHelp;
            return 0;
        }
        if (wanted.mutants) return aimem::model::try_mutants(wanted);
        return wanted.file.empty() ? aimem::model::compare(wanted)
                                   : aimem::model::replay_file(wanted);
    } catch (const std::exception& e) {
        std::cerr << "replication_model_check: " << e.what() << '\n';
        return 2;
    }
}
