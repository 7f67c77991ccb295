// A node that writes nothing of its own gathers what its peers write: it looks through that once,
// and the next push of its own spans it.
#include "federation/replication/replicator.h"
#include "federation/replication/wire.h"
#include "store/model/json.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace aimem::repl {
namespace {

template <typename T>
std::vector<T> those(const std::vector<Action>& actions) {
    std::vector<T> out;
    for (const Action& action : actions)
        if (const auto* one = std::get_if<T>(&action)) out.push_back(*one);
    return out;
}

TEST(Quiet, WhatPeersWroteIsLookedThroughOnceAndSpannedByTheNextPush) {
    ReplicatorOptions options;
    options.policy = {2, 1, std::chrono::milliseconds(1000)};
    options.self = {"me", "e0", 1, 1};
    options.agent_id = "host:me";
    options.peers.push_back({"http://p0", "", "", 0});
    Replicator machine(options);
    const auto step = [&](const Event& event) {
        return machine.step(event, Instant{}, 0);
    };
    auto read = those<LoadPage>(step(ForeignApplied{{10, 20}, {}, {}}));
    ASSERT_EQ(read.size(), 1U);
    EXPECT_EQ(read[0].from, 0) << "what was there before this process was not seen yet";
    EXPECT_TRUE(step(PageLoaded{0, 0, FeedPage{{}, 0, 20, false}}).empty());

    EXPECT_TRUE(step(ForeignApplied{{20, 21}, {}, {}}).empty()) << "nothing is read again";
    read = those<LoadPage>(step(FeedMoved{23}));  // another process wrote 22
    ASSERT_EQ(read.size(), 1U);
    EXPECT_EQ(read[0].from, 21);

    FeedRow row;
    row.seq = 22;
    row.change = {"m:r", State::dead, {1000, sig_of(State::dead, "")}, "", {}};
    const auto sent = those<SendPush>(step(PageLoaded{0, 21, FeedPage{{row}, 21, 22, false}}));
    ASSERT_EQ(sent.size(), 1U);
    const auto push = decode_push(sent[0].body);
    ASSERT_TRUE(push);
    EXPECT_EQ(push->delivery.from, 0) << "or the peer would see a hole";
    EXPECT_EQ(push->delivery.to, 22);
    EXPECT_EQ(push->delivery.rows.size(), 1U);
}

// An epoch of one's own makes what was foreign perhaps one's own.
TEST(Quiet, IsLookedThroughAgainUnderANewIdentity) {
    ReplicatorOptions options;
    options.policy = {2, 1, std::chrono::milliseconds(1000)};
    options.self = {"me", "e0", 1, 1};
    options.peers.push_back({"http://p0", "", "", 0});
    Replicator machine(options);
    const auto step = [&](const Event& event) {
        return machine.step(event, Instant{}, 0);
    };
    step(ForeignApplied{{10, 20}, {}, {}});
    step(PageLoaded{0, 0, FeedPage{{}, 0, 20, false}});
    const auto read = those<LoadPage>(step(IdentityChanged{{"me", "e1", 2, 21}}));
    ASSERT_EQ(read.size(), 1U);
    EXPECT_EQ(read[0].from, 0);
}

}  // namespace
}  // namespace aimem::repl
