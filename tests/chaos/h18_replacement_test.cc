// H18: all nodes die at once under load; then one comes back with an empty disk, then from a backup
// older than many deletions and edits. One such death without the oracle is in
// tests/e2e/crash_test, the new epoch of a restored node in tests/e2e/repair_test.
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <numeric>

namespace aimem::chaos {
namespace {

namespace fs = std::filesystem;

constexpr Millis kReplacedWithin = kHealWithin + Millis(10'000);

class ChaosH18 : public ::testing::Test {
protected:
    OracleOptions patient() const {
        OracleOptions options;
        options.within = kReplacedWithin;
        return options;
    }
    void remove_file(std::size_t node) const {
        for (const char* end : {"", "-wal", "-shm"})
            fs::remove(world_.mesh.database(node).string() + end);
    }
    // Of a node that does not run: with what is still in its log.
    static void copy(const fs::path& from, const fs::path& to) {
        for (const char* end : {"", "-wal"})
            if (fs::exists(from.string() + end))
                fs::copy_file(from.string() + end, to.string() + end);
    }
    void seed_and_agree(std::size_t rows) {
        subjects_ = world_.driver.seed(0, rows);
        ASSERT_TRUE(world_.mesh.await_equal_digests(kHealWithin)) << world_.mesh.describe();
    }

    World world_{};
    std::vector<std::string> subjects_{};
};

TEST_F(ChaosH18, AllNodesDieAtOnceUnderLoad) {
    ASSERT_NO_FATAL_FAILURE(seed_and_agree(40));
    std::size_t in_flight = 0;
    for (std::size_t cycle = 0; cycle < sized(2, 20); ++cycle) {
        CrowdOptions options;
        options.threads = 8;
        options.nodes = {0, 1, 2, 3};
        options.shared = subjects_;
        options.seed = world_.new_seed();
        const std::size_t before = world_.ledger.count(Status::acked);
        Crowd crowd(world_.mesh, world_.ledger, options);
        const std::size_t goal = before + 40 + world_.random(40);
        ASSERT_TRUE(test::eventually(Millis(60'000), [&] {
            return world_.ledger.count(Status::acked) >= goal;
        })) << world_.mesh.describe();
        in_flight += world_.ledger.in_flight();
        for (std::size_t i = 0; i < 4; ++i) world_.mesh.process(i).signal(SIGKILL);
        for (std::size_t i = 0; i < 4; ++i) world_.mesh.kill9(i);
        crowd.stop();
        std::vector<std::size_t> order(4);
        std::iota(order.begin(), order.end(), 0U);
        std::shuffle(order.begin(), order.end(), world_.rng);
        for (const std::size_t node : order) world_.mesh.start(node);
        ASSERT_NO_FATAL_FAILURE(world_.expect_sound(patient())) << "cycle " << cycle;
        if (HasFailure()) return;
    }
    EXPECT_GE(in_flight, 1U) << "no kill ever hit an operation";
    EXPECT_GE(world_.ledger.count(Status::unknown), 1U);
}

TEST_F(ChaosH18, AnEmptyDiskIsFilledAgain) {
    ASSERT_NO_FATAL_FAILURE(seed_and_agree(sized(60, 1000)));
    for (std::size_t i = 0; i < 10; ++i)
        ASSERT_EQ(world_.driver.remove(i % 4, subjects_[i]).status, 200);
    world_.mesh.kill9(2);
    remove_file(2);
    world_.mesh.isolate(2, Fault::refuse);
    world_.mesh.start(2);
    world_.expect_broken("D1", at_once());  // the control: nobody fills it yet
    world_.mesh.heal();
    world_.expect_sound(patient());
}

TEST_F(ChaosH18, ABackupOlderThanManyDeletionsRaisesNothing) {
    const std::size_t changed = sized(30, 200);
    ASSERT_NO_FATAL_FAILURE(seed_and_agree(3 * changed));
    const fs::path backup = world_.mesh.folder() / "backup.db";
    ASSERT_EQ(world_.mesh.stop(2), 0);
    copy(world_.mesh.database(2), backup);
    world_.mesh.start(2);
    for (std::size_t i = 0; i < changed; ++i) {
        ASSERT_EQ(world_.driver.remove(i % 4, subjects_[i]).status, 200);
        ASSERT_EQ(world_.driver.update(i % 4, subjects_[changed + i]).status, 200);
    }
    for (std::size_t i = 0; i < 10; ++i)  // of its own, gone with the disk
        ASSERT_EQ(world_.driver.store(2, world_.ledger.new_subject()).status, 201);
    ASSERT_TRUE(world_.mesh.await_equal_digests(kHealWithin)) << world_.mesh.describe();

    world_.mesh.kill9(2);
    remove_file(2);
    copy(backup, world_.mesh.database(2));
    world_.mesh.isolate(2, Fault::refuse);
    world_.mesh.start(2);
    world_.expect_broken("D1", at_once());
    world_.mesh.heal();
    for (std::size_t i = 0; i < 5; ++i)  // under way to being whole it takes writes of its own
        ASSERT_EQ(world_.driver.store(2, world_.ledger.new_subject()).status, 201);
    world_.expect_sound(patient());
}

}  // namespace
}  // namespace aimem::chaos
