// Reading the feed: pages, closures of groups, digests of ranges. SPDX-License-Identifier:
// Apache-2.0
#include "store/log/feed.h"

#include "store/base/time_text.h"
#include "tests/store/core/node.h"
#include "tests/store/core/random_changes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

namespace aimem {
namespace {

using test::a_memory;
using test::kHour;
using test::kNoon;
using test::live_change;
using test::Node;

constexpr std::size_t kNoBound = std::numeric_limits<std::size_t>::max();

std::set<std::string> keys_of(const FeedPage& page) {
    std::set<std::string> out;
    for (const FeedRow& row : page.rows) out.insert(row.change.key);
    return out;
}

TEST(Feed, ShipsOwnRowsOnceEachInTheirOrder) {
    Node node;
    const auto one = node.store("One");
    const auto two = node.store("Two");
    node.accept({live_change("foreign", a_memory("F"), kNoon)});
    node.store("One", "again");
    const auto page = own_rows_after(node.db(), 0, 100, kNoBound);
    EXPECT_EQ(page.from, 0);
    EXPECT_EQ(page.to, 4);
    EXPECT_FALSE(page.more);
    ASSERT_EQ(page.rows.size(), 2u);
    EXPECT_EQ(page.rows[0].change.key, "m:" + two);
    EXPECT_EQ(page.rows[1].change.key, "m:" + one);
    EXPECT_EQ(page.rows[1].seq, 4);
    EXPECT_EQ(page.rows[1].change, node.change("m:" + one));
    EXPECT_TRUE(own_rows_after(node.db(), 4, 100, kNoBound).rows.empty());
    EXPECT_EQ(own_rows_after(node.db(), 9, 100, kNoBound).to, 9) << "a cursor never goes back";
}

TEST(Feed, ForeignRowsAtTheEndDoNotHoldTheCursorBack) {
    Node node;
    node.store("One");
    node.accept({live_change("foreign", a_memory("F"), kNoon)});
    EXPECT_EQ(own_rows_after(node.db(), 0, 100, kNoBound).to, 2);
    EXPECT_EQ(own_rows_after(node.db(), 1, 100, kNoBound).to, 2);
}

TEST(Feed, PagesOfAnySizeAddUpToEverything) {
    Node node;
    std::set<std::string> expected;
    for (int i = 0; i < 23; ++i) {
        expected.insert("m:" + node.store("T" + std::to_string(i), std::string(100, 'x')));
        if (i % 3 == 0)
            node.accept(
                {live_change("f" + std::to_string(i), a_memory("F" + std::to_string(i)), kNoon)});
    }
    for (const std::size_t rows : {1u, 2u, 5u, 23u, 24u, 100u})
        for (const std::size_t bytes : {std::size_t{1}, std::size_t{500}, kNoBound}) {
            std::set<std::string> found;
            std::size_t shipped = 0;
            std::int64_t at = 0;
            for (int turns = 0;; ++turns) {
                ASSERT_LT(turns, 50) << "no end: rows " << rows << " bytes " << bytes;
                const auto page = own_rows_after(node.db(), at, rows, bytes);
                ASSERT_LE(page.rows.size(), rows);
                ASSERT_EQ(page.from, at);
                shipped += page.rows.size();
                for (const auto& key : keys_of(page)) found.insert(key);
                if (page.more) {
                    ASSERT_GT(page.to, at) << "no progress";
                }
                at = page.to;
                if (!page.more) break;
            }
            EXPECT_EQ(found, expected);
            EXPECT_EQ(shipped, expected.size()) << "nothing twice";
            EXPECT_EQ(at, node.next_seq() - 1);
        }
}

TEST(Feed, AllRowsIncludeThoseOfPeers) {
    Node node;
    const auto one = node.store("One");
    node.accept({live_change("foreign", a_memory("F"), kNoon)});
    const auto page = all_rows_after(node.db(), 0, 100);
    EXPECT_EQ(keys_of(page), (std::set<std::string>{"m:" + one, "m:foreign"}));
    const auto first = all_rows_after(node.db(), 0, 1);
    EXPECT_TRUE(first.more);
    EXPECT_EQ(first.to, 1);
    EXPECT_EQ(all_rows_after(node.db(), first.to, 1).to, 2);
}

class GroupFeed : public testing::Test {
protected:
    // A clash settled here: one group of a head and a loser.
    void SetUp() override {
        Memory old = a_memory("Same", "old");
        old.created_at = time_text(kNoon - 5 * kHour);
        node.accept(
            {live_change("old", old, kNoon), live_change("new", a_memory("Same", "new"), kNoon)});
        UpdateMemory op;
        op.id = "old";
        node.must(op);
    }
    Node node;
    const std::set<std::string> both{"m:old", "m:new"};
};

TEST_F(GroupFeed, APageOfOneRowBringsTheWholeGroup) {
    const auto page = own_rows_after(node.db(), 0, 1, kNoBound);
    EXPECT_EQ(keys_of(page), both);
    EXPECT_EQ(keys_of(own_rows_after(node.db(), page.to, 1, 1)), both);
}

TEST_F(GroupFeed, AMemberOrTheHeadAloneBringsTheOther) {
    for (const char* key : {"m:old", "m:new"}) {
        std::set<std::string> found;
        for (const auto& change : changes_of(node.db(), {key})) found.insert(change.key);
        EXPECT_EQ(found, both) << key;
    }
}

TEST_F(GroupFeed, TheClosureShipsTheCurrentRowsAlsoWhenAPeerWroteThem) {
    Memory newer = a_memory("Same", "by a peer");
    node.accept({live_change("old", newer, kNoon + kHour)});
    const auto page = own_rows_after(node.db(), 0, 100, kNoBound);
    EXPECT_EQ(keys_of(page), both) << "the tombstone is ours, its head is not";
}

TEST_F(GroupFeed, AMemberThatWentOnIsNoLongerPartOfTheGroup) {
    node.accept({live_change("new", a_memory("Revived"), kNoon + kHour)});
    std::set<std::string> found;
    for (const auto& change : changes_of(node.db(), {"m:new"})) found.insert(change.key);
    EXPECT_EQ(found, std::set<std::string>{"m:new"});
}

// The loser's tombstone leads to the head: a node that begins here must not be shown it alone.
TEST_F(GroupFeed, AHeadThatComesAfterItsNextVersionIsStillBroughtByItsMembers) {
    const auto group = node.changes();
    Node late(3);
    late.accept({live_change("old", a_memory("Same", "by a peer"), kNoon + kHour)});
    late.accept(group);
    std::set<std::string> found;
    for (const auto& change : changes_of(late.db(), {"m:new"})) found.insert(change.key);
    EXPECT_EQ(found, both);
    const auto written = late.count("SELECT total_changes()");
    late.accept(group);
    EXPECT_EQ(late.count("SELECT total_changes()"), written) << "a group is noted once";
}

TEST(Feed, UnknownKeysAreLeftOut) {
    Node node;
    EXPECT_TRUE(changes_of(node.db(), {"m:none", "l:none", ""}).empty());
}

TEST(DigestRanges, PartsCoverTheRangeAndAddUp) {
    std::mt19937_64 random(test::test_seed());
    Node node;
    for (int i = 0; i < 40; ++i) {
        auto changes = test::random_changes(random, 5);
        changes.push_back(
            live_change("x" + std::to_string(random()), a_memory("R" + std::to_string(i)), kNoon));
        node.accept(changes);
    }
    const Digest whole = node.digest();
    for (const std::size_t parts : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{7},
                                    std::size_t{64}, std::size_t{1000}}) {
        const auto split = digest_parts(node.db(), "", "", parts);
        ASSERT_FALSE(split.empty());
        ASSERT_LE(split.size(), std::max<std::size_t>(parts, 1));
        EXPECT_EQ(split.front().lo, "");
        EXPECT_EQ(split.back().hi, "");
        Digest sum;
        for (std::size_t i = 0; i < split.size(); ++i) {
            if (i > 0) {
                EXPECT_EQ(split[i].lo, split[i - 1].hi);
            }
            const auto again = digest_of_range(node.db(), split[i].lo, split[i].hi);
            EXPECT_EQ(again.sum, split[i].digest.sum);
            EXPECT_EQ(again.count, split[i].digest.count);
            EXPECT_EQ(versions_in(node.db(), split[i].lo, split[i].hi).size(),
                      static_cast<std::size_t>(again.count));
            sum.sum += again.sum;
            sum.count += again.count;
        }
        EXPECT_EQ(sum.sum, whole.sum);
        EXPECT_EQ(sum.count, whole.count);
    }
}

TEST(DigestRanges, EveryPartOfAVersionCounts) {
    const auto of = [](const Change& change) {
        Node node;
        node.accept({change});
        return node.digest().sum;
    };
    const auto base = of(live_change("a", a_memory("T"), kNoon));
    EXPECT_NE(of(live_change("b", a_memory("T"), kNoon)), base);
    EXPECT_NE(of(live_change("a", a_memory("U"), kNoon)), base);
    EXPECT_NE(of(live_change("a", a_memory("T"), kNoon + 1)), base);
    EXPECT_NE(of(test::archived_change("a", a_memory("T"), kNoon)), base);
    EXPECT_NE(of(test::dead_change("a", kNoon)), base);
}

TEST(DigestRanges, TheLocalCountersAndThePlaceInTheFeedDoNotCount) {
    Node one;
    Node two;
    one.accept({live_change("a", a_memory("A"), kNoon)});
    one.accept({live_change("b", a_memory("B"), kNoon)});
    two.accept({live_change("b", a_memory("B"), kNoon), live_change("a", a_memory("A"), kNoon)});
    two.committer().begin();
    two.committer().touch({{"a", 3}});
    two.committer().commit();
    EXPECT_EQ(one.digest().sum, two.digest().sum);
}

}  // namespace
}  // namespace aimem
