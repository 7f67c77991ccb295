// H12: one peer answers after two seconds at 16 kB a second, then accepts and never answers: writes
// of the others do not feel it, nothing piles up in the sender, and the peer catches up when it is
// let go.
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"
#include "tests/support/percentile.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace aimem::chaos {
namespace {

constexpr Millis kPace{20};  // 50 writes a second
constexpr std::size_t kSlowBytes = 16'000;
constexpr int kRounds = 4;

struct Burden {
    std::size_t files = 0;
    std::size_t threads = 0;
    std::size_t kib = 0;
};

Burden burden_of(Mesh& mesh, std::size_t node) {
    const auto tasks =
        std::filesystem::directory_iterator(fmt::format("/proc/{}/task", mesh.process(node).pid()));
    return {mesh.process(node).open_files().size(),
            static_cast<std::size_t>(std::distance(begin(tasks), end(tasks))),
            mesh.process(node).resident_kib()};
}

// p99 of writes at N1, in milliseconds. A missed quorum is no write.
double p99_for(World& world, Millis time) {
    PacedWriter writer(world.mesh, world.ledger, 0, kPace);
    test::pause_for(time);
    return test::percentile(writer.stop(), 0.99);
}

// What a fault costs it costs each time; a neighbour on this machine does not.
double least_p99(World& world, Millis time, double enough) {
    double least = p99_for(world, time);
    for (int round = 1; round < kRounds && least > enough; ++round)
        least = std::min(least, p99_for(world, time));
    return least;
}

void slow_down(World& world, Millis each_way, std::size_t rate) {
    for (const std::size_t node : {0U, 1U, 2U})
        for (auto* proxy : {&world.mesh.proxy(node, 3), &world.mesh.proxy(3, node)}) {
            proxy->delay(each_way);
            proxy->throttle(rate);
        }
}

TEST(ChaosH12, ASlowThenMutePeerCostsTheOthersNothing) {
    World world;
    const Millis phase(full() ? 60'000 : 5'000);
    p99_for(world, phase / 4);  // warm
    const double healthy = p99_for(world, phase);
    const double enough = 1.5 * healthy + 20;
    const Burden before = burden_of(world.mesh, 0);

    slow_down(world, Millis(1000), kSlowBytes);
    const auto start = Clock::now();
    Driver beyond(world.mesh, world.ledger);
    beyond.store(3, world.ledger.new_subject());
    EXPECT_GE(test::ms_since(start), 1000) << "the control: who needs this peer does feel it";
    const double slow = least_p99(world, phase, enough);
    world.mesh.isolate(3, Fault::black_hole);
    const double mute = least_p99(world, phase, enough);
    const Burden after = burden_of(world.mesh, 0);
    EXPECT_GT(world.stopped_by_proxies(), 0U);
    fmt::print(
        "p99 of writes: healthy {:.1f} ms, slow {:.1f} ms, mute {:.1f} ms; fds {} to {}, "
        "threads {} to {}, KiB {} to {}\n",
        healthy, slow, mute, before.files, after.files, before.threads, after.threads, before.kib,
        after.kib);
    EXPECT_LE(slow, enough);
    EXPECT_LE(mute, enough);
    EXPECT_LE(after.files, before.files + 64);
    EXPECT_LE(after.threads, before.threads + 64);
    EXPECT_LE(after.kib, before.kib + 64 * 1024);
    world.expect_broken("D1", at_once());

    slow_down(world, Millis(0), 0);
    world.mesh.heal();
    OracleOptions options;
    const auto backlog = static_cast<int>(world.ledger.ops().size());
    options.within = kHealWithin + Millis(2 * backlog);  // T and backlog / 500 per s
    world.expect_sound(options);
}

}  // namespace
}  // namespace aimem::chaos
