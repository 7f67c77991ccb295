// Between a commit and the word of it another reader may have seen the rows: they go, and may be
// acknowledged, before anybody is known to wait for them. SPDX-License-Identifier: Apache-2.0
#include "tests/federation/replication/replicator_fixture.h"

#include <gtest/gtest.h>

namespace aimem::repl {
namespace {

class LateWriterTest : public ReplicatorTest {
protected:
    // The rest of the feed, which ends at 3, goes to this peer.
    void finish(std::size_t peer) {
        for (const LoadPage& load : take<LoadPage>())
            step(PageLoaded{load.peer, load.from, FeedPage{{row_at(3)}, load.from, 3, false}});
        for (const SendPush& push : take<SendPush>()) answer(push, good_answer(push));
        EXPECT_EQ(machine_->peers()[peer].lag, 0);
    }
};

TEST_F(LateWriterTest, AWriteThatWasAcknowledgedBeforeItsWriterCameIsSentAgainAndMet) {
    make(2, 2);
    step(FeedMoved{4});
    EXPECT_EQ(take<LoadPage>().size(), 2U);
    for (const std::size_t peer : {0U, 1U}) {
        step(PageLoaded{peer, 0, FeedPage{{row_at(1), row_at(2), row_at(3)}, 0, 3, false}});
        const auto push = take<SendPush>().at(0);
        answer(push, good_answer(push));
    }
    write(2, 7);
    EXPECT_TRUE(take<Resolve>().empty()) << "the page may have held a newer write in its place";
    const auto again = take<SendPush>();
    ASSERT_EQ(again.size(), 2U);
    EXPECT_EQ(decode_push(again[1].body)->delivery.rows.at(0).seq, 2);
    answer(again[1], good_answer(again[1]));
    EXPECT_EQ(take<Resolve>().at(0).outcome.verdict, aimem::Verdict::met);
    finish(1);
}

TEST_F(LateWriterTest, APushUnderWayCountsForAWriteThatCameLaterOnlyIfItHoldsIt) {
    make(1, 2);
    step(FeedMoved{4});
    take<LoadPage>();
    step(PageLoaded{0, 0, FeedPage{{row_at(1), row_at(3)}, 0, 3, false}});
    const auto push = take<SendPush>().at(0);
    write(1, 6);
    write(2, 7);
    answer(push, good_answer(push));
    EXPECT_EQ(take<Resolve>().at(0).ticket, 6U);
    EXPECT_TRUE(take<Resolve>().empty());
    const auto again = take<SendPush>().at(0);
    EXPECT_EQ(decode_push(again.body)->delivery.from, 1);
    answer(again, good_answer(again));
    EXPECT_EQ(take<Resolve>().at(0).ticket, 7U);
    finish(0);
}

// A newer write of a peer had taken its place by the time the page was read.
TEST_F(LateWriterTest, AWriteIsSentThoughItsPlaceWasFoundEmpty) {
    make(1, 2);
    step(FeedMoved{3});
    take<LoadPage>();
    step(PageLoaded{0, 0, FeedPage{{}, 0, 2, false}});
    EXPECT_TRUE(take<SendPush>().empty()) << "nothing there";
    write(1, 7);
    const auto push = take<SendPush>().at(0);
    answer(push, good_answer(push));
    EXPECT_EQ(take<Resolve>().at(0).outcome.verdict, aimem::Verdict::met);
}

TEST_F(LateWriterTest, APeerOf063IsAskedForAgainThen) {
    make(1, 2);
    write(1, 1);
    answer(take<SendPush>().at(0), "{}");
    take<LoadPage>();
    step(PageLoaded{0, 0, FeedPage{{row_at(1)}, 0, 1, false}});
    answer(take<SendPush>().at(0), R"({"deleted":1,"skipped":0})");
    EXPECT_EQ(take<Resolve>().size(), 1U);
    step(FeedMoved{4});
    EXPECT_TRUE(take<LoadPage>().at(0).waited.empty());
    write(2, 7);
    step(PageLoaded{0, 1, FeedPage{{}, 1, 3, false}});
    const auto again = take<LoadPage>();
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].waited.size(), 1U);
}

}  // namespace
}  // namespace aimem::repl
