// What a commit writes reaches the kernel in few pieces, whole, and only once it is a commit.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/log_vfs.h"

#include "store/sqlite/sqlite.h"
#include "store/store.h"
#include "tests/store/core/faulty_vfs.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <random>

namespace aimem {
namespace {

using sqlite::Database;
using sqlite::OpenMode;

constexpr const char* kInsert = "INSERT INTO t(text) VALUES (?1)";

std::int64_t number(Database& db, const char* literal) {
    auto row = db.sql(literal).bind();
    return row.step() ? row.int64(0) : -1;
}

class GatheringVfs : public testing::Test {
protected:
    std::unique_ptr<Database> writer() {
        test::faulty_vfs();
        auto db = std::make_unique<Database>(dir_ / "t.db", OpenMode::read_write,
                                             sqlite::gathering_vfs(test::kFaultyVfs));
        db->exec(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_spill = OFF;"
            "PRAGMA cache_size = 10; CREATE TABLE IF NOT EXISTS t(text TEXT NOT NULL)");
        return db;
    }
    Database reader() { return Database(dir_ / "t.db", OpenMode::read_only); }

private:
    test::TempDir dir_;
};

TEST_F(GatheringVfs, ACommitOfManyPagesIsOnePieceForEach64KiB) {
    const auto db = writer();
    sqlite::Transaction transaction(*db);
    for (int i = 0; i < 40; ++i) db->sql(kInsert).bind(std::string(3000, 'x')).run();
    test::Faults& faults = test::faulty_vfs();
    const int before = faults.writes;
    transaction.commit();
    EXPECT_LE(faults.writes - before, 4);
    auto other = reader();
    EXPECT_EQ(number(other, "SELECT count(*) FROM t"), 40);
}

TEST_F(GatheringVfs, OthersSeeEachCommitWholeAndNothingElse) {
    const std::uint32_t seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 dice(seed);
    const std::unique_ptr<Database> writers[] = {writer(), writer()};
    auto other = reader();
    std::int64_t rows = 0;
    for (int round = 0; round < 150; ++round) {
        Database& db = *writers[dice() % 2];
        const bool keep = dice() % 4 != 0;
        const bool huge = round % 50 == 7;  // more than is gathered at most
        const int count = huge ? 120 : static_cast<int>(dice() % 20);
        {
            sqlite::Transaction transaction(db);
            for (int i = 0; i < count; ++i)
                db.sql(kInsert).bind(std::string(huge ? 50'000 : dice() % 9000, 'y')).run();
            ASSERT_EQ(number(other, "SELECT count(*) FROM t"), rows);
            if (keep) transaction.commit();
        }
        rows += keep ? count : 0;
        ASSERT_EQ(number(other, "SELECT count(*) FROM t"), rows);
    }
    auto row = other.sql("PRAGMA integrity_check").bind();
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.string(0), "ok");
}

TEST_F(GatheringVfs, AFullDiskLeavesNothingBehind) {
    const auto db = writer();
    test::Faults& faults = test::faulty_vfs();
    {
        sqlite::Transaction transaction(*db);
        for (int i = 0; i < 60; ++i) db->sql(kInsert).bind(std::string(3000, 'x')).run();
        faults.bytes_left = 100'000;  // in the middle of the second piece
        EXPECT_THROW(transaction.commit(), sqlite::SqliteError);
        faults.bytes_left = -1;
    }
    db->sql(kInsert).bind("after").run();
    auto other = reader();
    EXPECT_EQ(number(other, "SELECT count(*) FROM t"), 1);
}

TEST_F(GatheringVfs, GoesOverWhatIsThereOrSaysThatItIsNot) {
    EXPECT_THROW((void)sqlite::gathering_vfs("no such"), sqlite::SqliteError);
    EXPECT_STREQ(sqlite::gathering_vfs(), sqlite::gathering_vfs());
}

// It would take a lock of all threads at every allocation. In a process of its own: what is asked
// of SQLite first decides.
TEST(Library, SqliteCountsNoAllocations) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto used_by_a_store = [] {
        const test::TempDir dir;
        StoreOptions options;
        options.file = dir / "memory.db";
        const auto store = Store::open(options);
        return store ? sqlite3_memory_used() : -1;
    };
    EXPECT_EXIT(std::exit(used_by_a_store() == 0 ? 0 : 1), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace aimem
