// Files that were there before: of 0.6.3, of a newer program, of something else.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/feed.h"
#include "store/model/json.h"
#include "store/sqlite/before_migration.h"
#include "store/sqlite/schema.h"
#include "tests/store/core/legacy_file.h"
#include "tests/store/core/node.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace aimem {
namespace {

using test::Node;
using test::run_sql;
using test::TempDir;

constexpr const char* kFirst = "11111111-1111-4111-8111-111111111111";
constexpr const char* kSecond = "22222222-2222-4222-8222-222222222222";
constexpr const char* kThird = "33333333-3333-4333-8333-333333333333";

class LegacyFile : public testing::Test {
protected:
    LegacyFile() : file(dir / "memory.db") { test::make_legacy_file(file); }
    TempDir dir;
    std::filesystem::path file;
};

TEST_F(LegacyFile, RowsAreAdoptedUnderTheirOwnTimes) {
    Node node(file, 7);
    EXPECT_TRUE(node.idle_commit());
    EXPECT_EQ(node.stamp_of(memory_key(kFirst)), parse_time("2026-04-02T11:00:00.654321Z"));
    EXPECT_EQ(node.stamp_of(memory_key(kSecond)), parse_time("2026-04-01T10:00:00Z"));
    EXPECT_EQ(node.stamp_of(memory_key(kThird)), parse_time("2026-03-02T10:00:00.5Z"));
    EXPECT_EQ(node.stamp_of(link_key(kFirst, kSecond, "supersedes")),
              parse_time("2026-04-02T12:00:00Z"));
    EXPECT_EQ(node.change(memory_key(kThird)).state, State::archived);
    EXPECT_EQ(node.stamp_of(record_key(Kind::standard, "global")),
              parse_time("2026-04-02T12:00:00Z"));
    EXPECT_EQ(node.stamp_of(record_key(Kind::pending, "p1")), parse_time("2026-04-02T12:00:00Z"));
    EXPECT_EQ(node.count("SELECT count(*) FROM repl_row"), 6);
    EXPECT_EQ(test::contradiction(node.db()), "");
    EXPECT_FALSE(node.idle_commit()) << "once";
}

TEST_F(LegacyFile, NothingIsLostOnTheWay) {
    Node node(file, 7);
    node.idle_commit();
    const auto first = node.memory(kFirst);
    EXPECT_EQ(first.content, "the quick brown fox");
    EXPECT_EQ(first.tags, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(first.priority, 8);
    EXPECT_EQ(first.confidence, 0.5);
    EXPECT_EQ(first.access_count, 12) << "the local counters too";
    EXPECT_EQ(first.last_accessed_at, "2026-04-03T00:00:00+00:00");
    EXPECT_EQ(first.metadata, R"({"agent_id":"ai:one","scope":"team"})");
    EXPECT_FALSE(first.expires_at);
    EXPECT_EQ(node.text("SELECT valid_until, observed_by FROM memory_links"),
              "2026-05-01T00:00:00+00:00|ai:one\n");
    EXPECT_EQ(node.count("SELECT count(*) FROM namespace_meta"), 1);
    EXPECT_EQ(node.count("SELECT count(*) FROM pending_actions"), 1);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories_fts WHERE memories_fts MATCH 'fox'"), 1);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories WHERE scope_idx = 'team'"), 1);
}

TEST_F(LegacyFile, TwoNodesThatAdoptTheSameRowsAreEqual) {
    const auto copy = dir / "copy.db";
    std::filesystem::copy_file(file, copy);
    Node one(file, 1);
    Node two(copy, 2);
    one.idle_commit();
    two.clock.now += test::kHour;
    two.idle_commit();
    EXPECT_EQ(one.digest().sum, two.digest().sum);
    EXPECT_EQ(one.tables(), two.tables());
    EXPECT_NE(read_identity(one.db()).node, read_identity(two.db()).node);
    EXPECT_EQ(two.accept(one.changes()).applied, 0u) << "no storm between them";
}

TEST_F(LegacyFile, ACopyOfWhatItWasIsKept) {
    { const Node node(file, 7); }
    const auto copy = dir / "memory.db.before-v1";
    ASSERT_TRUE(std::filesystem::exists(copy));
    run_sql(copy, "SELECT scope_idx FROM memories; SELECT version FROM schema_version;");
    EXPECT_ANY_THROW(run_sql(copy, "SELECT * FROM repl_row"));
    sqlite::Database kept(copy, sqlite::OpenMode::read_only);
    auto row = kept.sql("SELECT count(*) FROM memories").bind();
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.int64(0), 2);
}

