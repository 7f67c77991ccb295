// What peers send: acceptable or not, whole groups or nothing, how far the feed is here.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/apply.h"
#include "store/log/stamp.h"
#include "store/model/json.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>

namespace aimem {
namespace {

using test::a_memory;
using test::archived_change;
using test::dead_change;
using test::kHour;
using test::kNoon;
using test::link_change;
using test::live_change;
using test::merged_change;
using test::Node;
using test::with_group;

Change re_signed(Change change) {
    change.version.sig = sig_of(change.state, change.body);
    return change;
}

Change with_body(Change change, std::string body) {
    change.body = std::move(body);
    return re_signed(std::move(change));
}

std::vector<Change> unacceptable_changes() {
    const Change good = live_change("a", a_memory("T"), kNoon);
    const Change link = link_change("a", "b", kNoon);
    std::vector<Change> out;
    const auto spoil = [&out](Change change, auto how) {
        how(change);
        out.push_back(std::move(change));
    };
    spoil(good, [](Change& c) { c.version.sig += 1; });
    spoil(good, [](Change& c) { c.version.stamp = 0; });
    spoil(good, [](Change& c) { c.version.stamp = -5; });
    spoil(good, [](Change& c) { c.version.stamp = kStampMax + 1; });
    spoil(good, [](Change& c) { c.key = "x:a"; });
    spoil(good, [](Change& c) { c.key = "m:"; });
    spoil(good, [](Change& c) { c.key = ""; });
    spoil(good, [](Change& c) { c.key = "m:" + std::string(200, 'i'); });
    spoil(good, [](Change& c) { c.key = "m:\xff"; });
    spoil(good, [](Change& c) { c = with_body(c, "{"); });
    spoil(good, [](Change& c) { c = with_body(c, ""); });
    spoil(good, [](Change& c) { c = with_body(c, "[]"); });
    Memory memory = a_memory("T");
    memory.priority = 11;
    out.push_back(live_change("a", memory, kNoon));
    memory = a_memory(" ");
    out.push_back(live_change("a", memory, kNoon));
    memory = a_memory("T", std::string(65'537, 'x'));
    out.push_back(live_change("a", memory, kNoon));
    out.push_back(archived_change("a", memory, kNoon));
    out.push_back(with_body(archived_change("a", a_memory("T"), kNoon),
                            archived_body({a_memory("T"), "yesterday", "x"})));
    spoil(good, [](Change& c) {
        c.state = State::archived;
        c = re_signed(c);
    });
    spoil(good, [](Change& c) {
        c.state = State::dead;
        c = re_signed(c);
    });
    out.push_back(with_body(dead_change("a", kNoon), R"({"into":""})"));
    out.push_back(with_body(dead_change("a", kNoon), R"({"into":7})"));
    out.push_back(with_body(dead_change("a", kNoon), R"(text)"));
    spoil(link, [](Change& c) {
        c.state = State::archived;
        c = re_signed(c);
    });
    spoil(link, [](Change& c) { c.key = link_key("b", "a", "related_to"); });
    out.push_back(link_change("a", "a", kNoon));
    out.push_back(link_change("a", "b", kNoon, "likes"));
    out.push_back(link_change("", "b", kNoon));
    // A tombstone of a link must be one that every node would take and ship again.
    spoil(link, [](Change& c) {
        c.state = State::dead;
        c = re_signed(c);
    });
    spoil(link, [](Change& c) {
        c = with_body(c, "");
        c.state = State::dead;
        c.key = "l:short";
        c = re_signed(c);
    });
    return out;
}

TEST(Delivery, AnUnacceptableChangeIsNamedAndTheOthersApply) {
    for (const Change& bad : unacceptable_changes()) {
        Node node;
        const auto result = node.accept({live_change("one", a_memory("One"), kNoon), bad,
                                         live_change("two", a_memory("Two"), kNoon)});
        EXPECT_EQ(result.applied, 2u) << bad.key << ' ' << bad.body.substr(0, 80);
        ASSERT_EQ(result.rejected.size(), 1u) << bad.key << ' ' << bad.body.substr(0, 80);
        EXPECT_EQ(result.rejected[0].seq, 2);
        EXPECT_FALSE(result.rejected[0].why.empty());
        EXPECT_TRUE(node.live("one"));
        EXPECT_TRUE(node.live("two"));
        EXPECT_EQ(node.count("SELECT count(*) FROM repl_row"), 2);
        EXPECT_EQ(test::contradiction(node.db()), "");
    }
}

TEST(Delivery, EveryStateIsAcceptedAtTheEdgesOfItsRange) {
    Node node;
    const auto result =
        node.accept({live_change("a", a_memory("T"), 1), dead_change("b", kStampMax),
                     merged_change("c", "a", kNoon), archived_change("d", a_memory("T"), kNoon)});
    EXPECT_EQ(result.applied, 4u);
    EXPECT_LT(node.hlc(), kNoon + 6 * test::kSecond);
}

TEST(Delivery, ARejectedMemberTakesItsWholeGroupAlong) {
    Node node;
    auto head =
        with_group(live_change("sum", a_memory("Sum"), kNoon), {{"m:a", kNoon}, {"m:b", kNoon}});
    auto bad = dead_change("b", kNoon);
    bad.version.sig += 1;
    const auto result =
        node.accept({head, dead_change("a", kNoon), bad, live_change("c", a_memory("C"), kNoon)});
    EXPECT_EQ(result.applied, 1u);
    EXPECT_EQ(result.rejected.size(), 3u);
    EXPECT_EQ(node.text("SELECT key FROM repl_row"), "m:c\n");
}

// Groups that share members hang together, in whatever order they stand in the delivery.
TEST(Delivery, ARejectionSpreadsAlongAChainOfGroups) {
    const auto one = with_group(live_change("h1", a_memory("H1"), kNoon), {{"m:x", kNoon}});
    const auto two =
        with_group(live_change("h2", a_memory("H2"), kNoon), {{"m:x", kNoon}, {"m:y", kNoon}});
    auto three = with_group(live_change("h3", a_memory("H3"), kNoon), {{"m:y", kNoon}});
    three.version.sig += 1;
    std::vector<Change> all{one, two, three, dead_change("x", kNoon), dead_change("y", kNoon)};
    for (int turn = 0; turn < 5; ++turn) {
        Node node;
        const auto result = node.accept(all);
        EXPECT_EQ(result.applied, 0u) << "turn " << turn;
        EXPECT_EQ(result.rejected.size(), 5u) << "turn " << turn;
        std::rotate(all.begin(), all.begin() + 1, all.end());
    }
}

TEST(Delivery, SeenIsContiguousUnderTheEpochOfTheSender) {
    Node node;
    const auto seen = [&](const char* epoch, std::int64_t from, std::int64_t to) {
        return node.accept(Delivery{"peer", epoch, from, to, {}}).seen;
    };
    EXPECT_EQ(seen("e1", 0, 10), 10);
    EXPECT_EQ(seen("e1", 20, 30), 10) << "a hole";
    EXPECT_EQ(seen("e1", 5, 8), 10) << "never back";
    EXPECT_EQ(seen("e1", 10, 20), 30) << "the late page joins what came before its time";
    EXPECT_EQ(seen("e1", 15, 40), 40) << "overlap";
    EXPECT_EQ(seen("e2", 40, 50), 0) << "another history: everything anew";
    EXPECT_EQ(seen("e2", 0, 50), 50);
    EXPECT_EQ(node.accept(Delivery{"other", "e1", 0, 3, {}}).seen, 3);
    EXPECT_EQ(node.count("SELECT seen FROM repl_in WHERE node = 'peer'"), 50);
}

TEST(Delivery, WhatCameEarlyCountsOnlyWhenItWasCommitted) {
    Node node;
    node.committer().begin();
    node.committer().accept(Delivery{"peer", "e", 20, 30, {}});
    node.committer().rollback();
    EXPECT_EQ(node.accept(Delivery{"peer", "e", 0, 20, {}}).seen, 20);
    node.committer().begin();
    node.committer().accept(Delivery{"peer", "e", 40, 50, {}});
    EXPECT_EQ(node.committer().accept(Delivery{"peer", "e", 20, 40, {}}).seen, 40)
        << "not before it is on disk";
    node.committer().commit();
    EXPECT_EQ(node.accept(Delivery{"peer", "e", 30, 40, {}}).seen, 50);
}

TEST(Delivery, SeenAloneIsWrittenOnce) {
    Node node;
    node.accept(Delivery{"peer", "e", 0, 10, {}});
    const auto written = node.count("SELECT total_changes()");
    node.accept(Delivery{"peer", "e", 0, 10, {}});
    node.accept(Delivery{"peer", "e", 30, 40, {}});
    EXPECT_EQ(node.count("SELECT total_changes()"), written);
}

TEST(Delivery, RowsOfPeersAreNotOurs) {
    Node node;
    node.accept({live_change("a", a_memory("T"), kNoon)});
    EXPECT_EQ(node.text("SELECT key, foreign_row FROM repl_row"), "m:a|1\n");
    UpdateMemory op;
    op.id = "a";
    node.must(op);
    EXPECT_EQ(node.text("SELECT key, foreign_row FROM repl_row"), "m:a|0\n");
}

TEST(Delivery, TheClockFollowsWhatWasSeenSoThatAnswersComeAfterQuestions) {
    Node node;
    node.accept({live_change("a", a_memory("T"), kNoon + 3 * test::kSecond)});
    const auto id = node.store("Answer");
    EXPECT_GT(node.stamp_of("m:" + id), kNoon + 3 * test::kSecond);
}

// --- lists of peers that speak the wire of 0.6.3

Memory legacy(const std::string& id, const std::string& title, std::int64_t updated) {
    Memory memory = a_memory(title);
    memory.id = id;
    memory.updated_at = time_text(updated);
    return memory;
}

TEST(LegacyPush, MemoriesKeepTheirTimeAsStamp) {
    Node node;
    LegacyPush push;
    push.memories = {legacy("a", "T", kNoon + 5)};
    EXPECT_EQ(node.accept(push).applied, 1u);
    EXPECT_EQ(node.stamp_of("m:a"), kNoon + 5);
    push.memories[0].content = "older";
    push.memories[0].updated_at = time_text(kNoon + 4);
    EXPECT_EQ(node.accept(push).applied, 1u) << "0.6.3 counts what it accepts";
    EXPECT_EQ(node.memory("a").content, "text");
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST(LegacyPush, ABadRowIsSkippedAndTheOthersApply) {
    Node node;
    LegacyPush push;
    push.memories = {legacy("a", "A", kNoon), legacy("b", "", kNoon), legacy("c", "C", kNoon)};
    push.memories.push_back(legacy("d", "D", kNoon));
    push.memories.back().updated_at = "yesterday";
    push.deletions = {"", "unknown"};
    push.links = {
        {"a", "c", "related_to", ""}, {"a", "nobody", "related_to", ""}, {"a", "c", "likes", ""}};
    const auto result = node.accept(push);
    EXPECT_EQ(result.applied, 2u);
    EXPECT_EQ(result.skipped, 4u);
    EXPECT_EQ(result.skipped_why.size(), 4u);
    EXPECT_EQ(result.links_applied, 2u) << "the one without an end waits";
    EXPECT_EQ(node.count("SELECT count(*) FROM memory_links"), 1);
    EXPECT_EQ(result.deleted, 0u);
    EXPECT_EQ(result.noop, 1u);
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST(LegacyPush, AnUnknownDeletionLeavesATombstoneAgainstALateStore) {
    Node node;
    LegacyPush push;
    push.deletions = {"a"};
    node.accept(push);
    EXPECT_EQ(node.change("m:a").state, State::dead);
    LegacyPush late;
    late.memories = {legacy("a", "T", kNoon - kHour)};
    node.accept(late);
    EXPECT_FALSE(node.live("a"));
}

TEST(LegacyPush, DeleteArchiveRestoreAreStampedAbove) {
    Node node;
    node.accept({live_change("a", a_memory("T"), kNoon + kHour)});
    LegacyPush archive;
    archive.archives = {"a", "unknown"};
    const auto archived = node.accept(archive);
    EXPECT_EQ(archived.archived, 1u);
    EXPECT_EQ(archived.noop, 1u);
    EXPECT_FALSE(node.live("a"));
    LegacyPush restore;
    restore.restores = {"a", "unknown"};
    EXPECT_EQ(node.accept(restore).restored, 1u);
    EXPECT_TRUE(node.live("a"));
    LegacyPush remove;
    remove.deletions = {"a"};
    EXPECT_EQ(node.accept(remove).deleted, 1u);
    EXPECT_FALSE(node.live("a"));
    EXPECT_GT(node.stamp_of("m:a"), kNoon + kHour);
    EXPECT_EQ(test::contradiction(node.db()), "");
}

class LegacyClash : public testing::Test {
protected:
    void SetUp() override {
        Memory old = a_memory("Same", "old");
        old.created_at = time_text(kNoon - 5 * kHour);
        node.accept({live_change("old", old, kNoon),
                     live_change("new", a_memory("Same", "new"), kNoon + 1)});
    }
    void TearDown() override { EXPECT_EQ(test::contradiction(node.db()), ""); }
    Node node;
};

TEST_F(LegacyClash, ADeletionTakesAllMembers) {
    LegacyPush push;
    push.deletions = {"new"};
    EXPECT_EQ(node.accept(push).deleted, 1u);
    EXPECT_EQ(node.text("SELECT id FROM memories"), "");
}

TEST_F(LegacyClash, AnArchiveHidesTheMemoryNotAMember) {
    LegacyPush push;
    push.archives = {"new"};
    EXPECT_EQ(node.accept(push).archived, 1u);
    EXPECT_EQ(node.text("SELECT id FROM memories"), "");
    EXPECT_EQ(node.text("SELECT id, content FROM archived_memories"), "old|new\n");
}

// 0.6.3 compares times as text; what it sends in another offset must still expire in time.
TEST(LegacyPush, TimesAreBroughtToOurForm) {
    Node node;
    LegacyPush push;
    push.memories = {legacy("a", "T", kNoon)};
    push.memories[0].updated_at = "2026-05-01T14:00:00+02:00";
    push.memories[0].created_at = "2026-05-01T10:00:00Z";
    push.memories[0].expires_at = "2026-06-01T01:00:00.5+02:00";
    ASSERT_EQ(node.accept(push).applied, 1u);
    EXPECT_EQ(node.text("SELECT updated_at, created_at, expires_at FROM memories"),
              "2026-05-01T12:00:00.000000000+00:00|2026-05-01T10:00:00.000000000+00:00|"
              "2026-05-31T23:00:00.500000000+00:00\n");
}

// What was deleted and collected here must not come back because a cursor was lost.
TEST(Delivery, AFeedOfOneThatWasAwayForTooLongWaitsForAComparison) {
    Node node;
    Node away(2);
    away.store("old");
    const auto rows = away.changes();
    Delivery delivery{"away", "e", 0, 1, {{1, rows.at(0)}}, 0, {}, {}, kNoon};
    node.db().exec("UPDATE repl_meta SET horizon = " + std::to_string(kNoon + kHour));
    const Accepted refused = node.accept(delivery);
    EXPECT_TRUE(refused.too_old);
    EXPECT_EQ(refused.seen, 0);
    EXPECT_EQ(node.count("SELECT count(*) FROM repl_row"), 0);
    delivery.fresh = kNoon + kHour;  // it has compared since
    EXPECT_FALSE(node.accept(delivery).too_old);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories"), 1);
    delivery.fresh = kNoon;
    EXPECT_FALSE(node.accept(delivery).too_old) << "what is known here brings nothing back";
}

TEST(Delivery, ARepairIsNoFeed) {
    Node node;
    Node away(2);
    away.store("old");
    node.db().exec("UPDATE repl_meta SET horizon = " + std::to_string(kNoon + kHour));
    const Delivery repair{"away", "e", 0, 0, {{0, away.changes().at(0)}}, 0, {}, {}, kNoon};
    EXPECT_FALSE(node.accept(repair).too_old);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories"), 1);
}

}  // namespace
}  // namespace aimem
