// The laws of merging: whatever the order, the repetitions and the batches in which the same
// changes arrive, every store ends with the same registers and shows the same rows.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/names.h"
#include "tests/store/core/node.h"
#include "tests/store/core/random_changes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace aimem {
namespace {

using test::a_memory;
using test::archived_change;
using test::dead_change;
using test::kNoon;
using test::kSecond;
using test::link_change;
using test::live_change;
using test::merged_change;
using test::Node;

bool equal(const Digest& a, const Digest& b) {
    return a.sum == b.sum && a.count == b.count;
}

void deliver(Node& node, const std::vector<Change>& changes, std::mt19937_64& random) {
    for (std::size_t at = 0; at < changes.size();) {
        const auto size = std::min<std::size_t>(1 + random() % 7, changes.size() - at);
        const auto first = changes.begin() + static_cast<std::ptrdiff_t>(at);
        const auto result =
            node.accept(std::vector<Change>(first, first + static_cast<std::ptrdiff_t>(size)));
        ASSERT_TRUE(result.rejected.empty()) << result.rejected.front().why;
        ASSERT_EQ(result.applied + result.noop, size);
        at += size;
    }
}

void expect_winners(Node& node, const std::vector<Change>& expected) {
    const auto held = versions_in(node.db(), "", "");
    ASSERT_EQ(held.size(), expected.size());
    for (std::size_t i = 0; i < held.size(); ++i) {
        ASSERT_EQ(held[i].key, expected[i].key);
        ASSERT_EQ(held[i].version, expected[i].version) << held[i].key;
        ASSERT_EQ(held[i].state, expected[i].state) << held[i].key;
    }
}

TEST(MergeLaws, AnyOrderAnyRepetitionAnyBatchEndsEqual) {
    const auto rounds = test::test_rounds(150);
    for (int round = 0; round < rounds; ++round) {
        const auto seed = test::test_seed() + static_cast<std::uint64_t>(round);
        SCOPED_TRACE("AIMEM_TEST_SEED=" + std::to_string(seed) + " AIMEM_TEST_ROUNDS=1");
        std::mt19937_64 random(seed);
        const auto changes = test::random_changes(random, 10 + random() % 60);
        std::vector<std::unique_ptr<Node>> nodes;
        for (std::size_t i = 0; i < 2 + seed % 3; ++i) {
            nodes.push_back(std::make_unique<Node>(static_cast<int>(i)));
            Node& node = *nodes.back();
            ASSERT_NO_FATAL_FAILURE(
                deliver(node, test::shuffled_with_repeats(changes, random), random));
            ASSERT_EQ(test::contradiction(node.db()), "");
            ASSERT_NO_FATAL_FAILURE(expect_winners(node, test::winners(changes)));
            ASSERT_EQ(node.tables(), nodes.front()->tables());
            ASSERT_TRUE(equal(node.digest(), nodes.front()->digest()));
        }
    }
}

// After every single delivery the tables fit the registers, not only at the end.
TEST(MergeLaws, TheTablesFitTheRegistersAfterEveryStep) {
    const auto rounds = test::test_rounds(25);
    for (int round = 0; round < rounds; ++round) {
        const auto seed = test::test_seed() + 5000 + static_cast<std::uint64_t>(round);
        SCOPED_TRACE("round seed " + std::to_string(seed));
        std::mt19937_64 random(seed);
        Node node;
        for (const Change& change : test::random_changes(random, 50)) {
            node.accept({change});
            ASSERT_EQ(test::contradiction(node.db()), "") << change.key << ' ' << change.body;
        }
    }
}

// What one store took can be read from it and given to an empty one: equal again.
TEST(MergeLaws, WhatAStoreShipsMakesItsTwin) {
    for (int round = 0; round < test::test_rounds(40); ++round) {
        const auto seed = test::test_seed() + 9000 + static_cast<std::uint64_t>(round);
        SCOPED_TRACE("round seed " + std::to_string(seed));
        std::mt19937_64 random(seed);
        Node first;
        deliver(first, test::random_changes(random, 60), random);
        auto shipped = first.changes();
        std::shuffle(shipped.begin(), shipped.end(), random);
        Node second;
        ASSERT_NO_FATAL_FAILURE(deliver(second, shipped, random));
        ASSERT_TRUE(equal(first.digest(), second.digest()));
        ASSERT_EQ(first.tables(), second.tables());
        ASSERT_EQ(first.changes(), second.changes()) << "bodies and groups too";
    }
}

TEST(MergeLaws, All24OrdersOfFourVersionsGiveOneDigest) {
    const auto with = [](const std::string& content) {
        return a_memory("T", content);
    };
    const std::vector<std::vector<Change>> sets{
        // Two with an equal stamp: the signature decides.
        {live_change("a", with("one"), kNoon), live_change("a", with("two"), kNoon),
         live_change("a", with("three"), kNoon + 1), dead_change("a", kNoon - 1)},
        // The same instant in all states.
        {live_change("a", with("one"), kNoon), archived_change("a", with("one"), kNoon),
         dead_change("a", kNoon), merged_change("a", "b", kNoon)},
        // Four titles claimed in turn by two ids.
        {live_change("a", with("one"), kNoon), live_change("b", with("two"), kNoon + 1),
         live_change("a", a_memory("Other"), kNoon + 2), dead_change("b", kNoon + 3)},
        // A link, its ends, and a merge under it.
        {live_change("a", with("one"), kNoon), live_change("b", a_memory("B"), kNoon),
         link_change("x", "b", kNoon), merged_change("x", "a", kNoon)},
        // A merge that is taken back by a newer write.
        {merged_change("x", "a", kNoon), live_change("a", with("one"), kNoon),
         live_change("x", a_memory("X"), kNoon + 1), link_change("x", "a", kNoon)},
    };
    for (const auto& set : sets) {
        std::vector<std::size_t> order{0, 1, 2, 3};
        std::string tables;
        Digest digest;
        int orders = 0;
        do {
            Node node;
            for (const auto i : order) node.accept({set[i]});
            ASSERT_EQ(test::contradiction(node.db()), "");
            if (orders++ == 0) {
                tables = node.tables();
                digest = node.digest();
            }
            ASSERT_EQ(node.tables(), tables);
            ASSERT_TRUE(equal(node.digest(), digest));
        } while (std::next_permutation(order.begin(), order.end()));
        EXPECT_EQ(orders, 24);
    }
}

TEST(MergeLaws, TheSignatureDecidesBetweenEqualStamps) {
    const auto one = live_change("a", a_memory("T", "one"), kNoon);
    const auto two = live_change("a", a_memory("T", "two"), kNoon);
    const auto& higher = one.version < two.version ? two : one;
    Node node;
    node.accept({one});
    node.accept({two});
    EXPECT_EQ(node.change("m:a").body, higher.body);
    EXPECT_EQ(node.memory("a").updated_at, time_text(kNoon));
}

TEST(MergeLaws, AReplayWritesNothing) {
    std::mt19937_64 random(test::test_seed());
    SCOPED_TRACE(test::test_seed());
    const auto changes = test::random_changes(random, 80);
    Node node;
    node.accept(changes);
    const auto next_seq = node.next_seq();
    const auto hlc = node.hlc();
    const auto written = node.count("SELECT total_changes()");
    for (int i = 0; i < 3; ++i) {
        const auto again = node.accept(test::shuffled_with_repeats(changes, random));
        EXPECT_EQ(again.applied, 0u);
    }
    EXPECT_EQ(node.next_seq(), next_seq);
    EXPECT_EQ(node.hlc(), hlc);
    EXPECT_EQ(node.count("SELECT total_changes()"), written);
}

TEST(MergeLaws, AnOlderVersionWritesNothing) {
    Node node;
    node.accept({dead_change("a", kNoon)});
    const auto written = node.count("SELECT total_changes()");
    EXPECT_EQ(node.accept({live_change("a", a_memory("T"), kNoon - 1)}).noop, 1u);
    EXPECT_EQ(node.count("SELECT total_changes()"), written);
    EXPECT_FALSE(node.live("a"));
}

TEST(MergeLaws, LocalCountersStayWhenANewerVersionComes) {
    Node node;
    node.accept({live_change("a", a_memory("T"), kNoon)});
    node.committer().begin();
    node.committer().touch({{"a", 3}});
    node.committer().commit();
    node.accept({live_change("a", a_memory("T", "newer"), kNoon + 1)});
    EXPECT_EQ(node.memory("a").access_count, 3);
    node.accept({live_change("b", a_memory("T", "clash"), kNoon + 2)});
    EXPECT_EQ(node.memory("a").access_count, 3);
}

// --- links under names that change; each was a way to leave a link behind that nothing knows

TEST(MergedNames, AMergeThatIsTakenBackTakesItsLinksAlong) {
    Node node;
    node.accept({live_change("a", a_memory("A"), kNoon), live_change("t", a_memory("T"), kNoon),
                 merged_change("x", "a", kNoon), link_change("x", "t", kNoon)});
    EXPECT_EQ(node.text("SELECT source_id FROM memory_links"), "a\n");
    node.accept({live_change("x", a_memory("X"), kNoon + 1)});
    EXPECT_EQ(node.text("SELECT source_id FROM memory_links"), "x\n");
    node.accept({dead_change("x", kNoon + 2)});
    EXPECT_EQ(node.text("SELECT source_id FROM memory_links"), "");
}

TEST(MergedNames, AMemberThatLeavesAClashTakesItsLinksAlong) {
    Node node;
    Memory old = a_memory("Same", "old");
    old.created_at = time_text(kNoon - 10 * test::kHour);
    node.accept({live_change("a", old, kNoon), live_change("b", a_memory("Same", "b"), kNoon),
                 live_change("t", a_memory("T"), kNoon), link_change("b", "t", kNoon)});
    EXPECT_EQ(node.text("SELECT source_id FROM memory_links"), "a\n");
    node.accept({live_change("b", a_memory("Renamed", "b"), kNoon + 1)});
    EXPECT_EQ(node.text("SELECT source_id FROM memory_links"), "b\n");
}

TEST(MergedNames, ATombstoneThatChangesItsTargetMovesItsLinks) {
    Node node;
    node.accept({live_change("a", a_memory("A"), kNoon), live_change("b", a_memory("B"), kNoon),
                 live_change("t", a_memory("T"), kNoon), merged_change("x", "a", kNoon),
                 link_change("t", "x", kNoon)});
    EXPECT_EQ(node.text("SELECT target_id FROM memory_links"), "a\n");
    node.accept({merged_change("x", "b", kNoon + 1)});
    EXPECT_EQ(node.text("SELECT target_id FROM memory_links"), "b\n");
}

TEST(MergedNames, ATombstoneThatLeadsToItselfEndsTheSearch) {
    Node node;
    node.accept({merged_change("a", "a", kNoon), merged_change("b", "c", kNoon),
                 merged_change("c", "b", kNoon), live_change("t", a_memory("T"), kNoon),
                 link_change("b", "t", kNoon)});
    EXPECT_FALSE(visible_id(node.db(), "a"));
    EXPECT_FALSE(visible_id(node.db(), "b"));
    EXPECT_EQ(test::contradiction(node.db()), "");
}

// However many merges lie in a row, links do not depend on the order in which they came.
TEST(MergedNames, ALongChainOfMergesIsTheSameInEveryOrder) {
    std::vector<Change> changes{live_change("m0", a_memory("M"), kNoon),
                                live_change("t", a_memory("T"), kNoon)};
    for (int i = 1; i <= 12; ++i) {
        const auto name = "m" + std::to_string(i);
        changes.push_back(merged_change(name, "m" + std::to_string(i - 1), kNoon));
        if (i > 7) changes.push_back(link_change(name, "t", kNoon + i));
    }
    std::mt19937_64 random(test::test_seed());
    Node forward;
    forward.accept(changes);
    for (int i = 0; i < 20; ++i) {
        std::shuffle(changes.begin(), changes.end(), random);
        Node other;
        other.accept(changes);
        ASSERT_EQ(other.tables(), forward.tables());
        ASSERT_EQ(test::contradiction(other.db()), "");
    }
}

}  // namespace
}  // namespace aimem
