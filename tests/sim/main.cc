// ai-memory-sim: the simulated world on many seeds; `--help` says how.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/log.h"
#include "tests/sim/disk_vfs.h"
#include "tests/sim/pool.h"
#include "tests/sim/runs.h"

#include <fmt/core.h>
#include <malloc.h>

#include <charconv>
#include <exception>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aimem::sim {
namespace {

constexpr const char* kHelp =
    R"(ai-memory-sim: the replication core in a simulated world; one seed is one schedule
  --seeds N       how many (default 100; with --planted the most for one fault, default 10000)
  --first S       the first of them (default: a random one)
  --seed S        this one only, told as a story; a failing one is shrunk
  --file FILE     the seeds listed in FILE first
  --keep FILE     add seeds that fail to FILE
  --model         only the kinds of trouble that the design's model knows
  --twice         run each seed twice: the traces must be equal
  --trace         print the hash of each seed's trace
  --planted [F]   deliberate bugs: after how many seeds each is caught
  --known FILE    deliberate bugs, each with the seed that FILE knows to catch it: a quick check
  --threads N     default 2
)";

struct Arguments {
    std::uint64_t seeds = 0;
    std::uint64_t first = std::random_device{}();
    std::string file{};
    std::string keep{};
    std::string fault{};
    std::string known{};
    unsigned threads = 2;
    Flavour flavour = Flavour::everything;
    bool tells = false;
    bool trace = false;
    bool twice = false;
    bool planted = false;
    bool help = false;
};

class Words {
public:
    Words(int count, char** words) : at_(words + 1), end_(words + count) {}
    bool any() const { return at_ != end_; }
    std::string_view take() { return *at_++; }
    std::string_view value(std::string_view of) {
        if (!any()) throw std::runtime_error(fmt::format("{} needs a value", of));
        return take();
    }
    std::uint64_t number(std::string_view of) {
        const std::string_view text = value(of);
        std::uint64_t out = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
        if (error != std::errc{} || end != text.data() + text.size())
            throw std::runtime_error(fmt::format("{} needs a number", of));
        return out;
    }
    std::string_view maybe() { return any() && **at_ != '-' ? take() : std::string_view{}; }

private:
    char** at_;
    char** end_;
};

Arguments parse(Words words) {
    Arguments out;
    while (words.any()) {
        const std::string_view word = words.take();
        if (word == "--seeds") {
            out.seeds = words.number(word);
        } else if (word == "--first") {
            out.first = words.number(word);
        } else if (word == "--seed") {
            out.first = words.number(word);
            out.tells = true;
        } else if (word == "--file") {
            out.file = words.value(word);
        } else if (word == "--keep") {
            out.keep = words.value(word);
        } else if (word == "--known") {
            out.known = words.value(word);
        } else if (word == "--threads") {
            out.threads = static_cast<unsigned>(words.number(word));
        } else if (word == "--model") {
            out.flavour = Flavour::model;
        } else if (word == "--trace") {
            out.trace = true;
        } else if (word == "--twice") {
            out.twice = true;
        } else if (word == "--planted") {
            out.planted = true;
            out.fault = words.maybe();
        } else if (word == "--help") {
            out.help = true;
        } else {
            throw std::runtime_error(fmt::format("no such option: {}", word));
        }
    }
    return out;
}

bool run(const Arguments& wanted) {
    constexpr std::uint64_t kSeeds = 100;
    constexpr std::uint64_t kSeedsForAFault = 10'000;
    if (wanted.help) {
        std::cout << kHelp;
        return true;
    }
    if (wanted.tells) return tell(wanted.first, wanted.flavour);
    if (!wanted.known.empty()) return check_planted(wanted.known) == 0;
    if (wanted.planted)
        return try_planted(wanted.fault, wanted.seeds > 0 ? wanted.seeds : kSeedsForAFault,
                           wanted.threads) == 0;
    Batch batch;
    batch.flavour = wanted.flavour;
    batch.threads = wanted.threads;
    batch.trace = wanted.trace;
    batch.twice = wanted.twice;
    batch.keep = wanted.keep;
    if (!wanted.file.empty()) batch.seeds = read_seeds(wanted.file);
    const std::uint64_t fresh = wanted.seeds > 0 || !wanted.file.empty() ? wanted.seeds : kSeeds;
    if (fresh > 0)
        std::cout << fmt::format("seeds {} to {}; again: --first {} --seeds {}\n", wanted.first,
                                 wanted.first + fresh - 1, wanted.first, fresh);
    for (std::uint64_t i = 0; i < fresh; ++i) batch.seeds.push_back(wanted.first + i);
    return run_batch(batch) == 0;
}

}  // namespace
}  // namespace aimem::sim

int main(int argc, char** argv) {
    // Worlds come and go; giving memory back between them would cost a tenth of the time.
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    aimem::log::set_level(aimem::log::Level::off);
    try {
        aimem::sim::give_sqlite_the_pool();
        aimem::sim::register_sim_vfs();
        return aimem::sim::run(aimem::sim::parse({argc, argv})) ? 0 : 1;
    } catch (const std::exception& e) {
        std::cerr << "ai-memory-sim: " << e.what() << '\n';
        return 2;
    }
}
