// The arithmetic of the quorum: no clock, no socket.
#include "federation/quorum/quorum.h"

#include <gtest/gtest.h>

namespace aimem {
namespace {

using std::chrono::milliseconds;

constexpr QuorumPolicy kTwoOfThree{3, 2, milliseconds(100)};

TEST(QuorumPolicy, RefusesWhatTheReferenceClamps) {
    EXPECT_TRUE(QuorumPolicy::make(3, 1, milliseconds(1)));
    EXPECT_TRUE(QuorumPolicy::make(3, 3, milliseconds(1)));
    EXPECT_FALSE(QuorumPolicy::make(3, 0, milliseconds(1)));
    EXPECT_FALSE(QuorumPolicy::make(3, 4, milliseconds(1)));
    EXPECT_FALSE(QuorumPolicy::make(3, 2, milliseconds(0)));
}

TEST(QuorumPolicy, AMajorityIsMoreThanHalf) {
    const std::size_t expected[] = {1, 2, 2, 3, 3, 4, 4};
    for (std::size_t n = 1; n <= 7; ++n) EXPECT_EQ(QuorumPolicy::majority(n), expected[n - 1]) << n;
}

TEST(AckTracker, OneAckOfAPeerIsEnoughForTwoOfThree) {
    AckTracker tracker(kTwoOfThree, Instant(0));
    EXPECT_EQ(tracker.outcome(Instant(0)).verdict, Verdict::waiting);
    tracker.note(1, PeerAnswer::ack);
    const auto outcome = tracker.outcome(Instant(0));
    EXPECT_EQ(outcome.verdict, Verdict::met);
    EXPECT_EQ(outcome.got, 2U);
}

TEST(AckTracker, TheSamePeerCountsOnce) {
    AckTracker tracker({3, 3, milliseconds(100)}, Instant(0));
    tracker.note(0, PeerAnswer::ack);
    tracker.note(0, PeerAnswer::ack);
    EXPECT_EQ(tracker.outcome(Instant(0)).got, 2U);
    EXPECT_EQ(tracker.outcome(Instant(0)).verdict, Verdict::waiting);
}

TEST(AckTracker, AnAckIsNotTakenBack) {
    AckTracker tracker(kTwoOfThree, Instant(0));
    tracker.note(0, PeerAnswer::ack);
    tracker.note(0, PeerAnswer::unreachable);
    EXPECT_EQ(tracker.outcome(Instant(0)).verdict, Verdict::met);
}

TEST(AckTracker, IsLostAsSoonAsTooFewPeersAreLeft) {
    AckTracker tracker(kTwoOfThree, Instant(0));
    tracker.note(0, PeerAnswer::unreachable);
    EXPECT_EQ(tracker.outcome(Instant(0)).verdict, Verdict::waiting);
    tracker.note(1, PeerAnswer::unreachable);
    const auto outcome = tracker.outcome(Instant(0));
    EXPECT_EQ(outcome.verdict, Verdict::failed);
    EXPECT_EQ(outcome.reason, "unreachable");
    EXPECT_EQ(outcome.got, 1U);
}

TEST(AckTracker, ReasonsMeanWhatTheySay) {
    AckTracker silent(kTwoOfThree, Instant(0));
    silent.note(0, PeerAnswer::unreachable);
    EXPECT_EQ(silent.outcome(milliseconds(99)).verdict, Verdict::waiting);
    EXPECT_EQ(silent.outcome(milliseconds(100)).verdict, Verdict::failed);
    EXPECT_EQ(silent.outcome(milliseconds(100)).reason, "timeout");

    AckTracker lying(kTwoOfThree, Instant(0));
    lying.note(0, PeerAnswer::unreachable);
    lying.note(1, PeerAnswer::refused);
    EXPECT_EQ(lying.outcome(Instant(0)).reason, "id_drift");
}

TEST(AckTracker, AQuorumOfOneNeedsNobody) {
    const AckTracker tracker({3, 1, milliseconds(100)}, Instant(0));
    EXPECT_EQ(tracker.outcome(Instant(0)).verdict, Verdict::met);
}

}  // namespace
}  // namespace aimem
