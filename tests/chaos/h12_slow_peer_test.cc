// H12: one peer answers after two seconds, then never: writes of the others do not feel it, nothing
// piles up in the sender, and the peer catches up when it is let go. Not here: a bandwidth limit.
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace aimem::chaos {
namespace {

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

// One write after the other; milliseconds, sorted.
std::vector<double> writes(World& world, std::size_t count) {
    std::vector<double> took;
    for (std::size_t i = 0; i < count; ++i) {
        const auto start = Clock::now();
        const Reply reply = world.driver.store(0, world.ledger.new_subject());
        took.push_back(test::ms_since(start));
        EXPECT_EQ(reply.status, 201) << reply.text();
    }
    std::sort(took.begin(), took.end());
    return took;
}

double late(const std::vector<double>& sorted) {
    return sorted[sorted.size() * 9 / 10];
}

TEST(ChaosH12, ASlowThenMutePeerCostsTheOthersNothing) {
    World world;
    const std::size_t count = sized(100, 1000);
    writes(world, count / 2);
    const auto healthy = writes(world, count);
    const Burden before = burden_of(world.mesh, 0);

    for (const std::size_t node : {0U, 1U, 2U}) {
        world.mesh.proxy(node, 3).delay(Millis(2000));
        world.mesh.proxy(3, node).delay(Millis(2000));
    }
    const auto slow = writes(world, count);
    world.mesh.isolate(3, Fault::black_hole);
    const auto mute = writes(world, count);
    const Burden after = burden_of(world.mesh, 0);
    EXPECT_GT(world.stopped_by_proxies(), 0U);
    fmt::print(
        "p90 of writes: healthy {:.1f} ms, slow {:.1f} ms, mute {:.1f} ms; fds {} to {}, "
        "threads {} to {}, KiB {} to {}\n",
        late(healthy), late(slow), late(mute), before.files, after.files, before.threads,
        after.threads, before.kib, after.kib);
    // Far below the 2 s that waiting for the peer would cost, far above the noise of a busy
    // machine.
    EXPECT_LE(late(slow), 1.5 * late(healthy) + 300);
    EXPECT_LE(late(mute), 1.5 * late(healthy) + 300);
    EXPECT_LE(after.files, before.files + 64);
    EXPECT_LE(after.threads, before.threads + 64);
    EXPECT_LE(after.kib, before.kib + 64 * 1024);
    world.expect_broken("D1", at_once());

    for (const std::size_t node : {0U, 1U, 2U}) {
        world.mesh.proxy(node, 3).delay(Millis(0));
        world.mesh.proxy(3, node).delay(Millis(0));
    }
    world.mesh.heal();
    OracleOptions options;
    options.within =
        kHealWithin + Millis(2 * static_cast<int>(count));  // T and backlog / 500 per s
    world.expect_sound(options);
}

}  // namespace
}  // namespace aimem::chaos
