// The disk is full, or refuses to sync: nothing partial stays, and nobody is told otherwise.
// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/log_vfs.h"
#include "store/sqlite/schema.h"
#include "store/writer.h"
#include "tests/store/core/faulty_vfs.h"
#include "tests/store/core/node.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <future>

namespace aimem {
namespace {

using test::Node;
using test::TempDir;

std::unique_ptr<sqlite::Database> faulty_database(const std::filesystem::path& file) {
    test::faulty_vfs();
    auto db = std::make_unique<sqlite::Database>(file, sqlite::OpenMode::read_write,
                                                 sqlite::gathering_vfs(test::kFaultyVfs));
    sqlite::migrate(*db, file, system_clock(), system_rng());
    sqlite::configure(*db, 256);
    db->exec("PRAGMA cache_spill = OFF");
    return db;
}

StoreMemory store_of(const std::string& title, std::size_t bytes = 3000) {
    StoreMemory op;
    op.title = title;
    op.content = std::string(bytes, 'x');
    return op;
}

class DiskFull : public testing::Test {
protected:
    void SetUp() override {
        faults.bytes_left = -1;
        faults.syncs_left = -1;
    }
    void TearDown() override { SetUp(); }
    test::Faults& faults = test::faulty_vfs();
    TempDir dir;
};

// Wherever in the transaction the disk ends: an error, nothing of it stays, and it goes on as soon
// as there is room again.
TEST_F(DiskFull, WhereverItEndsNothingPartialStays) {
    test::ManualClock clock;
    test::SeededRng rng(1);
    auto db = faulty_database(dir / "memory.db");
    Committer committer(*db, clock, rng);
    std::int64_t stored = 0;
    int refused = 0;
    for (std::int64_t room = 0; room < 320'000; room += 9473) {
        faults.bytes_left = room;
        bool committed = false;
        try {
            committer.begin();
            ASSERT_TRUE(committer.execute(store_of("A" + std::to_string(room))));
            ASSERT_TRUE(committer.execute(store_of("B" + std::to_string(room), 20'000)));
            committer.commit();
            committed = true;
        } catch (const sqlite::SqliteError& e) {
            EXPECT_TRUE(e.is_full()) << e.what();
            committer.rollback();
            ++refused;
        }
        faults.bytes_left = -1;
        stored += committed ? 2 : 0;
        ASSERT_EQ(test::contradiction(*db), "") << "room " << room;
        auto row = db->sql("SELECT count(*) FROM memories").bind();
        ASSERT_TRUE(row.step());
        ASSERT_EQ(row.int64(0), stored) << "room " << room;
    }
    EXPECT_GT(refused, 3);
    EXPECT_GT(stored, 2);
}

// A process killed between writing and syncing leaves what its successor can read, and the disk may
// not have: the successor says "I have it already" only after a sync of its own.
TEST_F(DiskFull, TheFirstCommitOfAProcessSyncsAlsoWhenItChangesNothing) {
    const test::ManualClock clock;
    test::SeededRng rng(1);
    const Delivery delivery{
        "peer", "e", 0, 1, {{1, test::live_change("x", test::a_memory("X"), test::kNoon)}}};
    auto db = faulty_database(dir / "memory.db");
    const auto deliver = [&](Committer& committer) {
        committer.begin();
        const std::size_t applied = committer.accept(delivery).applied;
        committer.commit();
        return applied;
    };
    Committer first(*db, clock, rng);
    EXPECT_EQ(deliver(first), 1U);
    Committer successor(*db, clock, rng);
    faults.syncs_left = 0;
    EXPECT_THROW(deliver(successor), sqlite::SqliteError);
    successor.rollback();
    faults.syncs_left = -1;
    EXPECT_EQ(deliver(successor), 0U);
    faults.syncs_left = 0;
    EXPECT_EQ(deliver(successor), 0U) << "from then on a no-op costs nothing";
}

class FullWriter : public DiskFull {
protected:
    FullWriter() {
        options.file = dir / "memory.db";
        writer.emplace(faulty_database(options.file), options);
    }
    Result<Committed> commit(const Op& op) {
        std::promise<Result<Committed>> answer;
        auto value = std::make_shared<std::optional<Result<Committed>>>();
        writer->submit({[value, op](Committer& c) { *value = c.execute(op); },
                        [value, &answer](const Result<>& done) {
                            answer.set_value(done ? **value
                                                  : Result<Committed>(fail(done.error())));
                        }});
        return answer.get_future().get();
    }
    StoreOptions options;
    std::optional<Writer> writer;
};

TEST_F(FullWriter, SaysDiskFullAndRecoversWithoutARestart) {
    ASSERT_TRUE(commit(store_of("before")));
    faults.bytes_left = 2000;
    const auto refused = commit(store_of("during"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::disk_full);
    faults.bytes_left = -1;
    EXPECT_TRUE(commit(store_of("after")));
    writer.reset();
    Node node(options.file, 1);
    EXPECT_EQ(node.text("SELECT title FROM memories ORDER BY title"), "after\nbefore\n");
    EXPECT_EQ(test::contradiction(node.db()), "");
}

// One request of a group that the disk has no room for must not take the small ones along.
TEST_F(FullWriter, EachRequestOfARefusedGroupGetsItsOwnChance) {
    sqlite::Database blocker(options.file, sqlite::OpenMode::read_write);
    std::promise<void> all_in;
    std::vector<std::future<Result<Committed>>> answers;
    {
        const sqlite::Transaction held(blocker);
        for (int i = 0; i < 6; ++i)
            answers.push_back(std::async(std::launch::async, [this, i] {
                return commit(store_of("T" + std::to_string(i), i == 3 ? 60'000 : 100));
            }));
        faults.bytes_left = 200'000;
    }
    faults.bytes_left = 60'000;
    int stored = 0;
    for (auto& answer : answers) {
        const auto done = answer.get();
        if (done)
            ++stored;
        else
            EXPECT_EQ(done.error().code, Errc::disk_full) << done.error().message;
    }
    faults.bytes_left = -1;
    writer.reset();
    Node node(options.file, 1);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories"), stored) << "the answers are true";
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST_F(DiskFull, AFailedSyncEndsTheProcess) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    const auto die = [&] {
        StoreOptions options;
        options.file = dir / "memory.db";
        Writer writer(faulty_database(options.file), options);
        faults.syncs_left = 0;
        std::promise<void> answered;
        writer.submit({[](Committer& c) { (void)c.execute(store_of("T")); },
                       [&answered](const Result<>&) {
                           answered.set_value();
                       }});
        answered.get_future().wait();
    };
    EXPECT_EXIT(die(), testing::ExitedWithCode(70), "sync");
}

}  // namespace
}  // namespace aimem