TEST_F(LegacyFile, AnEarlierCopyIsNotOverwritten) {
    const auto copy = dir / "memory.db.before-v1";
    std::ofstream(copy) << "the first one is the true one";
    { const Node node(file, 7); }
    EXPECT_EQ(std::filesystem::file_size(copy), 29u);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 2)
        << "the file and its copy, nothing left over";
}

TEST_F(LegacyFile, OpeningAgainChangesNothing) {
    { Node(file, 7).idle_commit(); }
    Node node(file, 7);
    const auto identity = read_identity(node.db());
    EXPECT_FALSE(node.idle_commit());
    EXPECT_EQ(identity.next_seq, 7);
}

TEST_F(LegacyFile, OldRowsCanBeWorkedWith) {
    Node node(file, 7);
    UpdateMemory op;
    op.id = kFirst;
    op.content = "new words";
    node.must(op);
    node.must(RestoreMemory{kThird});
    node.must(DeleteMemory{kSecond});
    EXPECT_EQ(node.count("SELECT count(*) FROM memory_links"), 0);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories_fts WHERE memories_fts MATCH 'fox'"), 0);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories_fts WHERE memories_fts MATCH 'words'"), 1);
    EXPECT_EQ(test::contradiction(node.db()), "");
}

// What only a person with sqlite3 could have stored is brought into range; it must not keep other
// rows from being adopted, nor stop a later commit.
TEST_F(LegacyFile, ARowOutOfRangeIsBroughtIntoRange) {
    run_sql(file, R"sql(
INSERT INTO memories(id, tier, title, content, created_at, updated_at, priority) VALUES
 ('bad-priority', 'mid', 'Bad one', 'x', '2026-04-01T10:00:00Z', '2026-04-01T10:00:00Z', 99);
INSERT INTO memories(id, tier, title, content, created_at, updated_at, confidence) VALUES
 ('bad-confidence', 'huge', 'Bad two', 'x', '2026-04-01T10:00:00Z', '2026-04-01T10:00:00Z', 9e999);
INSERT INTO memories(id, tier, title, content, created_at, updated_at, expires_at) VALUES
 ('bad-time', 'mid', 'Bad three', 'x', 'long ago', 'long ago', 'soon');
INSERT INTO memories(id, tier, title, content, created_at, updated_at, metadata) VALUES
 ('bad-metadata', 'mid', 'Bad four', 'x', '2026-04-01T10:00:00Z', '2026-04-01T10:00:00Z', '{');
)sql");
    Node node(file, 7);
    EXPECT_TRUE(node.idle_commit());
    EXPECT_NE(node.stamp_of(memory_key(kFirst)), 0);
    EXPECT_EQ(test::contradiction(node.db()), "");
    EXPECT_EQ(node.memory("bad-priority").priority, 10);
    EXPECT_EQ(node.memory("bad-confidence").confidence, 1.0);
    EXPECT_FALSE(node.memory("bad-time").expires_at);
    EXPECT_EQ(node.memory("bad-metadata").metadata, "{}");
    for (const char* title : {"Bad one", "Bad two", "Bad three", "Bad four"})
        ASSERT_EQ(node.accept({test::live_change(std::string("peer ") + title,
                                                 test::a_memory(title, "of a peer"), test::kNoon)})
                      .applied,
                  1u)
            << title;
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST_F(LegacyFile, ARowBeyondRepairStaysHereUntilItsTitleIsNeeded) {
    run_sql(file, R"sql(
INSERT INTO memories(id, tier, title, content, created_at, updated_at, confidence) VALUES
 ('empty', 'mid', 'Beyond', '', '2026-04-01T10:00:00Z', '2026-04-01T10:00:00Z', 9e999),
 ('void', 'mid', 'Repair', '', '2026-04-01T10:00:00Z', '2026-04-01T10:00:00Z', 9e999);
)sql");
    Node node(file, 7);
    node.idle_commit();
    EXPECT_TRUE(node.live("empty"));
    EXPECT_EQ(node.stamp_of("m:empty"), 0);
    EXPECT_EQ(
        node.accept({test::live_change("peer", test::a_memory("Beyond"), test::kNoon)}).applied,
        1u);
    EXPECT_EQ(node.memory("peer").content, "text");
    StoreMemory op;
    op.title = "Repair";
    op.content = "now it has some";
    op.confidence = 0.5;
    EXPECT_EQ(node.must(op).id, "void") << "a write of ours makes it whole";
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST(OpenFile, ANewerSchemaIsRefusedWithAClearMessage) {
    const TempDir dir;
    const std::string newer = std::to_string(sqlite::kSchemaVersion + 1);
    { const Node node(dir / "memory.db", 1); }
    run_sql(dir / "memory.db", "PRAGMA user_version = " + newer);
    try {
        const Node node(dir / "memory.db", 1);
        FAIL() << "opened";
    } catch (const sqlite::SchemaTooNew& e) {
        const std::string why = e.what();
        EXPECT_NE(why.find((dir / "memory.db").string()), std::string::npos) << why;
        EXPECT_NE(why.find("schema " + newer), std::string::npos) << why;
        EXPECT_NE(why.find("upgrade"), std::string::npos) << why;
    }
    sqlite::Database db(dir / "memory.db", sqlite::OpenMode::read_only);
    auto row = db.sql("PRAGMA user_version").bind();
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.string(0), newer) << "left alone";
}

// Whoever reads the version of a file and is overtaken by another process's migration.
TEST(OpenFile, WhatSomebodyMigratedMeanwhileIsNotKeptAsWhatItWas) {
    const TempDir dir;
    Node node(dir / "memory.db", 1);
    node.store("T");
    const auto files = [&dir] {
        return std::distance(std::filesystem::directory_iterator(dir.path()), {});
    };
    const auto before = files();
    sqlite::keep_copy(node.db(), dir / "memory.db", 0, system_rng());
    EXPECT_EQ(files(), before);
    sqlite::keep_copy(node.db(), dir / "memory.db", sqlite::kSchemaVersion, system_rng());
    EXPECT_EQ(files(), before + 1);
}

TEST(OpenFile, SomethingElseIsRefusedAndLeftAlone) {
    const TempDir dir;
    const auto file = dir / "memory.db";
    const std::string text(5000, 'x');
    std::ofstream(file) << text;
    EXPECT_THROW(Node(file, 1), sqlite::SqliteError);
    EXPECT_EQ(std::filesystem::file_size(file), text.size());
    EXPECT_THROW(Node(dir.path(), 1), sqlite::SqliteError) << "a folder";
    EXPECT_THROW(Node(dir / "no/such/folder/memory.db", 1), sqlite::SqliteError);
}

TEST(OpenFile, AnEmptyFileBecomesAStore) {
    const TempDir dir;
    std::ofstream(dir / "memory.db").close();
    Node node(dir / "memory.db", 1);
    node.store("T");
    EXPECT_FALSE(std::filesystem::exists(dir / "memory.db.before-v1")) << "nothing worth a copy";
}

TEST(OpenFile, AFolderThatCannotBeWrittenIsAnError) {
    const TempDir dir;
    std::filesystem::permissions(
        dir.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec |
                        std::filesystem::perms::others_read | std::filesystem::perms::others_exec);
    // Root may write everywhere, so the test steps down for the attempt.
    const bool root = ::geteuid() == 0;
    ASSERT_EQ(root ? ::seteuid(65534) : 0, 0);
    EXPECT_THROW(Node(dir / "memory.db", 1), sqlite::SqliteError);
    ASSERT_EQ(root ? ::seteuid(0) : 0, 0);
}

TEST(OpenFile, AReplayLeavesTheFileAlone) {
    const TempDir dir;
    const auto file = dir / "memory.db";
    Node node(file, 1);
    const auto id = node.store("T");
    const auto all = node.changes();
    const auto wal = std::filesystem::file_size(dir / "memory.db-wal");
    sqlite::Database watcher(file, sqlite::OpenMode::read_only);
    const auto version = [&] {
        auto row = watcher.sql("PRAGMA data_version").bind();
        return row.step() ? row.int64(0) : 0;
    };
    const auto before = version();
    node.accept(all);
    EXPECT_FALSE(node.idle_commit());
    EXPECT_EQ(std::filesystem::file_size(dir / "memory.db-wal"), wal);
    EXPECT_EQ(version(), before);
    node.must(DeleteMemory{id});
    EXPECT_NE(version(), before);
}

}  // namespace
}  // namespace aimem
