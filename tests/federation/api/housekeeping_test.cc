// What a node does by itself: expired memories go to the archive without anybody asking.
#include "federation/housekeeping.h"

#include "federation/task_group.h"
#include "tests/federation/api/api_fixture.h"
#include "tests/support/run_awaitable.h"

#include <gtest/gtest.h>

namespace aimem::api {
namespace {

using HousekeepingTest = ApiTest;

// Written a while ago, with a life that is over.
ImportMemory expired(const std::string& title) {
    ImportMemory op;
    op.memory.id = "11111111-2222-4333-8444-55555555555" + title;
    op.memory.title = title;
    op.memory.content = "text";
    op.memory.created_at = op.memory.updated_at = "2020-01-02T03:04:05+00:00";
    op.memory.expires_at = "2020-02-02T03:04:05+00:00";
    return op;
}

TEST_F(HousekeepingTest, ExpiredMemoriesAreArchivedTurnByTurn) {
    ASSERT_TRUE(node_.file().commit(Op(expired("1"))));
    TaskGroup chores(node_.io().get_executor(), "housekeeping");
    ClockAhead alone = [] {
        return std::nullopt;
    };
    chores.spawn(
        keep_house(node_.services().store, node_.driver(), std::chrono::seconds(1), alone));
    const auto archived = [&](std::size_t count) {
        return testing::run_until(node_.io(), [&] {
            const auto rows = node_.file().archived({});
            return rows && rows->size() == count;
        });
    };
    EXPECT_TRUE(archived(1));
    ASSERT_TRUE(node_.file().commit(Op(expired("2"))));
    EXPECT_TRUE(archived(2));
    chores.cancel();
    EXPECT_TRUE(testing::run_until(node_.io(), [&] { return chores.size() == 0; }));
}

TEST_F(HousekeepingTest, AFastClockLeavesExpiryToThePeers) {
    DriverOptions options;
    options.policy = QuorumPolicy{2, 1, std::chrono::milliseconds(300)};
    options.peer_urls = {"http://127.0.0.1:1"};
    options.agent_id = "host:test";
    Node node(folder_ / "fast.db", options);
    ASSERT_TRUE(node.file().commit(Op(expired("3"))));
    int turns = 0;
    std::optional<std::chrono::seconds> ahead;  // not known yet, then an hour, then none
    ClockAhead clock_ahead = [&] {
        if (++turns == 2) ahead = std::chrono::hours(1);
        if (turns == 3) ahead = std::chrono::seconds(0);
        return ahead;
    };
    TaskGroup chores(node.io().get_executor(), "housekeeping");
    chores.spawn(
        keep_house(node.services().store, node.driver(), std::chrono::seconds(0), clock_ahead));
    EXPECT_TRUE(testing::run_until(node.io(), [&] {
        const auto rows = node.file().archived({});
        EXPECT_TRUE(turns >= 3 || (rows && rows->empty()));
        return rows && rows->size() == 1;
    }));
    EXPECT_GE(turns, 3);
    chores.cancel();
    EXPECT_TRUE(testing::run_until(node.io(), [&] { return chores.size() == 0; }));
}

TEST_F(HousekeepingTest, EveryPeerVotesUntilItIsKnownToBeOld) {
    DriverOptions options;
    options.policy = QuorumPolicy{3, 2, std::chrono::milliseconds(300)};
    options.peer_urls = {"http://127.0.0.1:1", "http://127.0.0.1:2"};
    options.agent_id = "host:test";
    Node node(folder_ / "mesh.db", options);
    EXPECT_EQ(voting_members(node.driver()), 3U);
    EXPECT_EQ(voting_members(node_.driver()), 1U);
}

}  // namespace
}  // namespace aimem::api
