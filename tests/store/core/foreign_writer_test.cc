// Other programs on the same file: what they do is noticed by the next commit and becomes changes
// of this node. SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/model/json.h"
#include "tests/store/core/legacy_file.h"
#include "tests/store/core/node.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

namespace aimem {
namespace {

using test::a_memory;
using test::kHour;
using test::kNoon;
using test::live_change;
using test::Node;

class ForeignWriter : public testing::Test {
protected:
    ForeignWriter() : node(dir / "memory.db", 7) {
        a = node.store("A");
        b = node.store("B");
    }
    void TearDown() override { EXPECT_EQ(test::contradiction(node.db()), ""); }

    // As 0.6.3 does it; the shell has foreign keys off.
    void foreign(const std::string& sql) {
        test::run_sql(dir / "memory.db", "PRAGMA foreign_keys = ON; " + sql);
    }
    void shell(const std::string& sql) { test::run_sql(dir / "memory.db", sql); }
    void insert(const std::string& id, const std::string& title, const std::string& updated) {
        foreign("INSERT INTO memories(id, tier, title, content, created_at, updated_at) VALUES ('" +
                id + "', 'mid', '" + title + "', 'foreign', '2026-04-01T10:00:00Z', '" + updated +
                "')");
    }
    State state(const std::string& id) { return node.change(memory_key(id)).state; }

