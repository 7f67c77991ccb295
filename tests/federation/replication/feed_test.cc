// Ranges of feed positions and the tail of the feed, against a plain set as the model.
#include "federation/replication/feed_tail.h"
#include "store/log/ranges.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace aimem {
namespace {

TEST(FeedRanges, AgreesWithASetOfNumbers) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 300; ++round) {
        FeedRanges ranges;
        std::set<std::int64_t> model;
        for (int i = 0; i < 12; ++i) {
            const auto from = static_cast<std::int64_t>(random() % 40);
            const std::int64_t to = from + static_cast<std::int64_t>(random() % 6);
            ranges.add({from, to});
            for (std::int64_t seq = from + 1; seq <= to; ++seq) model.insert(seq);
        }
        for (std::int64_t seq = 0; seq < 50; ++seq) {
            ASSERT_EQ(ranges.contains(seq), model.contains(seq)) << seq;
            std::int64_t reach = seq;
            while (model.contains(reach + 1)) ++reach;
            ASSERT_EQ(ranges.reach(seq), reach) << seq;
        }
    }
}

TEST(FeedRanges, ForgetsWhatTheCursorCovers) {
    FeedRanges ranges;
    ranges.add({0, 5});
    ranges.add({7, 9});
    ranges.forget_to(5);
    EXPECT_FALSE(ranges.contains(3));
    EXPECT_TRUE(ranges.contains(8));
    EXPECT_EQ(ranges.next_from(5), 7);
}

SharedRow row_at(std::int64_t seq) {
    FeedRow row;
    row.seq = seq;
    row.change.key = "m:x" + std::to_string(seq);
    return encode_shared(std::move(row));
}

TEST(FeedTail, GivesRowsInOrderUpToABound) {
    FeedTail tail(1 << 20);
    tail.append({row_at(5), row_at(6), row_at(7)});
    EXPECT_FALSE(tail.covers(3));
    ASSERT_TRUE(tail.covers(4));
    FeedRange range;
    EXPECT_EQ(tail.after(4, 7, 2, 1 << 20, range).size(), 2U);
    EXPECT_EQ(range, (FeedRange{4, 6}));
    EXPECT_EQ(tail.after(6, 7, 2, 1 << 20, range).size(), 1U);
    EXPECT_EQ(range, (FeedRange{6, 7}));
}

TEST(FeedTail, BeginsAnewWhenAnotherProcessWroteInBetween) {
    FeedTail tail(1 << 20);
    tail.append({row_at(1), row_at(2)});
    tail.append({row_at(4)});  // 3 was not ours to see
    EXPECT_FALSE(tail.covers(1));
    EXPECT_FALSE(tail.covers(2));
    EXPECT_TRUE(tail.covers(3));
}

TEST(FeedTail, PositionsOfPeersRowsAreNoGap) {
    FeedTail tail(1 << 20);
    tail.append({row_at(1)});
    tail.skip({1, 9});
    tail.append({row_at(10)});
    ASSERT_TRUE(tail.covers(0));
    FeedRange range;
    EXPECT_EQ(tail.after(0, 10, 9, 1 << 20, range).size(), 2U);
    EXPECT_EQ(range.to, 10);
}

TEST(FeedTail, DropsItsOldestRowsAboveItsBound) {
    const std::size_t one = row_at(1)->json.size();
    FeedTail tail(one * 3);
    for (std::int64_t seq = 1; seq <= 9; ++seq) tail.append({row_at(seq)});
    EXPECT_FALSE(tail.covers(1));
    EXPECT_TRUE(tail.covers(8));
}

}  // namespace
}  // namespace aimem
