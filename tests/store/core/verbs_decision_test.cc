// Pending actions: decided once, carried out once, the same on every node. SPDX-License-Identifier:
// Apache-2.0
#include "store/log/feed.h"
#include "store/log/records.h"
#include "store/ops/decision.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>

#include <memory>

namespace aimem {
namespace {

using test::Node;

std::string ask(Node& node, const std::string& policy = R"({"write":"approve"})") {
    StoreMemory rules;
    rules.title = "rules";
    rules.content = "text";
    rules.agent_id = "ai:owner";
    const auto standard = node.must(rules).id;
    node.must(SetStandard{"gated", standard, std::nullopt, policy, "ai:owner"});
    StoreMemory wanted;
    wanted.title = "wanted";
    wanted.content = "please";
    wanted.ns = "gated";
    wanted.agent_id = "ai:alice";
    const auto done = node.must(wanted);
    EXPECT_TRUE(done.pending);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories WHERE namespace = 'gated'"), 0);
    return done.pending ? done.pending->action.id : std::string();
}

Accepted copy(Node& from, Node& to, SeenOfFeed you = {}) {
    Delivery delivery;
    delivery.you = std::move(you);
    delivery.sender = "sender-" + std::to_string(reinterpret_cast<std::uintptr_t>(&from));
    delivery.epoch = "e";
    std::int64_t seq = 0;
    for (auto& change : from.changes()) delivery.rows.push_back({++seq, std::move(change)});
    return to.accept(delivery);
}

// The feed sends on what is a node's own; rows of others stand in a span that it leaves out.
std::int64_t own_rows_in(Node& node, SeqSpan span) {
    return node.count("SELECT count(*) FROM repl_row WHERE foreign_row = 0 AND seq > " +
                      std::to_string(span.from) + " AND seq <= " + std::to_string(span.to));
}

TEST(Decision, AnApprovedStoreIsCarriedOutOnce) {
    Node node;
    const auto id = ask(node);
    EXPECT_EQ(node.execute(DecideAction{id, true, "ai:alice"}).error().code, Errc::denied)
        << "one's own request";
    const auto done = node.must(DecideAction{id, true, "ai:bob"});
    ASSERT_TRUE(done.pending);
    EXPECT_EQ(done.pending->status, "approved");
    EXPECT_EQ(node.memory(done.id).content, "please");
    EXPECT_EQ(node.execute(DecideAction{id, false, "ai:bob"}).error().code, Errc::conflict);
    EXPECT_EQ(node.execute(DecideAction{"none", true, "ai:bob"}).error().code, Errc::not_found);
    EXPECT_EQ(test::contradiction(node.db()), "");
}

TEST(Decision, ARejectedStoreIsNot) {
    Node node;
    const auto id = ask(node);
    EXPECT_EQ(node.must(DecideAction{id, false, "ai:alice"}).pending->status, "rejected")
        << "withdrawn";
    EXPECT_EQ(node.count("SELECT count(*) FROM memories WHERE namespace = 'gated'"), 0);
}

TEST(Decision, ConsensusCountsRegisteredVoicesOfAllNodes) {
    Node one(1);
    Node two(2);
    for (const char* agent : {"ai:b", "ai:c"}) one.must(RegisterAgent{agent, "human", {}});
    const auto id = ask(one, R"({"write":"approve","approver":{"consensus":2}})");
    copy(one, two);
    EXPECT_EQ(one.execute(DecideAction{id, true, "ai:stranger"}).error().code, Errc::denied);
    const auto first = one.must(DecideAction{id, true, "ai:b"});
    EXPECT_EQ(first.pending->status, "pending");
    EXPECT_EQ(first.quorum, 2);
    EXPECT_EQ(one.must(DecideAction{id, true, "ai:b"}).pending->approvals.size(), 1u)
        << "one voice";
    copy(one, two);
    EXPECT_EQ(two.must(DecideAction{id, true, "ai:c"}).pending->status, "approved");
    copy(two, one);
    EXPECT_EQ(one.digest().sum, two.digest().sum);
    EXPECT_EQ(one.tables(), two.tables());
}

using Nodes = std::vector<std::unique_ptr<Node>>;

Nodes nodes_of(int count) {
    Nodes nodes;
    for (int tag = 1; tag <= count; ++tag) {
        nodes.push_back(std::make_unique<Node>(tag));
        nodes.back()->db().exec("UPDATE repl_meta SET recovering = 0, members = " +
                                std::to_string(count));
    }
    return nodes;
}

Nodes three_nodes() {
    return nodes_of(3);
}

void copy_all(const Nodes& nodes) {
    for (const auto& from : nodes)
        for (const auto& to : nodes)
            if (from != to) copy(*from, *to);
}

std::int64_t own_seals(const Nodes& nodes) {
    std::int64_t out = 0;
    for (const auto& node : nodes)
        out +=
            node->count("SELECT count(*) FROM repl_row WHERE key LIKE 'x:%' AND foreign_row = 0");
    return out;
}

TEST(Decision, OfThreeNodesAMajorityMustHoldIt) {
    const Nodes nodes = three_nodes();
    Node& a = *nodes[0];
    Node& b = *nodes[1];
    Node& c = *nodes[2];
    const auto id = ask(a);
    copy(a, b);
    copy(a, c);
    const auto asked = a.must(DecideAction{id, true, "ai:bob"});
    EXPECT_EQ(asked.pending->status, "pending") << "one of three is no majority";
    EXPECT_EQ(b.must(DecideAction{id, false, "ai:eve"}).pending->status, "pending")
        << "the other side of a split";
    const Accepted heard = copy(a, c);  // c gives its ballot to the first it hears of
    EXPECT_EQ(own_rows_in(c, heard.span), 0) << "its ballot is its own to send";
    copy(b, c);
    EXPECT_EQ(pending_state(c.db(), id)->status, "pending") << "the decider seals, nobody else";
    copy(c, a);
    EXPECT_EQ(pending_state(a.db(), id)->status, "approved");
    copy(a, b);
    copy(a, c);
    copy(b, a);
    copy(b, c);
    EXPECT_EQ(pending_state(b.db(), id)->status, "approved");
    EXPECT_EQ(b.execute(DecideAction{id, false, "ai:eve"}).error().code, Errc::conflict);
    EXPECT_EQ(a.digest().sum, b.digest().sum);
    EXPECT_EQ(a.digest().sum, c.digest().sum);
    EXPECT_EQ(a.tables(), b.tables());
    EXPECT_EQ(a.count("SELECT count(*) FROM memories WHERE namespace = 'gated'"), 1);
}

// Each may know other ballots than the rest: two must not both take themselves for the sealer.
TEST(Decision, DecidersOfOneMindDoNotCarryItOutTwice) {
    const Nodes nodes = three_nodes();
    Node& a = *nodes[0];
    Node& b = *nodes[1];
    Node& c = *nodes[2];
    const auto id = ask(a);
    copy(a, b);
    copy(a, c);
    a.must(DecideAction{id, true, "ai:bob"});
    copy(a, c);  // c's ballot is for a
    b.must(DecideAction{id, true, "ai:eve"});
    copy(a, b);  // b knows two that approve: its own, and a's
    EXPECT_EQ(pending_state(b.db(), id)->status, "pending");
    copy(c, a);
    EXPECT_EQ(pending_state(a.db(), id)->status, "approved");
    for (const auto& from : nodes)
        for (const auto& to : nodes)
            if (from != to) copy(*from, *to);
    EXPECT_EQ(own_seals(nodes), 1);
    EXPECT_EQ(a.digest().sum, b.digest().sum);
    EXPECT_EQ(a.digest().sum, c.digest().sum);
}

TEST(Decision, ThreeDecidersOfOneMindHaveOneSealer) {
    const Nodes nodes = three_nodes();
    const auto id = ask(*nodes[0]);
    copy(*nodes[0], *nodes[1]);
    copy(*nodes[0], *nodes[2]);
    for (const auto& node : nodes) node->must(DecideAction{id, true, "ai:bob"});
    for (int round = 0; round < 2; ++round)
        for (const auto& from : nodes)
            for (const auto& to : nodes)
                if (from != to) copy(*from, *to);
    EXPECT_EQ(own_seals(nodes), 1);
    for (const auto& node : nodes) EXPECT_EQ(pending_state(node->db(), id)->status, "approved");
}

TEST(Decision, ASplitVoteIsRejectedOnceEveryBallotIsKnown) {
    const Nodes nodes = nodes_of(4);
    Node& a = *nodes[0];
    Node& b = *nodes[1];
    Node& c = *nodes[2];
    Node& d = *nodes[3];
    const auto id = ask(a);
    for (const auto& other : nodes)
        if (other.get() != &a) copy(a, *other);
    a.must(DecideAction{id, true, "ai:bob"});
    b.must(DecideAction{id, false, "ai:eve"});
    copy(a, c);
    copy(b, d);
    copy(c, b);
    EXPECT_EQ(pending_state(b.db(), id)->status, "pending") << "two to one, and one may come";
    copy(d, a);
    EXPECT_EQ(pending_state(a.db(), id)->status, "pending");
    copy_all(nodes);
    copy_all(nodes);
    for (const auto& node : nodes) EXPECT_EQ(pending_state(node->db(), id)->status, "rejected");
    EXPECT_EQ(own_seals(nodes), 1);
    EXPECT_EQ(pending_state(a.db(), id)->decided_by, "ai:eve");
    EXPECT_EQ(a.count("SELECT count(*) FROM memories WHERE namespace = 'gated'"), 0);
    EXPECT_EQ(a.digest().sum, d.digest().sum);
}

// Two nodes that rejected it: one of them seals.
TEST(Decision, ASplitVoteWithTwoWhoRejectHasOneSealer) {
    const Nodes nodes = nodes_of(4);
    const auto id = ask(*nodes[0]);
    copy_all(nodes);
    for (std::size_t i = 0; i < 4; ++i) nodes[i]->must(DecideAction{id, i < 2, "ai:bob"});
    copy_all(nodes);
    copy_all(nodes);
    EXPECT_EQ(own_seals(nodes), 1);
    for (const auto& node : nodes) EXPECT_EQ(pending_state(node->db(), id)->status, "rejected");
}

// The first push may be lost, and what it brought comes by a comparison.
TEST(Decision, AnActionThatComesAfterTheBallotsIsAnswered) {
    const Nodes nodes = three_nodes();
    Node& a = *nodes[0];
    Node& c = *nodes[2];
    const auto id = ask(a);
    a.must(DecideAction{id, true, "ai:bob"});
    Delivery ballot{.sender = "a", .epoch = "e"};
    Delivery action = ballot;
    for (const Change& change : a.changes()) {
        if (change.key.starts_with("b:")) ballot.rows.push_back({1, change});
        if (change.key.starts_with("p:")) action.rows.push_back({2, change});
    }
    ASSERT_EQ(ballot.rows.size() + action.rows.size(), 2U);
    c.accept(ballot);
    EXPECT_EQ(ballots_of(c.db(), id).size(), 1U) << "of what it has not heard of it knows nothing";
    const Accepted heard = c.accept(action);
    EXPECT_EQ(own_rows_in(c, heard.span), 0) << "its ballot is its own to send";
    EXPECT_EQ(ballots_of(c.db(), id).size(), 2U);
    copy(c, a);
    EXPECT_EQ(pending_state(a.db(), id)->status, "approved");
}

// It may have sealed the action before it was set back.
TEST(Decision, WhoIsRecoveringDoesNotSeal) {
    const Nodes nodes = three_nodes();
    Node& a = *nodes[0];
    Node& c = *nodes[2];
    const auto id = ask(a);
    a.must(DecideAction{id, true, "ai:bob"});
    copy(a, c);
    a.db().exec("UPDATE repl_meta SET recovering = 1");
    copy(c, a);
    EXPECT_EQ(ballots_of(a.db(), id).size(), 2U);
    EXPECT_EQ(pending_state(a.db(), id)->status, "pending");
    EXPECT_EQ(a.execute(DecideAction{id, true, "ai:bob"}).error().code, Errc::busy);
    a.db().exec("UPDATE repl_meta SET recovering = 0");
    EXPECT_EQ(a.must(DecideAction{id, true, "ai:bob"}).pending->status, "approved");
}

// The voice that would complete the consensus is not heard, and not kept either.
TEST(Decision, ANodeThatMayNotVoteTakesNoLastVoice) {
    const Nodes nodes = three_nodes();
    Node& a = *nodes[0];
    for (const char* agent : {"ai:b", "ai:c"}) a.must(RegisterAgent{agent, "human", {}});
    const auto id = ask(a, R"({"write":"approve","approver":{"consensus":2}})");
    a.db().exec("UPDATE repl_meta SET recovering = 1");
    EXPECT_EQ(a.must(DecideAction{id, true, "ai:b"}).pending->approvals.size(), 1U);
    const auto before = a.tables();
    EXPECT_EQ(a.execute(DecideAction{id, true, "ai:c"}).error().code, Errc::busy);
    EXPECT_EQ(a.tables(), before);
    a.db().exec("UPDATE repl_meta SET recovering = 0");
    EXPECT_EQ(a.must(DecideAction{id, true, "ai:c"}).pending->approvals.size(), 2U);
}

TEST(Decision, WhatCameWhileItWasRecoveringIsAnsweredAfterwards) {
    const Nodes nodes = three_nodes();
    Node& a = *nodes[0];
    Node& c = *nodes[2];
    const auto id = ask(a);
    c.db().exec("UPDATE repl_meta SET recovering = 1");
    a.must(DecideAction{id, true, "ai:bob"});
    copy(a, c);
    const auto settle = [&c] {
        test::SeededRng rng(1);
        c.committer().begin();
        settle_open_actions(c.committer().registers(), rng);
        c.committer().commit();
    };
    settle();
    EXPECT_EQ(ballots_of(c.db(), id).size(), 1U) << "not yet";
    c.db().exec("UPDATE repl_meta SET recovering = 0");
    settle();
    settle();
    EXPECT_EQ(ballots_of(c.db(), id).size(), 2U) << "once";
    copy(c, a);
    EXPECT_EQ(pending_state(a.db(), id)->status, "approved");
}

// A file that was set back may have voted before; the first message tells it so.
TEST(Decision, WhoeverIsToldThatItWasSetBackDoesNotVote) {
    const Nodes nodes = three_nodes();
    Node& a = *nodes[0];
    Node& c = *nodes[2];
    const auto id = ask(a);
    copy(a, c);
    a.must(DecideAction{id, true, "ai:bob"});
    const Identity self = read_identity(c.db());
    const Accepted heard = copy(a, c, {self.epoch, self.next_seq + 7, {}, 0});
    EXPECT_EQ(own_rows_in(c, heard.span), 0);
    EXPECT_EQ(ballots_of(c.db(), id).size(), 1U) << "a's alone";
    copy(a, c, {self.epoch, 0, {}, 0});
    EXPECT_EQ(ballots_of(c.db(), id).size(), 2U) << "nothing against it";
}

TEST(Decision, ALateCopyOfTheRequestNeverReopensIt) {
    Node node(1);
    Node late(2);
    const auto id = ask(node);
    LegacyPush old;
    old.pendings.push_back(*pending_state(node.db(), id));
    node.must(DecideAction{id, true, "ai:bob"});
    EXPECT_EQ(node.accept(old).pendings_applied, 1u);
    EXPECT_EQ(pending_state(node.db(), id)->status, "approved");
    EXPECT_EQ(node.text("SELECT status FROM pending_actions"), "approved\n");
}

TEST(Decision, APeerOfTheOldKindDecidesForItself) {
    Node node;
    const auto id = ask(node);
    LegacyPush push;
    push.decisions.push_back({id, true, "ai:old"});
    const LegacyApplied taken = node.accept(push);
    EXPECT_EQ(taken.decisions_applied, 1u);
    EXPECT_EQ(own_rows_in(node, taken.span), 0) << "the decision is its own to send";
    EXPECT_EQ(pending_state(node.db(), id)->decided_by, "ai:old");
    EXPECT_EQ(node.count("SELECT count(*) FROM memories WHERE namespace = 'gated'"), 1);
    EXPECT_EQ(node.accept(push).noop, 1u) << "again: nothing";
}

}  // namespace
}  // namespace aimem
