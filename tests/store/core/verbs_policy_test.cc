// The gate: who may do what where, before every verb. SPDX-License-Identifier: Apache-2.0
#include "store/ops/gate.h"
#include "store/ops/policy.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>

namespace aimem {
namespace {

using test::Node;

StoreMemory by(const std::string& agent, const std::string& ns, const std::string& title) {
    StoreMemory op;
    op.title = title;
    op.content = "text";
    op.ns = ns;
    op.agent_id = agent;
    return op;
}

class Gated : public testing::Test {
protected:
    void govern(const std::string& ns, const std::string& policy) {
        const auto id = node.must(by("ai:owner", "rules", "rules of " + ns)).id;
        node.must(SetStandard{ns, id, std::nullopt, policy, "ai:owner"});
    }
    Errc refusal(const Op& op) {
        const auto done = node.execute(op);
        return done ? Errc::shutting_down : done.error().code;  // a code no verb gives
    }
    Node node;
};

TEST(PolicyText, IsReadOrNamesTheMistake) {
    const auto policy = policy_from(R"({"write":"owner","approver":{"consensus":3}})");
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->write, Level::owner);
    EXPECT_EQ(policy->promote, Level::any);
    EXPECT_EQ(policy->remove, Level::owner);
    EXPECT_EQ(policy->approver.consensus, 3);
    for (const auto& [text, named] :
         {std::pair("{}", "governance.write"),
          {R"({"write":"all"})", "registered"},
          {R"({"write":"any","delete":5})", "governance.delete"},
          {R"({"write":"any","approver":{"consensus":0}})", "consensus"},
          {R"({"write":"any","approver":"dog"})", "approver"},
          {R"({"write":"any","approver":{"agent":"a b"}})", "agent"},
          {"[]", "object"}}) {
        const auto wrong = policy_from(text);
        ASSERT_FALSE(wrong) << text;
        EXPECT_NE(wrong.error().message.find(named), std::string::npos) << wrong.error().message;
    }
}

TEST_F(Gated, ANamespaceWithoutAPolicyIsOpen) {
    const auto id = node.must(by("ai:a", "free", "T")).id;
    EXPECT_TRUE(node.execute(DeleteMemory{id, "ai:b"}));
}

TEST_F(Gated, LevelsBindEveryMutation) {
    govern("team", R"({"write":"registered","promote":"owner","delete":"owner"})");
    EXPECT_EQ(refusal(by("ai:a", "team", "T")), Errc::denied);
    node.must(RegisterAgent{"ai:a", "human", {}});
    node.must(RegisterAgent{"ai:b", "human", {}});
    const auto id = node.must(by("ai:a", "team", "T")).id;
    const auto other = node.must(by("ai:b", "team", "U")).id;
    EXPECT_EQ(refusal(DeleteMemory{id, "ai:b"}), Errc::denied);
    EXPECT_EQ(refusal(ArchiveMemory{id, "x", "ai:b"}), Errc::denied);
    EXPECT_EQ(refusal(PromoteMemory{id, std::nullopt, "ai:b"}), Errc::denied);
    EXPECT_EQ(refusal(ConsolidateMemories{{id, other}, "both", "s", std::nullopt, "ai:b"}),
              Errc::denied);
    EXPECT_EQ(refusal(LinkMemories{id, other, "related_to", {}, {}, "ai:stranger"}), Errc::denied);
    EXPECT_EQ(refusal(RegisterEntity{"E", "team", {}, {}, "ai:stranger"}), Errc::denied);
    UpdateMemory edit;
    edit.id = id;
    edit.content = "new";
    edit.agent_id = "ai:stranger";
    EXPECT_EQ(refusal(edit), Errc::denied);
    // A sweep leaves what its caller may not delete.
    EXPECT_EQ(node.must(ForgetMemories{"team", std::nullopt, std::nullopt, "ai:b"}).affected, 1);
    EXPECT_TRUE(node.live(id));
    EXPECT_FALSE(node.live(other));
    EXPECT_TRUE(node.execute(DeleteMemory{id, "ai:a"}));
}

TEST_F(Gated, APolicyHoldsBelowUnlessThereIsANearerOne) {
    govern("org", R"({"write":"owner"})");
    EXPECT_EQ(refusal(by("ai:a", "org/deep/down", "T")), Errc::denied);
    govern("org/deep", R"({"write":"any"})");
    EXPECT_TRUE(node.execute(by("ai:a", "org/deep/down", "T")));
    govern("*", R"({"write":"owner"})");
    EXPECT_EQ(refusal(by("ai:a", "elsewhere", "T")), Errc::denied);
}

TEST_F(Gated, NobodyMovesAMemoryIntoANamespaceHeMayNotWrite) {
    govern("closed", R"({"write":"owner"})");
    const auto id = node.must(by("ai:a", "free", "T")).id;
    UpdateMemory move;
    move.id = id;
    move.ns = "closed";
    move.agent_id = "ai:a";
    EXPECT_EQ(refusal(move), Errc::denied);
}

TEST_F(Gated, RulesAreChangedByTheirOwnerAlone) {
    govern("team", R"({"write":"owner"})");
    const auto standard = standard_of(node.db(), "team")->standard_id;
    EXPECT_EQ(refusal(ClearStandard{"team", "ai:b"}), Errc::denied);
    EXPECT_EQ(refusal(DeleteMemory{standard, "ai:b"}), Errc::denied);
    UpdateMemory edit;
    edit.id = standard;
    edit.metadata = "{}";
    edit.agent_id = "ai:b";
    EXPECT_EQ(refusal(edit), Errc::denied);
    const auto mine = node.must(by("ai:b", "free", "mine")).id;
    EXPECT_EQ(refusal(SetStandard{"team", mine, std::nullopt, R"({"write":"any"})", "ai:b"}),
              Errc::denied);
    EXPECT_TRUE(node.execute(ClearStandard{"team", "ai:owner"}));
    EXPECT_TRUE(node.execute(by("ai:b", "team", "T")));
}

TEST_F(Gated, APolicyThatCannotBeReadLetsNobodyWrite) {
    govern("team", R"({"write":"any"})");
    UpdateMemory edit;
    edit.id = standard_of(node.db(), "team")->standard_id;
    edit.metadata = R"({"governance":{"write":"whoever"}})";
    node.must(edit);  // the program itself
    EXPECT_EQ(refusal(by("ai:b", "team", "T")), Errc::denied);
}

TEST_F(Gated, AgentsAndMessagesCannotBeForged) {
    EXPECT_EQ(refusal(by("ai:a", "_agents", "agent:ai:king")), Errc::denied);
    EXPECT_EQ(refusal(by("ai:a", "_messages/ai:b", "from the king")), Errc::denied);
}

}  // namespace
}  // namespace aimem
