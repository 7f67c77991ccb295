#include "store/log/stamp.h"

#include "tests/store/core/node.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace aimem {
namespace {

using test::kHour;
using test::kNoon;
using test::kSecond;

TEST(Stamp, IsMicrosecondsWithTheTagOfTheNode) {
    StampClock clock{0, 42};
    const auto stamp = tick(clock, kNoon + 123'456'789, 0);
    EXPECT_EQ(stamp, kNoon + 123'456'042);
    EXPECT_EQ(clock.hlc, kNoon + 123'456'000);
}

TEST(Stamp, StampsOfOneNodeRiseWhileTheClockStandsStill) {
    StampClock clock{0, 999};
    std::int64_t last = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto stamp = tick(clock, kNoon, 0);
        ASSERT_GT(stamp, last);
        ASSERT_EQ(stamp % kStampStep, 999);
        last = stamp;
    }
}

TEST(Stamp, RisesWhenTheClockJumpsBackAnHour) {
    StampClock clock{0, 0};
    const auto before = tick(clock, kNoon, 0);
    EXPECT_EQ(tick(clock, kNoon - kHour, 0), before + kStampStep);
}

TEST(Stamp, DominatesWhatItOverwritesWhateverTheTags) {
    for (const int mine : {0, 1, 500, 999})
        for (const int theirs : {0, 1, 500, 999})
            for (const std::int64_t ahead : {-kHour, std::int64_t{0}, std::int64_t{1000}, kHour}) {
                StampClock clock{0, mine};
                const auto overwritten = kNoon + ahead + theirs;
                EXPECT_GT(tick(clock, kNoon, overwritten), overwritten) << mine << ' ' << theirs;
            }
}

TEST(Stamp, AnOverwrittenStampThatIsNoMultipleOfTheStepIsDominated) {
    StampClock clock{0, 0};
    for (std::int64_t odd = 0; odd < 3000; odd += 7)
        EXPECT_GT(tick(clock, 0, kNoon + odd), kNoon + odd);
}

TEST(Stamp, AFarFutureKeyIsDominatedButNeverDragsTheClock) {
    StampClock clock{0, 3};
    const auto far = kNoon + 10 * 365 * 24 * kHour;
    const auto stamp = tick(clock, kNoon, far);
    EXPECT_GT(stamp, far);
    EXPECT_LT(stamp, far + 3 * kStampStep);
    EXPECT_LE(clock.hlc, kNoon);
    EXPECT_LT(tick(clock, kNoon + 1000, 0), kNoon + kSecond) << "the next stamp is of today";
}

TEST(Stamp, TheClockFollowsAKeyWithinTheTolerance) {
    StampClock clock{0, 0};
    tick(clock, kNoon, kNoon + kFutureTolerance - 2 * kStampStep);
    EXPECT_EQ(clock.hlc, kNoon + kFutureTolerance - kStampStep);
    StampClock exact{0, 0};
    tick(exact, kNoon, kNoon + kFutureTolerance - kStampStep);
    EXPECT_EQ(exact.hlc, kNoon + kFutureTolerance) << "five seconds are still tolerated";
    StampClock beyond{0, 0};
    tick(beyond, kNoon, kNoon + kFutureTolerance);
    EXPECT_EQ(beyond.hlc, kNoon);
}

TEST(Stamp, FarFutureWritesNeverTakeTheClockBack) {
    StampClock clock{kNoon + kSecond, 0};
    tick(clock, kNoon, kNoon + kHour);
    EXPECT_GE(clock.hlc, kNoon + kSecond);
}

TEST(Stamp, AnObservedStampIsFollowedUpToTheTolerance) {
    StampClock clock{0, 0};
    observe(clock, kNoon, kNoon + kSecond + 17);
    EXPECT_EQ(clock.hlc, kNoon + kSecond) << "floored to the step";
    observe(clock, kNoon, kNoon - kHour);
    EXPECT_EQ(clock.hlc, kNoon + kSecond) << "never back";
    observe(clock, kNoon, kNoon + kHour);
    EXPECT_EQ(clock.hlc, kNoon + kFutureTolerance);
}

TEST(Stamp, AWriteAfterSeeingAStampDominatesItOnASlowClock) {
    StampClock slow{0, 1};
    const auto seen = kNoon + 2 * kSecond + 999;
    observe(slow, kNoon, seen);
    EXPECT_GT(tick(slow, kNoon, 0), seen);
}

// Three nodes an hour apart take turns, each reading what the last one wrote.
TEST(Stamp, CausalOrderWinsOverAnHourOfSkew) {
    std::mt19937_64 random(test::test_seed());
    SCOPED_TRACE(test::test_seed());
    StampClock clocks[3] = {{0, 1}, {0, 2}, {0, 3}};
    const std::int64_t skew[3] = {0, kHour, -kHour};
    std::int64_t key = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto who = random() % 3;
        const auto now = kNoon + i * kSecond + skew[who];
        observe(clocks[who], now, key);
        const auto stamp = tick(clocks[who], now, key);
        ASSERT_GT(stamp, key);
        key = stamp;
        ASSERT_LE(clocks[who].hlc, now + kFutureTolerance) << "dragged away";
    }
}

// Within the tolerance no two stamps of one node are equal, whatever it overwrites and sees.
TEST(Stamp, NoStampIsGivenTwiceWithinTheTolerance) {
    std::mt19937_64 random(test::test_seed());
    SCOPED_TRACE(test::test_seed());
    StampClock clock{0, 5};
    std::set<std::int64_t> given;
    std::int64_t now = kNoon;
    for (int i = 0; i < 20'000; ++i) {
        now += static_cast<std::int64_t>(random() % 3) * 700 - 600;
        const auto near = now + static_cast<std::int64_t>(random() % 4'000'000'000ULL) - kSecond;
        if (random() % 3 == 0) observe(clock, now, near);
        const auto overwritten = random() % 2 == 0 ? near : 0;
        ASSERT_TRUE(given.insert(tick(clock, now, overwritten)).second);
    }
}

}  // namespace
}  // namespace aimem
