// A file that was restored notices it; what it forgets is gone without a trace; tombstones go when
// everybody has had them for long. SPDX-License-Identifier: Apache-2.0
#include "store/log/upkeep.h"

#include "store/log/apply.h"
#include "store/log/collect.h"
#include "store/log/feed.h"
#include "store/sqlite/schema.h"
#include "tests/store/core/node.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <functional>

namespace aimem {
namespace {

using test::a_memory;
using test::dead_change;
using test::kHour;
using test::kNoon;
using test::live_change;
using test::Node;

void upkeep(Node& node, const std::function<void(Registers&)>& work) {
    node.committer().begin();
    work(node.committer().registers());
    node.committer().commit();
}

SeenOfFeed all_of(Node& node) {
    const Identity self = read_identity(node.db());
    return {self.epoch, self.next_seq - 1, {}, 0};
}

TEST(Rewind, MoreThanThereIsContradictsTheFile) {
    Node node;
    const std::string key = memory_key(node.store("one"));
    node.store("two");
    SeenOfFeed seen = all_of(node);
    EXPECT_FALSE(contradicts_history(node.db(), {}));
    EXPECT_FALSE(contradicts_history(node.db(), seen));
    seen.seen += 1;
    EXPECT_TRUE(contradicts_history(node.db(), seen));
    seen.epoch = "0123456789abcdef";
    EXPECT_TRUE(contradicts_history(node.db(), seen)) << "an epoch that lies in its future";
    // The same number of rows, but others: the node has written anew since it was restored.
    seen = all_of(node);
    seen.key = key;
    seen.stamp = node.stamp_of(key);
    EXPECT_FALSE(contradicts_history(node.db(), seen));
    seen.stamp += 1000;
    EXPECT_TRUE(contradicts_history(node.db(), seen));
    seen.key = "m:never-heard-of";
    EXPECT_TRUE(contradicts_history(node.db(), seen));
    node.db().exec("UPDATE repl_meta SET horizon = " + std::to_string(seen.stamp));
    EXPECT_FALSE(contradicts_history(node.db(), seen)) << "a tombstone that was collected";
}

TEST(Rewind, ANewerWriteOverWhatAPeerSawIsNone) {
    Node node;
    const std::string id = node.store("one");
    SeenOfFeed seen = all_of(node);
    seen.key = memory_key(id);
    seen.stamp = node.stamp_of(seen.key);
    node.must(DeleteMemory{id});
    EXPECT_FALSE(contradicts_history(node.db(), seen));
}

TEST(Rewind, ANewIdentityKeepsTheNodeAndNeverTheTag) {
    Node node(7);
    node.store("one");
    test::SeededRng rng(5);
    for (int i = 0; i < 50; ++i) {
        const Identity before = read_identity(node.db());
        const SeenOfFeed old = all_of(node);
        upkeep(node, [&](Registers& registers) {
            renew_identity(registers, {}, rng);
            EXPECT_NE(registers.next_stamp("m:x") % 1000, before.tag) << "from now on";
        });
        const Identity after = read_identity(node.db());
        EXPECT_EQ(after.node, before.node);
        EXPECT_NE(after.epoch, before.epoch);
        EXPECT_NE(after.tag, before.tag);
        EXPECT_GE(after.tag, 0);
        EXPECT_LE(after.tag, 999);
        EXPECT_EQ(after.base, before.next_seq - 1);
        EXPECT_TRUE(after.recovering);
        EXPECT_FALSE(contradicts_history(node.db(), old)) << "old news";
        const std::string id = node.store("title " + std::to_string(i));
        EXPECT_EQ(node.stamp_of(memory_key(id)) % 1000, after.tag);
    }
    const auto end = [&node](const std::string& epoch) {
        upkeep(node, [&](Registers& registers) { end_recovery(registers, epoch); });
        return !read_identity(node.db()).recovering;
    };
    EXPECT_FALSE(end("another epoch"));
    EXPECT_TRUE(end(read_identity(node.db()).epoch));
    EXPECT_FALSE(read_identity(node.db()).recovering);
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST(Rewind, WhatGaveItAwayIsNoReasonTwice) {
    Node node;
    const SeenOfFeed from_the_future{"0123456789abcdef", 5, {}, 0};
    ASSERT_TRUE(contradicts_history(node.db(), from_the_future));
    upkeep(node,
           [&](Registers& registers) { renew_identity(registers, from_the_future, system_rng()); });
    EXPECT_FALSE(contradicts_history(node.db(), from_the_future));
}

TEST(Rewind, AReceiverRemembersTheLastRowInOrderAndTellsWhatItKnewBefore) {
    Node node;
    const auto delivery = [&](const std::string& epoch, std::int64_t from, std::int64_t to,
                              std::int64_t base) {
        Delivery out{"peer", epoch, from, to, {}, base};
        const std::string id = epoch + std::to_string(to);
        out.rows.push_back({to, live_change(id, a_memory(id), kNoon + to)});
        return node.accept(out);
    };
    EXPECT_EQ(delivery("e1", 0, 50, 0).before.epoch, "");
    const Accepted second = delivery("e1", 50, 60, 0);
    EXPECT_EQ(second.seen, 60);
    EXPECT_EQ(second.before.seen, 50);
    EXPECT_EQ(second.before.key, "m:e150");
    EXPECT_EQ(second.before.stamp, kNoon + 50);
    const Accepted old = delivery("e1", 10, 20, 0);
    EXPECT_EQ(old.seen, 60);
    EXPECT_EQ(seen_of_feed(node.db(), "peer").key, "m:e160");
    // A new epoch goes on from its base, so that nothing is sent again for its sake.
    const Accepted renewed = delivery("e2", 20, 30, 25);
    EXPECT_EQ(renewed.before.epoch, "e1");
    EXPECT_EQ(renewed.before.seen, 60);
    EXPECT_EQ(renewed.seen, 30);
    EXPECT_EQ(delivery("e3", 80, 90, 25).seen, 25) << "but not over a gap";
}

// The row that was last under the old epoch may be one that the restored file never had again.
TEST(Rewind, ANewEpochIsNotTakenForOneThatLostARow) {
    Node node;
    Node receiver(8);
    node.store("one");
    node.store("two");
    const Identity self = read_identity(node.db());
    Delivery lost{self.node, self.epoch, 0, 3, {}, 0};
    lost.rows.push_back({3, live_change("lost", a_memory("lost"), kNoon + kHour)});
    receiver.accept(lost);
    ASSERT_EQ(seen_of_feed(receiver.db(), self.node).key, "m:lost");
    upkeep(node, [&](Registers& registers) { renew_identity(registers, {}, system_rng()); });
    const Identity renewed = read_identity(node.db());
    receiver.accept(Delivery{renewed.node, renewed.epoch, 0, 0, {}, renewed.base});
    const SeenOfFeed seen = seen_of_feed(receiver.db(), renewed.node);
    EXPECT_EQ(seen.epoch, renewed.epoch);
    EXPECT_EQ(seen.key, "");
    EXPECT_FALSE(contradicts_history(node.db(), seen));
}

TEST(Forgetting, LeavesNoTombstoneAndShowsWhatItHid) {
    Node node;
    node.accept({live_change("a", a_memory("T", "older"), kNoon),
                 live_change("b", a_memory("T", "newer"), kNoon + 1000),
                 live_change("c", a_memory("C"), kNoon), dead_change("d", kNoon)});
    const auto version = [&](const char* key) {
        return Forgettable{key, node.change(key).version};
    };
    upkeep(node, [&](Registers& registers) {
        EXPECT_EQ(forget(registers, {version("m:b"), version("m:c"), version("m:d")}), 3U);
    });
    EXPECT_EQ(node.count("SELECT count(*) FROM repl_row"), 1);
    EXPECT_EQ(node.memory("a").content, "older");
    EXPECT_FALSE(node.live("c"));
    EXPECT_EQ(test::contradiction(node.db()), "");
    upkeep(node, [&](Registers& registers) {
        EXPECT_EQ(forget(registers, {{"m:a", {kNoon - 1, 0}}, {"m:z", {kNoon, 0}}}), 0U)
            << "what has changed meanwhile stays";
    });
    EXPECT_TRUE(node.live("a"));
}

TEST(Freshness, ComesFromAllPeersOrFromOneThatHasIt) {
    const std::vector<Contact> contacts{{"a", "e", 1, 50, 20}, {"b", "e", 1, 40, 0}};
    EXPECT_EQ(equal_to_all_since({"a", "b"}, contacts), 40);
    EXPECT_EQ(equal_to_all_since({"a"}, contacts), 50);
    EXPECT_EQ(equal_to_all_since({"a", "b", "c"}, contacts), 0) << "never met";
    EXPECT_EQ(equal_to_all_since({"a", ""}, contacts), 0) << "has not said who it is";
    EXPECT_EQ(equal_to_all_since({}, contacts), 0);

    Node node;
    const auto meet = [&](const char* peer, std::int64_t at, std::int64_t fresh) {
        upkeep(node, [&](Registers& registers) {
            note_contact(registers, {peer, "e", 0, at, fresh}, 0, {"a", "b"});
        });
        return read_identity(node.db()).fresh;
    };
    EXPECT_EQ(meet("a", 100, 0), 0) << "an empty node has nothing to give";
    EXPECT_EQ(meet("a", 110, 70), 70);
    EXPECT_EQ(meet("a", 120, 30), 70) << "what it had it keeps";
    EXPECT_EQ(meet("b", 130, 0), 120) << "now it was equal to both";
    EXPECT_EQ(meet("b", 140, 500), 140) << "not before the other's present";
}

TEST(Collecting, WaitsForEveryPeerAsItIsNow) {
    const std::vector<Contact> contacts{
        {"a", "ea", 10, 5, 4}, {"b", "eb", 7, 5, 9}, {"c", "ec", 99, 1, 1}};
    const auto confirmed_seq = [](const std::vector<CollectPeer>& peers,
                                  const std::vector<Contact>& known) {
        return confirmed_by(peers, known).seq;
    };
    EXPECT_EQ(confirmed_by({{"a", "ea", false}, {"b", "eb", false}}, contacts).fresh, 4);
    EXPECT_EQ(confirmed_seq({{"a", "ea", false}, {"b", "eb", false}}, contacts), 7);
    EXPECT_EQ(confirmed_seq({{"a", "ea", false}, {"", "", false}}, contacts), 0) << "never met";
    EXPECT_EQ(confirmed_seq({{"a", "ea", false}, {"d", "ed", false}}, contacts), 0);
    EXPECT_EQ(confirmed_seq({{"a", "ea2", false}}, contacts), 0) << "its history was broken";
    EXPECT_EQ(confirmed_seq({{"a", "ea", false}, {"", "", true}}, contacts), 10)
        << "0.6.3 cannot be asked";
    EXPECT_EQ(confirmed_seq({}, contacts), 0) << "alone there is nothing to agree on";
}

TEST(Collecting, TakesTheNewestMarkThatIsOldEnough) {
    const std::vector<CollectMark> marks{{10, 100}, {20, 200}, {30, 300}};
    EXPECT_EQ(collectible(marks, 199).seq, 10);
    EXPECT_EQ(collectible(marks, 200).seq, 20);
    EXPECT_EQ(collectible(marks, 99).seq, 0);
    EXPECT_EQ(collectible(marks, 4000).seq, 30);
}

class CollectingNode : public testing::Test {
protected:
    std::size_t run(std::int64_t now) {
        node.clock.now = now;
        const std::string time = std::to_string(now);
        if (in_touch) node.db().exec("UPDATE repl_contact SET at = " + time + ", fresh = " + time);
        const CollectPlan plan = plan_collection(node.db(), peers, now, rules);
        std::size_t out = 0;
        upkeep(node, [&](Registers& registers) { out = collect(registers, plan); });
        return out;
    }
    void met(const std::string& peer, std::int64_t seq, std::int64_t at) {
        upkeep(node, [&](Registers& registers) {
            note_contact(registers, {peer, "e", seq, at, at}, 0, {"a", "b"});
        });
    }
    std::int64_t tombstones() {
        return node.count("SELECT count(*) FROM repl_row WHERE state = 3");
    }
    void SetUp() override {
        node.clock.now = kNoon - kHour;
        for (int i = 0; i < 10; ++i) ids.push_back(node.store("t" + std::to_string(i)));
        for (int i = 0; i < 5; ++i) node.must(DeleteMemory{ids[static_cast<std::size_t>(i)]});
        const std::string epoch = read_identity(node.db()).epoch;
        upkeep(node, [&](Registers& registers) { end_recovery(registers, epoch); });
    }

    Node node;
    CollectRules rules;
    std::vector<CollectPeer> peers{{"a", "e", false}, {"b", "e", false}};
    std::vector<std::string> ids;
    bool in_touch = true;  // the peers are compared with all the time
};

TEST_F(CollectingNode, NothingWhileCutOff) {
    met("a", node.next_seq() - 1, kNoon);
    met("b", node.next_seq() - 1, kNoon);
    run(kNoon);
    in_touch = false;
    EXPECT_EQ(run(kNoon + 8 * kDay), 0U) << "or it would seem to have been away too long";
    met("a", node.next_seq() - 1, kNoon + 8 * kDay);
    EXPECT_EQ(run(kNoon + 8 * kDay), 0U) << "b too";
    met("b", node.next_seq() - 1, kNoon + 8 * kDay);
    EXPECT_EQ(run(kNoon + 8 * kDay), 5U);
}

TEST_F(CollectingNode, SevenDaysAfterTheLastPeerWasComparedWith) {
    const std::int64_t end = node.next_seq() - 1;
    met("a", end, kNoon);
    EXPECT_EQ(run(kNoon + 10 * kDay), 0U);
    met("b", end, kNoon + 10 * kDay);
    EXPECT_EQ(run(kNoon + 11 * kDay), 0U) << "the mark is made";
    EXPECT_EQ(run(kNoon + 18 * kDay - 1), 0U);
    EXPECT_EQ(tombstones(), 5);
    EXPECT_EQ(run(kNoon + 18 * kDay), 5U);
    EXPECT_EQ(tombstones(), 0);
    EXPECT_EQ(read_identity(node.db()).horizon, kNoon + 11 * kDay);
    EXPECT_EQ(node.count("SELECT count(*) FROM repl_row"), 5);
    EXPECT_EQ(test::contradiction(node.db()), "");
    EXPECT_EQ(run(kNoon + 30 * kDay), 0U);
}

TEST_F(CollectingNode, WhatCameAfterTheMarkStays) {
    const std::int64_t end = node.next_seq() - 1;
    met("a", end, kNoon);
    met("b", end - 2, kNoon);
    run(kNoon);
    node.must(DeleteMemory{ids[7]});
    EXPECT_EQ(run(kNoon + 8 * kDay), 3U);
    EXPECT_EQ(tombstones(), 3);
}

TEST_F(CollectingNode, AnOldPeerMakesItNinety) {
    peers.push_back({"", "", true});
    met("a", node.next_seq() - 1, kNoon);
    met("b", node.next_seq() - 1, kNoon);
    run(kNoon);
    EXPECT_EQ(run(kNoon + 89 * kDay), 0U);
    EXPECT_EQ(run(kNoon + 90 * kDay), 5U);
}

TEST_F(CollectingNode, ARecoveringNodeCollectsNothing) {
    met("a", node.next_seq() - 1, kNoon);
    met("b", node.next_seq() - 1, kNoon);
    run(kNoon);
    upkeep(node, [](Registers& registers) { renew_identity(registers, {}, system_rng()); });
    EXPECT_EQ(run(kNoon + 8 * kDay), 0U);
}

TEST_F(CollectingNode, SomeAtATimeAndNotWhatLeadsOn) {
    node.accept({test::merged_change("alias", ids[9], kNoon - 1000)});
    met("a", node.next_seq() - 1, kNoon);
    met("b", node.next_seq() - 1, kNoon);
    rules.rows_max = 2;
    run(kNoon);
    EXPECT_EQ(run(kNoon + 8 * kDay), 2U);
    EXPECT_EQ(run(kNoon + 8 * kDay), 2U);
    EXPECT_EQ(run(kNoon + 8 * kDay), 1U);
    EXPECT_EQ(run(kNoon + 8 * kDay), 0U);
    EXPECT_EQ(tombstones(), 1) << "the alias";
}

TEST_F(CollectingNode, GroupsLoseTheMembersThatAreGone) {
    node.accept({test::with_group(live_change("head", a_memory("head"), kNoon + 5000),
                                  {{"m:gone", kNoon + 4000}}),
                 dead_change("gone", kNoon + 4000)});
    met("a", node.next_seq() - 1, kNoon);
    met("b", node.next_seq() - 1, kNoon);
    run(kNoon + kHour);
    EXPECT_EQ(run(kNoon + 8 * kDay), 6U);
    EXPECT_EQ(node.count("SELECT count(*) FROM repl_grp"), 0);
    EXPECT_EQ(changes_of(node.db(), {"m:head"}).size(), 1U);
}

// Files of the version before this one.
TEST(SchemaVersion2, AFileOfVersion1BecomesOneOfVersion2AndACopyIsKept) {
    const test::TempDir dir;
    const auto file = dir / "memory.db";
    std::string id;
    {
        Node node(file, 7);
        id = node.store("kept");
        node.accept(Delivery{"peer", "e", 0, 12, {}, 0});
        // In reverse: what versions 11 to 3 made, then what version 2 did.
        for (const char* table :
             {"namespace_meta", "pending_actions", "entity_aliases", "subscriptions", "repl_idem",
              "repl_epoch", "repl_contact", "repl_mark", "repl_past", "repl_parked", "repl_pull",
              "repl_cert", "repl_history"})
            node.db().exec(std::string("DROP TABLE ") + table);
        for (const char* column : {"members", "webhooks_at", "base", "recovering", "horizon",
                                   "clock_lead", "fresh", "shared"})
            node.db().exec(std::string("ALTER TABLE repl_meta DROP COLUMN ") + column);
        for (const char* column : {"closed_by", "closed_at"})
            node.db().exec(std::string("ALTER TABLE memory_links DROP COLUMN ") + column);
        for (const char* column : {"last_key", "last_stamp"})
            node.db().exec(std::string("ALTER TABLE repl_in DROP COLUMN ") + column);
        node.db().exec(
            "DROP INDEX idx_memories_used; DROP INDEX repl_own; DROP INDEX idx_memories_rank;"
            "DROP INDEX idx_memories_ns_rank;"
            "CREATE INDEX idx_memories_rank ON memories(priority DESC, updated_at DESC);"
            "CREATE INDEX idx_memories_ns_rank ON memories(namespace, priority DESC)");
        node.db().exec("PRAGMA user_version = 1");
    }
    Node node(file, 7);
    EXPECT_EQ(node.memory(id).title, "kept");
    EXPECT_EQ(node.count("PRAGMA user_version"), sqlite::kSchemaVersion);
    EXPECT_EQ(node.count("SELECT count(*) FROM sqlite_master WHERE name LIKE 'idx_memories%rank' "
                         "AND sql LIKE '%(%priority, updated_at, tier, expires_at)'"),
              2);
    EXPECT_FALSE(read_identity(node.db()).recovering) << "it is what it was";
    EXPECT_EQ(seen_of_feed(node.db(), "peer").seen, 12);
    EXPECT_EQ(std::filesystem::status(dir / "memory.db.before-v2").permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST(SchemaVersion2, ANewFileHasYetToHearWhatItsNodeKnewBefore) {
    Node node;
    EXPECT_TRUE(read_identity(node.db()).recovering);
}

}  // namespace
}  // namespace aimem
