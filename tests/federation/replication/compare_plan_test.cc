// When whom to compare with.
#include "federation/replication/compare_plan.h"

#include <gtest/gtest.h>

namespace aimem::repl {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart = std::chrono::hours(5);

class ComparePlanTest : public testing::Test {
protected:
    void make(std::size_t peers, Instant interval = seconds(30), bool recovering = false) {
        ComparePlanOptions options;
        options.peers = peers;
        options.interval = interval;
        plan_.emplace(options, kStart, recovering);
    }
    // Every comparison that is due at this time, all ending the same way.
    std::vector<std::size_t> due(Instant at, CompareEnd end = CompareEnd::whole) {
        std::vector<std::size_t> out;
        while (const auto peer = plan_->next(kStart + at)) {
            out.push_back(*peer);
            plan_->ended(*peer, end, kStart + at);
        }
        return out;
    }
    using Peers = std::vector<std::size_t>;
    std::optional<ComparePlan> plan_;
};

TEST_F(ComparePlanTest, EveryPeerAtTheStartThenEachInterval) {
    make(2);
    EXPECT_EQ(due(seconds(0)), (Peers{0, 1}));
    EXPECT_EQ(plan_->next_wakeup(), kStart + seconds(30));
    EXPECT_EQ(due(seconds(29)), Peers{});
    EXPECT_EQ(due(seconds(30)), (Peers{0, 1}));
}

TEST_F(ComparePlanTest, OneAtATime) {
    make(2);
    EXPECT_EQ(plan_->next(kStart), 0U);
    EXPECT_EQ(plan_->next(kStart), std::nullopt);
    EXPECT_EQ(plan_->next_wakeup(), std::nullopt) << "until this one has ended";
    plan_->ended(0, CompareEnd::whole, kStart);
    EXPECT_EQ(plan_->next(kStart), 1U);
}

TEST_F(ComparePlanTest, AfterAShortAbsenceNothingAfterALongOneAtOnce) {
    make(1);
    due(seconds(0));
    plan_->lost(0, kStart + seconds(1));
    plan_->reached(0, kStart + seconds(10));
    EXPECT_EQ(due(seconds(10)), Peers{});
    plan_->lost(0, kStart + seconds(11));
    plan_->lost(0, kStart + seconds(20));
    plan_->reached(0, kStart + seconds(22));
    EXPECT_EQ(due(seconds(22)), Peers{0});
}

TEST_F(ComparePlanTest, WhenAThirdNodeIsGoneTheOthersCompareOnce) {
    make(3);
    due(seconds(0));
    plan_->lost(1, kStart + seconds(1));
    EXPECT_EQ(plan_->next_wakeup(), kStart + seconds(11) + Instant(1));
    EXPECT_EQ(due(seconds(11)), Peers{});
    EXPECT_EQ(due(seconds(12)), (Peers{0, 2}));
    EXPECT_EQ(due(seconds(20)), Peers{});
    plan_->reached(1, kStart + seconds(21));
    EXPECT_EQ(due(seconds(21)), Peers{1});
    plan_->lost(1, kStart + seconds(22));
    EXPECT_EQ(due(seconds(33)), (Peers{0, 2})) << "each time anew";
}

TEST_F(ComparePlanTest, ANewIdentityIsReasonEnough) {
    make(3);
    due(seconds(0));
    plan_->renewed(2, kStart + seconds(1));
    EXPECT_EQ(due(seconds(1)), Peers{2});
    plan_->renewed_self(kStart + seconds(2));
    EXPECT_EQ(due(seconds(2)), (Peers{0, 1, 2}));
}

TEST_F(ComparePlanTest, WhatDidNotEndWellIsTriedAgainSoonAndNotInALoop) {
    make(1);
    EXPECT_EQ(due(seconds(0), CompareEnd::failed), Peers{0});
    EXPECT_EQ(due(seconds(4), CompareEnd::failed), Peers{});
    EXPECT_EQ(due(seconds(5), CompareEnd::partial), Peers{0});
    EXPECT_EQ(due(seconds(6), CompareEnd::later), Peers{0});
    EXPECT_EQ(due(seconds(7), CompareEnd::rewound), Peers{0});
    EXPECT_EQ(due(seconds(8)), Peers{0});
    EXPECT_EQ(due(seconds(9)), Peers{});
}

TEST_F(ComparePlanTest, PatienceEnds) {
    make(1);
    for (int i = 0; i < 30; ++i) {
        EXPECT_FALSE(plan_->impatient(0));
        EXPECT_EQ(due(seconds(i), CompareEnd::later), Peers{0});
    }
    EXPECT_TRUE(plan_->impatient(0));
    due(seconds(30));
    EXPECT_FALSE(plan_->impatient(0));
}

TEST_F(ComparePlanTest, OthersWaitWhileAFeedStillBringsMuch) {
    make(3);
    EXPECT_EQ(plan_->next(kStart), 0U);
    plan_->ended(0, CompareEnd::owed, kStart);
    EXPECT_TRUE(plan_->behind());
    EXPECT_EQ(plan_->next_wakeup(), kStart + seconds(1)) << "and not at once for the others";
    EXPECT_EQ(due(seconds(0)), Peers{});
    EXPECT_EQ(due(seconds(1)), (Peers{0, 1, 2})) << "first who owes";
    EXPECT_FALSE(plan_->behind());
}

TEST_F(ComparePlanTest, NobodyWaitsForAFeedThatHasGone) {
    make(2);
    EXPECT_EQ(plan_->next(kStart), 0U);
    plan_->ended(0, CompareEnd::owed, kStart);
    plan_->lost(0, kStart + milliseconds(1));
    EXPECT_FALSE(plan_->behind());
    EXPECT_EQ(plan_->next(kStart + milliseconds(1)), 1U);
}

TEST_F(ComparePlanTest, NorForEverForOneThatOwes) {
    make(2);
    for (int i = 0; i < 30; ++i) {
        EXPECT_EQ(plan_->next(kStart + seconds(i)), 0U);
        plan_->ended(0, CompareEnd::owed, kStart + seconds(i));
    }
    EXPECT_FALSE(plan_->behind());
    EXPECT_EQ(plan_->next(kStart + seconds(29)), 1U);
}

TEST_F(ComparePlanTest, RecoveryIsOverWhenAllWereComparedSinceItBegan) {
    make(2, seconds(30), true);
    EXPECT_FALSE(plan_->take_recovered());
    EXPECT_EQ(plan_->next(kStart), 0U);
    plan_->ended(0, CompareEnd::whole, kStart);
    EXPECT_FALSE(plan_->take_recovered());
    EXPECT_EQ(plan_->next(kStart), 1U);
    plan_->ended(1, CompareEnd::partial, kStart);
    EXPECT_FALSE(plan_->take_recovered()) << "not all of it";
    EXPECT_EQ(due(seconds(1)), Peers{1});
    EXPECT_TRUE(plan_->take_recovered());
    EXPECT_FALSE(plan_->take_recovered()) << "once";
    plan_->renewed_self(kStart + seconds(2));
    EXPECT_TRUE(plan_->recovering());
    EXPECT_FALSE(plan_->take_recovered());
    due(seconds(2));
    EXPECT_TRUE(plan_->take_recovered());
}

TEST_F(ComparePlanTest, AComparisonThatWasUnderWayAtARenewalDoesNotCount) {
    make(1, seconds(30), true);
    EXPECT_EQ(plan_->next(kStart), 0U);
    plan_->renewed_self(kStart + seconds(1));
    plan_->ended(0, CompareEnd::whole, kStart + seconds(2));
    EXPECT_FALSE(plan_->take_recovered());
    EXPECT_EQ(due(seconds(3)), Peers{0});
    EXPECT_TRUE(plan_->take_recovered());
}

TEST_F(ComparePlanTest, PeersOf063AreNotAskedAndNotWaitedFor) {
    make(2, seconds(30), true);
    plan_->legacy(1);
    EXPECT_EQ(due(seconds(0)), Peers{0});
    EXPECT_TRUE(plan_->take_recovered());
}

TEST_F(ComparePlanTest, APeerThatWasUpgradedIsComparedWithAgain) {
    make(1, seconds(60));
    plan_->legacy(0);
    EXPECT_EQ(due(seconds(100)), Peers{});
    plan_->ours(0, kStart + seconds(100));
    EXPECT_EQ(due(seconds(100)), Peers{0});
    plan_->ours(0, kStart + seconds(101));  // said of it all the time
    EXPECT_EQ(due(seconds(101)), Peers{});
}

TEST_F(ComparePlanTest, WithoutAnIntervalOnlyRecoveryCompares) {
    make(2, seconds(0));
    EXPECT_EQ(due(seconds(0)), Peers{});
    EXPECT_EQ(plan_->next_wakeup(), std::nullopt);
    plan_->renewed_self(kStart + seconds(1));
    EXPECT_EQ(due(seconds(1)), (Peers{0, 1}));
    EXPECT_TRUE(plan_->take_recovered());
    EXPECT_EQ(due(seconds(100)), Peers{});
}

TEST_F(ComparePlanTest, ARecoveryWhoseEndCouldNotBeNotedEndsAgain) {
    make(2, Instant{}, true);
    due(seconds(0));
    EXPECT_TRUE(plan_->take_recovered());
    plan_->not_recovered(kStart);
    EXPECT_TRUE(plan_->recovering());
    EXPECT_FALSE(plan_->take_recovered()) << "not without looking once more";
    EXPECT_EQ(due(seconds(5)), Peers{0});
    EXPECT_TRUE(plan_->take_recovered());
}

}  // namespace
}  // namespace aimem::repl
