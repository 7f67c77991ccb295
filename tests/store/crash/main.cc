// store_crash_sweep: kill and power cut at every disk event of a script; `--help` says how.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/hash.h"
#include "store/base/log.h"
#include "tests/sim/dice.h"
#include "tests/store/core/node.h"
#include "tests/store/crash/planted.h"
#include "tests/store/crash/sweep.h"
#include "tests/support/temp_dir.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aimem::crash {
namespace {

constexpr const char* kHelp =
    R"(store_crash_sweep: a script of operations on one file, then a kill and a power cut at each of its disk events
  --ops N        operations of the script (default 2000)
  --seed S       of the script and of what a power cut tears (default: AIMEM_TEST_SEED, or a fixed one)
  --every K      every Kth place only, a place being between two disk events
  --places N     about so many of them, evenly spread: chooses K
  --first I      from this place on
  --place I      this one only
  --threads N    default 2
  --dir FOLDER   for the files (default: /dev/shm, else the folder for temporary files)
  --planted      deliberate bugs: each must be caught
)";

struct Arguments {
    ScriptOptions script{};
    SweepOptions sweep{};
    std::size_t places = 0;
    std::filesystem::path folder{};
    bool planted = false;
    bool help = false;
};

std::size_t number(std::string_view of, std::string_view text) {
    std::size_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size())
        throw std::runtime_error(fmt::format("{} needs a number", of));
    return out;
}

// A flag without a value.
bool take_switch(Arguments& out, std::string_view word) {
    out.planted = out.planted || word == "--planted";
    out.help = out.help || word == "--help";
    return word == "--planted" || word == "--help";
}

void take(Arguments& out, std::string_view word, std::string_view value) {
    if (word == "--dir") {
        out.folder = value;
        return;
    }
    const std::size_t n = number(word, value);
    if (word == "--ops") {
        out.script.ops = n;
    } else if (word == "--seed") {
        out.script.seed = n;
    } else if (word == "--every") {
        out.sweep.every = std::max<std::size_t>(1, n);
    } else if (word == "--places") {
        out.places = n;
    } else if (word == "--first") {
        out.sweep.first = n;
    } else if (word == "--place") {
        out.sweep.first = n;
        out.sweep.count = 1;
    } else if (word == "--threads") {
        out.sweep.threads = static_cast<unsigned>(std::clamp<std::size_t>(n, 1, 64));
    } else {
        throw std::runtime_error(fmt::format("no such option: {}", word));
    }
}

Arguments parse(int count, char** words) {
    Arguments out;
    out.script.seed = test::test_seed();
    out.sweep.threads = 2;
    out.folder = std::filesystem::is_directory("/dev/shm") ? std::filesystem::path("/dev/shm")
                                                           : std::filesystem::temp_directory_path();
    for (int i = 1; i < count; ++i) {
        if (take_switch(out, words[i])) continue;
        if (i + 1 == count) throw std::runtime_error(fmt::format("{} needs a value", words[i]));
        take(out, words[i], words[i + 1]);
        ++i;
    }
    out.sweep.seed = out.script.seed;
    return out;
}

std::size_t count_of(const Recording& recording, DiskEvent::Act act) {
    return static_cast<std::size_t>(std::count_if(recording.events.begin(), recording.events.end(),
                                                  [&](const auto& one) { return one.act == act; }));
}

// One seed, one recording: equal traces are equal bytes at equal places.
std::uint64_t trace_of(const Recording& recording) {
    std::uint64_t out = 0;
    for (const DiskEvent& event : recording.events)
        out = sim::mix(out, hash64(describe(event)), hash64(event.bytes));
    for (const Transaction& one : recording.transactions)
        out = sim::mix(out, one.begun, one.answered, one.content);
    return out;
}

