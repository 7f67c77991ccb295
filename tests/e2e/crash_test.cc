// kill -9 at random moments under load, and restart: no confirmed write is ever lost. Titles are
// unique, so a lost row, a doubled row and a half-spread row all show in the lists.
#include "tests/e2e/e2e.h"
#include "tests/e2e/load.h"
#include "tests/support/eventually.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <random>

namespace aimem::test {
namespace {

constexpr std::size_t kWriters = 8;

unsigned cycles() {  // more of them at night: AI_MEMORY_CRASH_CYCLES=50
    const char* wanted = std::getenv("AI_MEMORY_CRASH_CYCLES");
    return wanted == nullptr ? 10 : static_cast<unsigned>(std::strtoul(wanted, nullptr, 10));
}

unsigned seed() {
    const char* wanted = std::getenv("AI_MEMORY_SEED");
    return wanted == nullptr ? std::random_device{}()
                             : static_cast<unsigned>(std::strtoul(wanted, nullptr, 10));
}

class Crash : public ::testing::Test {
protected:
    Crash() { RecordProperty("seed", std::to_string(seed_)); }

    int random(int from, int to) { return std::uniform_int_distribution<int>(from, to)(rng_); }

    std::vector<std::uint16_t> ports(std::size_t count) const {
        std::vector<std::uint16_t> result;
        for (std::size_t i = 0; i < count; ++i) result.push_back(mesh_.port(i));
        return result;
    }

    // Each node has every confirmed title once, and the unknown ones everywhere or nowhere.
    void expect_nothing_lost(const Load& load) {
        ASSERT_TRUE(mesh_.await_equal_digests(Millis(20'000 * kPatience))) << mesh_.describe();
        EXPECT_TRUE(load.strange().empty()) << load.strange().front();
        const auto first = all_titles(mesh_.http(0));
        for (const std::string& title : load.acked())
            ASSERT_EQ(first.count(title), 1U)
                << "confirmed and lost: " << title << ", seed " << seed_;
        for (const std::string& title : load.unknown())
            ASSERT_LE(first.count(title), 1U) << "doubled: " << title << ", seed " << seed_;
        for (std::size_t i = 1; i < mesh_.size(); ++i) ASSERT_EQ(all_titles(mesh_.http(i)), first);
    }

    const unsigned seed_ = seed();
    std::mt19937 rng_{seed_};
    Mesh mesh_{programs(), {}};
};

TEST_F(Crash, NoConfirmedWriteIsLostWhenNodesAreKilledInTurn) {
    mesh_.start_all();
    std::size_t kills_in_flight = 0;
    for (unsigned cycle = 0; cycle < cycles(); ++cycle) {
        SCOPED_TRACE("cycle " + std::to_string(cycle) + ", seed " + std::to_string(seed_));
        const auto victim = static_cast<std::size_t>(random(0, 2));
        Load load(ports(3), kWriters, "c" + std::to_string(cycle));
        ASSERT_TRUE(eventually(Millis(60'000), [&] { return load.acked_so_far() >= 20; }))
            << mesh_.describe();
        pause_for(Millis(random(0, 150)));  // the moment of the crash, not a wait for anything
        if (load.in_flight() > 0) ++kills_in_flight;
        mesh_.kill9(victim);
        const std::size_t before = load.acked_so_far();
        EXPECT_TRUE(eventually(Millis(30'000), [&] { return load.acked_so_far() > before + 5; }))
            << "two of three do not confirm\n"
            << mesh_.describe();
        mesh_.start(victim);
        load.stop();
        ASSERT_NO_FATAL_FAILURE(expect_nothing_lost(load));
    }
    EXPECT_GE(kills_in_flight, 1U) << "no kill ever hit a request";
}

TEST_F(Crash, NoConfirmedWriteIsLostWhenAllNodesDieAtOnce) {
    mesh_.start_all();
    Load load(ports(3), kWriters, "all");
    ASSERT_TRUE(eventually(Millis(60'000), [&] { return load.acked_so_far() >= 100; }))
        << mesh_.describe();
    for (std::size_t i = 0; i < mesh_.size(); ++i) mesh_.process(i).signal(SIGKILL);
    for (std::size_t i = 0; i < mesh_.size(); ++i) mesh_.kill9(i);
    load.stop();
    for (const std::size_t i : {std::size_t{2}, std::size_t{0}, std::size_t{1}}) mesh_.start(i);
    expect_nothing_lost(load);
}

TEST_F(Crash, APeerKilledDuringALargeCatchUpResumes) {
    mesh_.start_all();
    mesh_.stop(2);
    Load load(ports(2), kWriters, "bulk");
    ASSERT_TRUE(eventually(Millis(60'000), [&] { return load.acked_so_far() >= 400; }))
        << mesh_.describe();
    load.stop();
    for (int i = 0; i < 3; ++i) {
        mesh_.start(2);
        pause_for(Millis(random(0, 100)));
        mesh_.kill9(2);
    }
    mesh_.start(2);
    expect_nothing_lost(load);
}

}  // namespace
}  // namespace aimem::test
