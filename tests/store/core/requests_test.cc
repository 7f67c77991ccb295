// A request under a key is carried out once, whatever its verb, for a day.
// SPDX-License-Identifier: Apache-2.0
#include "store/ops/requests.h"

#include "store/log/upkeep.h"
#include "tests/store/core/node.h"
#include "tests/store/verb_table.h"

#include <gtest/gtest.h>

namespace aimem {
namespace {

using test::kHour;
using test::Node;

const RequestId kRequest{"agent#0", "hash"};

std::vector<Result<Committed>> ask(Node& node, const std::vector<Op>& ops,
                                   const RequestId& request = kRequest) {
    node.committer().begin();
    auto out = node.committer().execute(ops, request);
    node.committer().commit();
    return out;
}

std::vector<std::string> keys_of(const Committed& done) {
    std::vector<std::string> out;
    for (const FeedRow& row : done.rows) out.push_back(row.change.key);
    return out;
}

void expect_same(const Committed& first, const Committed& again) {
    EXPECT_EQ(again.id, first.id);
    EXPECT_EQ(again.memory, first.memory);
    EXPECT_EQ(again.existed, first.existed);
    EXPECT_EQ(again.affected, first.affected);
    EXPECT_EQ(again.similar, first.similar);
    EXPECT_EQ(again.more, first.more);
    EXPECT_EQ(again.link, first.link);
    EXPECT_EQ(again.previous, first.previous);
    EXPECT_EQ(again.aliases, first.aliases);
    EXPECT_EQ(again.pending, first.pending);
    EXPECT_EQ(again.quorum, first.quorum);
    EXPECT_EQ(again.standard, first.standard);
    EXPECT_EQ(again.subscription, first.subscription);
    EXPECT_EQ(keys_of(again), keys_of(first));
    EXPECT_TRUE(again.repeated);
    EXPECT_FALSE(first.repeated);
}

TEST(Requests, EveryVerbIsAnsweredAgainAsBefore) {
    for (const test::VerbRow& row : test::verb_table()) {
        SCOPED_TRACE(row.name);
        Node node;
        const auto stage = test::prepare([&](const Op& op) {
            const Committed done = node.must(op);
            return done.id.empty() && done.pending ? done.pending->action.id : done.id;
        });
        const std::vector<Op> ops{row.op(stage)};
        const auto first = ask(node, ops);
        ASSERT_TRUE(first.at(0)) << first.at(0).error().message;
        const std::string state = node.tables();
        const auto seq = node.next_seq();
        const auto again = ask(node, ops);
        ASSERT_TRUE(again.at(0)) << again.at(0).error().message;
        expect_same(*first.at(0), *again.at(0));
        EXPECT_EQ(node.tables(), state);
        EXPECT_EQ(node.next_seq(), seq);
        EXPECT_EQ(test::contradiction(node.db()), "");
    }
}

TEST(Requests, RefusalsAreRememberedAndAnotherRequestIsRefused) {
    Node node;
    const DeleteMemory gone{"nobody", {}};
    EXPECT_EQ(ask(node, {gone}).at(0).error().code, Errc::not_found);
    StoreMemory op;
    op.title = "nobody";
    op.content = "text";
    EXPECT_EQ(ask(node, {op}).at(0).error().code, Errc::not_found) << "as before";
    RequestId other = kRequest;
    other.body = "another hash";
    EXPECT_EQ(ask(node, {op}, other).at(0).error().code, Errc::request_reused);
    EXPECT_EQ(node.digest().count, 0);
}

TEST(Requests, AfterADayTheKeyIsNew) {
    Node node;
    NotifyAgent op;
    op.from = op.to = "ai:bob";
    op.title = op.payload = "t";
    ask(node, {op});
    node.clock.now += 23 * kHour;
    ask(node, {op});
    EXPECT_EQ(node.digest().count, 1);
    node.committer().begin();
    EXPECT_EQ(forget_requests(node.committer().registers()), 0);
    node.committer().commit();
    node.clock.now += 2 * kHour;
    ask(node, {op});
    EXPECT_EQ(node.digest().count, 2);
    node.clock.now += 25 * kHour;
    node.committer().begin();
    EXPECT_EQ(forget_requests(node.committer().registers()), 1);
    node.committer().commit();
    EXPECT_EQ(node.count("SELECT count(*) FROM repl_idem"), 0);
}

TEST(Requests, ATransactionThatIsLostLeavesNoNote) {
    Node node;
    StoreMemory op;
    op.title = op.content = "t";
    node.committer().begin();
    node.committer().execute(std::vector<Op>{op}, kRequest);
    node.committer().rollback();
    EXPECT_FALSE(ask(node, {op}).at(0)->repeated);
    EXPECT_EQ(node.digest().count, 1);
}

TEST(Requests, AnOperationTellsWhereItsWritesStandInTheFeed) {
    Node node;
    StoreMemory op;
    op.title = op.content = "t";
    const auto first = ask(node, {op});
    const std::string id = first.at(0)->id;
    const auto place = first.at(0)->rows.back().seq;
    EXPECT_EQ(operation(node.db(), "agent")->place, place);
    EXPECT_EQ(operation(node.db(), id)->place, place);
    EXPECT_EQ(operation(node.db(), id)->superseded, 0U);
    node.store("t", "newer");
    EXPECT_GT(operation(node.db(), "agent")->place, place) << "the newer one is waited for";
    EXPECT_EQ(operation(node.db(), "agent")->superseded, 1U);
    EXPECT_EQ(operation(node.db(), "nobody").error().code, Errc::not_found);
    EXPECT_EQ(own_place_of(node.db(), {"m:nobody"}), 0);
}

TEST(Members, AreNotedAndAtLeastOne) {
    Node node;
    for (const auto& [given, noted] : {std::pair{3, 3}, std::pair{3, 3}, std::pair{0, 1}}) {
        node.committer().begin();
        set_members(node.committer().registers(), given);
        node.committer().commit();
        EXPECT_EQ(node.count("SELECT members FROM repl_meta"), noted);
    }
}

}  // namespace
}  // namespace aimem