int run_sweep(Arguments wanted) {
    const auto started = std::chrono::steady_clock::now();
    const test::TempDir dir(wanted.folder);
    const Recording recording = record(dir / "script.db", wanted.script);
    const std::size_t all = recording.events.size() + 1;
    if (wanted.places > 0) {
        wanted.sweep.every = std::max<std::size_t>(1, all / wanted.places);
        wanted.sweep.first = wanted.script.seed % wanted.sweep.every;
    }
    std::cout << fmt::format(
                     "seed {}: {} operations in {} transactions made {} writes, {} syncs, {} "
                     "truncations, {} "
                     "removals; {} registers promised; trace {:016x}\n"
                     "every {} of {} places from {}, on {} threads\n",
                     wanted.script.seed, recording.ops, recording.transactions.size(),
                     count_of(recording, DiskEvent::Act::write),
                     count_of(recording, DiskEvent::Act::sync),
                     count_of(recording, DiskEvent::Act::truncate),
                     count_of(recording, DiskEvent::Act::remove), recording.promises.size(),
                     trace_of(recording), wanted.sweep.every, all, wanted.sweep.first,
                     wanted.sweep.threads)
              << std::flush;
    const SweepResult result = sweep(recording, wanted.sweep, dir.path());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    for (const Broken& one : result.broken) std::cout << "BROKEN " << one.why << '\n';
    if (!result.broken.empty())
        std::cout << fmt::format("again: --ops {} --seed {} --place {}\n", wanted.script.ops,
                                 wanted.script.seed, result.broken.front().place);
    std::cout << fmt::format(
        "{} places, {} files opened, {} different databases looked through, {} broken, {:.1f} s\n",
        result.places, result.reopened, result.contents, result.broken.size(), took.count());
    const bool tried = result.places > 0 && !recording.promises.empty();
    return result.broken.empty() && tried ? 0 : 1;
}

struct PlantedBug {
    const char* name;
    const char* what;
    bool early_answers;
    bool before_durable;
};

// Caught by a kill, by a power cut only, or not at all.
std::string caught(const PlantedBug& bug, const Arguments& wanted) {
    constexpr std::size_t kOps = 60;
    const test::TempDir dir(wanted.folder);
    ScriptOptions script = wanted.script;
    script.ops = kOps;
    script.early_answers = bug.early_answers;
    answer_before_durable(bug.before_durable);
    const Recording recording = record(dir / "script.db", script);
    answer_before_durable(false);
    SweepOptions options = wanted.sweep;
    options.broken_max = 200;
    const SweepResult result = sweep(recording, options, dir.path());
    const auto& broken = result.broken;
    if (broken.empty()) return "missed";
    std::cout << "  " << broken.front().why << '\n';
    const bool killed =
        std::any_of(broken.begin(), broken.end(), [](const Broken& one) { return !one.power_cut; });
    return killed ? "killed" : "power cut";
}

int run_planted(const Arguments& wanted) {
    bool good = true;
    const auto expect = [&](const PlantedBug& bug, std::string_view expected) {
        const std::string by = caught(bug, wanted);
        std::cout << fmt::format("{}: {}; found by: {}\n", bug.name, bug.what, by);
        good = good && by == expected;
    };
    expect({"none", "the program as it is", false, false}, "missed");
    expect({"answer_before_commit", "a write is answered when it is handed in", true, false},
           "killed");
    expect({"ack_before_durable", "commits do not wait for the disk", false, true}, "power cut");
    return good ? 0 : 1;
}

}  // namespace
}  // namespace aimem::crash

int main(int argc, char** argv) {
    aimem::log::set_level_unless_named(aimem::log::Level::off);
    try {
        const auto wanted = aimem::crash::parse(argc, argv);
        if (wanted.help) {
            std::cout << aimem::crash::kHelp;
            return 0;
        }
        return wanted.planted ? aimem::crash::run_planted(wanted) : aimem::crash::run_sweep(wanted);
    } catch (const std::exception& e) {
        std::cerr << "store_crash_sweep: " << e.what() << '\n';
        return 2;
    }
}