    test::TempDir dir;
    Node node;
    std::string a, b;
};

TEST_F(ForeignWriter, AnInsertGetsItsOwnTimeAsStamp) {
    insert("x", "X", "2026-04-02T10:00:00.5Z");
    EXPECT_TRUE(node.idle_commit());
    EXPECT_EQ(node.stamp_of("m:x"), parse_time("2026-04-02T10:00:00.5Z"));
    EXPECT_EQ(node.text("SELECT foreign_row FROM repl_row WHERE key = 'm:x'"), "0\n")
        << "it is ours to send";
    EXPECT_EQ(node.memory("x").updated_at, "2026-04-02T10:00:00.500000000+00:00");
}

TEST_F(ForeignWriter, AnUpdateDominatesWhatItOverwrote) {
    const auto before = node.stamp_of("m:" + a);
    foreign("UPDATE memories SET content = 'changed' WHERE id = '" + a + "'");
    node.idle_commit();
    EXPECT_GT(node.stamp_of("m:" + a), before);
    EXPECT_EQ(node.memory(a).content, "changed");
    const auto later = time_text(before + kHour);
    foreign("UPDATE memories SET content = 'again', updated_at = '" + later + "' WHERE id = '" + a +
            "'");
    node.idle_commit();
    EXPECT_EQ(node.stamp_of("m:" + a), before + kHour);
}

TEST_F(ForeignWriter, AnUpdateThatChangesNothingIsNoChange) {
    const auto seq = node.next_seq();
    foreign("UPDATE memories SET content = content, access_count = 9 WHERE id = '" + a + "'");
    node.idle_commit();
    EXPECT_EQ(node.next_seq(), seq);
    EXPECT_EQ(node.memory(a).access_count, 9);
    foreign("UPDATE memories SET access_count = 10, last_accessed_at = 'x' WHERE id = '" + a + "'");
    EXPECT_FALSE(node.idle_commit()) << "a touch is nothing to replicate";
}

TEST_F(ForeignWriter, ADeleteLeavesATombstone) {
    const auto before = node.stamp_of("m:" + a);
    foreign("DELETE FROM memories WHERE id = '" + a + "'");
    node.idle_commit();
    EXPECT_EQ(state(a), State::dead);
    EXPECT_GT(node.stamp_of("m:" + a), before);
}

TEST_F(ForeignWriter, AnInsertThatIsGoneAgainLeavesNothing) {
    insert("x", "X", "2026-04-02T10:00:00Z");
    foreign("DELETE FROM memories WHERE id = 'x'");
    node.idle_commit();
    EXPECT_EQ(node.stamp_of("m:x"), 0);
}

TEST_F(ForeignWriter, ArchiveAndRestoreAreNoticed) {
    foreign(
        "INSERT INTO archived_memories(id, tier, title, content, created_at, updated_at, "
        "archived_at) "
        "SELECT id, tier, title, content, created_at, updated_at, '2030-01-01T00:00:00Z' FROM "
        "memories "
        "WHERE id = '" +
        a + "'; DELETE FROM memories WHERE id = '" + a + "'");
    node.idle_commit();
    EXPECT_EQ(state(a), State::archived);
    foreign("UPDATE archived_memories SET archive_reason = 'other' WHERE id = '" + a + "'");
    node.idle_commit();
    EXPECT_NE(node.change("m:" + a).body.find("other"), std::string::npos);
    foreign(
        "INSERT INTO memories(id, tier, title, content, created_at, updated_at) SELECT id, 'long', "
        "title, content, created_at, '2031-01-01T00:00:00Z' FROM archived_memories; "
        "DELETE FROM archived_memories");
    node.idle_commit();
    EXPECT_EQ(state(a), State::live);
    EXPECT_EQ(node.memory(a).tier, Tier::long_term);
}

TEST_F(ForeignWriter, APurgeOfTheArchiveLeavesATombstone) {
    node.must(ArchiveMemory{a, "archive"});
    foreign("DELETE FROM archived_memories");
    node.idle_commit();
    EXPECT_EQ(state(a), State::dead);
}

TEST_F(ForeignWriter, ARenameFreesTheTitle) {
    foreign("UPDATE memories SET title = 'Z' WHERE id = '" + a +
            "'; UPDATE memories SET title = 'A' "
            "WHERE id = '" +
            b + "'");
    node.idle_commit();
    EXPECT_EQ(node.memory(b).title, "A");
    EXPECT_NE(node.change("m:" + b).body.find(R"("title":"A")"), std::string::npos);
}

TEST_F(ForeignWriter, AChangedIdIsADeathAndABirth) {
    shell("UPDATE memories SET id = 'new-id' WHERE id = '" + a + "'");
    node.idle_commit();
    EXPECT_EQ(state(a), State::dead);
    EXPECT_EQ(state("new-id"), State::live);
}

TEST_F(ForeignWriter, LinksAreNoticed) {
    const auto key = link_key(a, b, "related_to");
    foreign("INSERT INTO memory_links(source_id, target_id, relation, created_at) VALUES ('" + a +
            "', '" + b + "', 'related_to', '2026-04-01T10:00:00Z')");
    node.idle_commit();
    EXPECT_EQ(node.stamp_of(key), parse_time("2026-04-01T10:00:00Z"));
    foreign("UPDATE memory_links SET relation = 'supersedes'");
    node.idle_commit();
    EXPECT_EQ(node.change(key).state, State::dead);
    EXPECT_EQ(node.change(link_key(a, b, "supersedes")).state, State::live);
    foreign("DELETE FROM memory_links");
    node.idle_commit();
    EXPECT_EQ(node.change(link_key(a, b, "supersedes")).state, State::dead);
}

TEST_F(ForeignWriter, ALinkThatGoesWithItsEndIsNotUnlinked) {
    node.must(LinkMemories{a, b, "related_to"});
    foreign("DELETE FROM memories WHERE id = '" + a + "'");
    node.idle_commit();
    EXPECT_EQ(node.change(link_key(a, b, "related_to")).state, State::live) << "hidden, not dead";
    EXPECT_EQ(node.count("SELECT count(*) FROM memory_links"), 0);
}

TEST_F(ForeignWriter, ADeleteWithoutForeignKeysLeavesNoLinkBehind) {
    node.must(LinkMemories{a, b, "related_to"});
    shell("DELETE FROM memories WHERE id = '" + a + "'");
    node.idle_commit();
    EXPECT_EQ(node.count("SELECT count(*) FROM memory_links"), 0);
}

TEST_F(ForeignWriter, AMemoryAndItsLinkInOneGo) {
    insert("x", "X", "2026-04-02T10:00:00Z");
    foreign("INSERT INTO memory_links(source_id, target_id, relation, created_at) VALUES ('x', '" +
            b + "', 'related_to', '2026-04-01T10:00:00Z')");
    node.idle_commit();
    EXPECT_EQ(node.count("SELECT count(*) FROM memory_links"), 1);
    EXPECT_EQ(node.change(link_key("x", b, "related_to")).state, State::live);
}

TEST_F(ForeignWriter, WhatWeWriteOurselvesIsNotForeign) {
    node.must(LinkMemories{a, b, "related_to"});
    node.must(ArchiveMemory{b, "archive"});
    node.accept({live_change("peer", a_memory("P"), kNoon)});
    node.must(DeleteMemory{"peer"});
    EXPECT_EQ(node.count("SELECT count(*) FROM repl_dirty"), 0);
    EXPECT_FALSE(node.idle_commit());
}

TEST_F(ForeignWriter, AForeignWriteIsSeenByTheRequestThatComesNext) {
    foreign("UPDATE memories SET priority = 9 WHERE id = '" + a + "'");
    UpdateMemory op;
    op.id = a;
    op.content = "ours";
    node.must(op);
    EXPECT_EQ(node.memory(a).priority, 9);
}

// A clash shows one row; who removes that row means all who share it.
class ForeignClash : public ForeignWriter {
protected:
    void SetUp() override {
        Memory old = a_memory("Same", "old");
        old.created_at = time_text(kNoon - 9 * kHour);
        node.accept(
            {live_change("old", old, kNoon), live_change("new", a_memory("Same", "new"), kNoon)});
    }
};

TEST_F(ForeignClash, ADeletedRowDoesNotComeBackUnderAnotherId) {
    foreign("DELETE FROM memories WHERE id = 'old'");
    node.idle_commit();
    EXPECT_EQ(node.count("SELECT count(*) FROM memories WHERE title = 'Same'"), 0);
    EXPECT_EQ(state("old"), State::dead);
    EXPECT_EQ(state("new"), State::dead);
}

TEST_F(ForeignClash, AnArchivedRowDoesNotComeBackUnderAnotherId) {
    foreign(
        "INSERT INTO archived_memories(id, tier, title, content, created_at, updated_at, "
        "archived_at) "
        "SELECT id, tier, title, content, created_at, updated_at, updated_at FROM memories WHERE "
        "id = 'old'; DELETE FROM memories WHERE id = 'old'");
    node.idle_commit();
    EXPECT_EQ(node.count("SELECT count(*) FROM memories WHERE title = 'Same'"), 0);
    EXPECT_EQ(state("old"), State::archived);
    EXPECT_EQ(merged_into(node.change("m:new").body), "old");
}

TEST_F(ForeignClash, AnEditOfTheRowIsItsNewestContent) {
    foreign("UPDATE memories SET content = 'edited' WHERE id = 'old'");
    node.idle_commit();
    EXPECT_EQ(node.memory("old").content, "edited");
    EXPECT_EQ(state("new"), State::live);
}

TEST_F(ForeignClash, ARenameOfTheRowLetsTheOtherShow) {
    foreign("UPDATE memories SET title = 'Renamed' WHERE id = 'old'");
    node.idle_commit();
    EXPECT_EQ(node.memory("old").title, "Renamed");
    EXPECT_EQ(node.memory("new").title, "Same");
}

TEST_F(ForeignClash, AHiddenIdInsertedAnewLeavesTheClash) {
    foreign(
        "INSERT INTO memories(id, tier, title, content, created_at, updated_at) VALUES ('new', "
        "'mid', "
        "'Elsewhere', 'x', '2026-04-01T10:00:00Z', '2030-04-01T10:00:00Z')");
    node.idle_commit();
    EXPECT_EQ(node.memory("old").content, "old");
    EXPECT_EQ(node.memory("new").title, "Elsewhere");
}

TEST_F(ForeignClash, AMergedIdInsertedAnewTakesItsLinksAlong) {
    UpdateMemory settle;
    settle.id = "old";
    node.must(settle);
    node.accept({test::link_change("new", a, kNoon)});
    EXPECT_EQ(node.text("SELECT source_id FROM memory_links"), "old\n");
    foreign(
        "INSERT INTO memories(id, tier, title, content, created_at, updated_at) VALUES ('new', "
        "'mid', "
        "'Elsewhere', 'x', '2026-04-01T10:00:00Z', '2030-04-01T10:00:00Z')");
    node.idle_commit();
    EXPECT_EQ(node.text("SELECT source_id FROM memory_links"), "new\n");
}

}  // namespace
}  // namespace aimem
