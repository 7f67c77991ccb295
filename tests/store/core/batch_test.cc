// Several requests in one transaction: each stands alone. SPDX-License-Identifier: Apache-2.0
#include "tests/store/core/node.h"

#include <gtest/gtest.h>

namespace aimem {
namespace {

using test::a_memory;
using test::kNoon;
using test::live_change;
using test::Node;

StoreMemory titled(const std::string& title) {
    StoreMemory op;
    op.title = title;
    op.content = "text";
    return op;
}

TEST(Batch, AFailedRequestLeavesNothingWhileItsNeighboursCommit) {
    Node with;
    Node without;
    const auto id = with.store("T");
    ASSERT_EQ(without.store("T"), id) << "same ids from the same seed";
    UpdateMemory bad;
    bad.id = id;
    bad.title = "Second";  // taken by the first request of the batch
    auto invalid = titled("");
    const auto done =
        with.execute_all({titled("Second"), bad, DeleteMemory{"none"}, invalid, titled("Third")});
    without.execute_all({titled("Second"), titled("Third")});
    ASSERT_TRUE(done[0]);
    EXPECT_EQ(done[1].error().code, Errc::conflict);
    EXPECT_EQ(done[2].error().code, Errc::not_found);
    EXPECT_EQ(done[3].error().code, Errc::invalid_argument);
    ASSERT_TRUE(done[4]);
    EXPECT_EQ(with.tables(), without.tables());
    EXPECT_EQ(with.digest().sum, without.digest().sum);
    EXPECT_EQ(with.next_seq(), without.next_seq());
    EXPECT_EQ(with.hlc(), without.hlc());
    EXPECT_EQ(done[4]->rows[0].seq, done[0]->rows[0].seq + 1) << "no hole in the feed";
    EXPECT_EQ(test::contradiction(with.db()), "");
}

TEST(Batch, ABatchOfFailuresWritesNothing) {
    Node node;
    node.store("T");
    const auto written = node.count("SELECT total_changes()");
    node.committer().begin();
    EXPECT_FALSE(node.committer().execute(DeleteMemory{"none"}));
    EXPECT_FALSE(node.committer().commit()) << "nothing to sync, nothing to ring for";
    EXPECT_EQ(node.count("SELECT total_changes()"), written);
}

TEST(Batch, StampsInOneBatchAreDistinctAndInFeedOrder) {
    Node node;
    std::vector<Op> ops;
    for (int i = 0; i < 50; ++i) ops.emplace_back(titled("T" + std::to_string(i)));
    std::int64_t last_stamp = 0;
    std::int64_t last_seq = 0;
    for (const auto& done : node.execute_all(ops)) {
        ASSERT_TRUE(done);
        EXPECT_GT(done->rows[0].change.version.stamp, last_stamp);
        EXPECT_EQ(done->rows[0].seq, last_seq + 1);
        last_stamp = done->rows[0].change.version.stamp;
        last_seq = done->rows[0].seq;
    }
}

TEST(Batch, ARequestSeesWhatItsNeighboursDid) {
    Node node;
    const auto id = node.store("T");
    UpdateMemory rename;
    rename.id = id;
    rename.title = "Renamed";
    const auto done = node.execute_all({DeleteMemory{id}, DeleteMemory{id}, titled("T"), rename});
    EXPECT_TRUE(done[0]);
    EXPECT_FALSE(done[1]);
    EXPECT_TRUE(done[2]);
    EXPECT_FALSE(done[2]->existed);
    EXPECT_FALSE(done[3]);
}

TEST(Batch, RollbackLeavesNothingAndTheNextBatchWorks) {
    Node node;
    const auto digest = node.digest().sum;
    node.committer().begin();
    ASSERT_TRUE(node.committer().execute(titled("T")));
    node.committer().rollback();
    EXPECT_EQ(node.digest().sum, digest);
    EXPECT_EQ(node.next_seq(), 1);
    node.store("T");
    EXPECT_EQ(node.next_seq(), 2);
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST(Batch, TouchCountsWithoutAFeedEntryAndHasABound) {
    Node node;
    const auto id = node.store("T");
    const auto digest = node.digest().sum;
    const auto next_seq = node.next_seq();
    node.committer().begin();
    node.committer().touch({{id, 2'000'000}, {"unknown", 1}});
    node.committer().commit();
    EXPECT_EQ(node.memory(id).access_count, 1'000'000);
    EXPECT_TRUE(node.memory(id).last_accessed_at);
    EXPECT_EQ(node.digest().sum, digest);
    EXPECT_EQ(node.next_seq(), next_seq);
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST(Batch, CursorsAreKeptWithTheCommit) {
    Node node;
    node.committer().begin();
    node.committer().save_cursor({"http://one", "node-1", "e1", 17});
    node.committer().save_cursor({"http://two", "node-2", "e2", 5});
    node.committer().save_cursor({"http://one", "node-1", "e1", 18});
    EXPECT_TRUE(node.committer().commit());
    EXPECT_EQ(node.text("SELECT url, node, epoch, acked FROM repl_out ORDER BY url"),
              "http://one|node-1|e1|18\nhttp://two|node-2|e2|5\n");
}

}  // namespace
}  // namespace aimem
