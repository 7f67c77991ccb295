// The gate before every verb there is: an Op without a row here fails, whatever its door.
// SPDX-License-Identifier: Apache-2.0
#include "store/log/records.h"
#include "store/model/json.h"
#include "store/ops/gate.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace aimem {
namespace {

using test::Node;

constexpr const char* kOwner = "ai:owner";
constexpr const char* kStranger = "ai:stranger";

StoreMemory written(const std::string& agent, const std::string& ns, const std::string& title) {
    StoreMemory op;
    op.title = title;
    op.content = "text";
    op.ns = ns;
    op.agent_id = agent;
    return op;
}

// What the Ops work on: made before there is a policy.
struct Governed {
    explicit Governed(const std::string& where) : ns(where) {
        a = node.must(written(kOwner, ns, "A")).id;
        b = node.must(written(kOwner, ns, "B")).id;
        outside = node.must(written(kOwner, "outside", "O")).id;
        node.must(LinkMemories{a, b, "related_to", {}, {}, kOwner});
        archived = node.must(written(kOwner, ns, "C")).id;
        node.must(ArchiveMemory{archived, "r", kOwner});
        rules = node.must(written(kOwner, "rules", "the rules")).id;
    }
    void govern(const std::string& where, const std::string& policy) {
        node.must(SetStandard{where, rules, {}, policy, kOwner});
    }

    Node node{};
    std::string ns, a{}, b{}, outside{}, archived{}, rules{};
};

enum class Kept : std::uint8_t { denied, queued, skips, elsewhere };

struct GateRow {
    std::string_view name{};
    std::function<Op(const Governed&, const std::string&)> op{};
    Kept under_approve = Kept::denied;  // what "approve" comes to; `skips`: a sweep leaves the rows
};

ImportMemory import_of(const Governed& g, const std::string& agent) {
    Memory memory;
    memory.id = "00000000-0000-4000-8000-000000000001";
    memory.title = "imported";
    memory.content = "text";
    memory.ns = g.ns;
    memory.created_at = memory.updated_at = "2027-01-01T00:00:00+00:00";
    return {memory, agent};
}

const std::vector<GateRow>& gate_rows() {
    static const std::vector<GateRow> rows{
        {"store", [](const auto& g, const auto& by) { return written(by, g.ns, "new"); },
         Kept::queued},
        {"update",
         [](const auto& g, const auto& by) {
             UpdateMemory op;
             op.id = g.a;
             op.content = "new";
             op.agent_id = by;
             return op;
         }},
        {"promote",
         [](const auto& g, const auto& by) {
             return PromoteMemory{g.a, std::nullopt, by};
         },
         Kept::queued},
        {"delete",
         [](const auto& g, const auto& by) {
             return DeleteMemory{g.a, by};
         },
         Kept::queued},
        {"archive",
         [](const auto& g, const auto& by) {
             return ArchiveMemory{g.a, "r", by};
         }},
        {"restore",
         [](const auto& g, const auto& by) {
             return RestoreMemory{g.archived, by};
         }},
        {"purge",
         [](const auto& g, const auto& by) {
             return PurgeArchive{{}, g.ns, by};
         },
         Kept::skips},
        {"forget",
         [](const auto& g, const auto& by) {
             return ForgetMemories{g.ns, {}, {}, by};
         },
         Kept::skips},
        {"expire", [](const auto&, const auto&) { return ExpireMemories{}; }, Kept::elsewhere},
        {"consolidate",
         [](const auto& g, const auto& by) {
             return ConsolidateMemories{{g.a, g.b}, "both", "s", std::nullopt, by};
         }},
        {"import",
         [](const auto& g, const auto& by) {
             return import_of(g, by);
         }},
        {"link",
         [](const auto& g, const auto& by) {
             return LinkMemories{g.a, g.outside, "related_to", {}, {}, by};
         }},
        {"unlink",
         [](const auto& g, const auto& by) {
             return UnlinkMemories{g.a, g.b, std::nullopt, by};
         }},
        {"invalidate",
         [](const auto& g, const auto& by) {
             return InvalidateLink{g.a, g.b, "related_to", {}, by};
         }},
        {"entity",
         [](const auto& g, const auto& by) {
             return RegisterEntity{"E", g.ns, {}, {}, by};
         }},
        {"standard",
         [](const auto& g, const auto& by) {
             return SetStandard{g.ns, g.outside, {}, R"({"write":"any"})", by};
         }},
        {"clear_standard",
         [](const auto& g, const auto& by) {
             return ClearStandard{g.ns, by};
         }},
        // Their namespaces, their owners and the approvers of a policy are looked at instead.
        {"agent",
         [](const auto&, const auto& by) {
             return RegisterAgent{by, "human", {}};
         },
         Kept::elsewhere},
        {"notify",
         [](const auto&, const auto& by) {
             return NotifyAgent{by, "ai:x", "t", "p"};
         },
         Kept::elsewhere},
        {"pending", [](const auto&, const auto&) { return RequestAction{}; }, Kept::elsewhere},
        {"decide",
         [](const auto&, const auto& by) {
             return DecideAction{"x", true, by};
         },
         Kept::elsewhere},
        {"subscribe", [](const auto&, const auto&) { return SubscribeEvents{}; }, Kept::elsewhere},
        {"unsubscribe",
         [](const auto&, const auto& by) {
             return UnsubscribeEvents{"x", by};
         },
         Kept::elsewhere}};
    return rows;
}

template <std::size_t... I>
std::set<std::string_view> all_verbs(std::index_sequence<I...>) {
    return {std::variant_alternative_t<I, Op>::verb...};
}

TEST(GateTable, HasEveryVerb) {
    std::set<std::string_view> rows;
    for (const GateRow& row : gate_rows()) rows.insert(row.name);
    EXPECT_EQ(rows, all_verbs(std::make_index_sequence<std::variant_size_v<Op>>()));
}

class EveryGate : public testing::TestWithParam<GateRow> {
protected:
    // A stranger's Op under this policy, set in the namespace itself or above it.
    static void expect_kept(const std::string& where, const std::string& ns,
                            const std::string& policy, Kept kept) {
        SCOPED_TRACE(where + " " + policy);
        Governed g(ns);
        g.govern(where, policy);
        const auto before = g.node.digest().sum;
        const auto done = g.node.execute(GetParam().op(g, kStranger));
        switch (kept) {
            case Kept::denied:
                ASSERT_FALSE(done);
                EXPECT_EQ(done.error().code, Errc::denied) << done.error().message;
                EXPECT_EQ(g.node.digest().sum, before);
                break;
            case Kept::skips:
                ASSERT_TRUE(done);
                EXPECT_EQ(done->affected, 0);
                EXPECT_EQ(g.node.digest().sum, before);
                break;
            case Kept::queued:
                ASSERT_TRUE(done) << done.error().message;
                ASSERT_TRUE(done->pending);
                EXPECT_EQ(done->pending->action.requested_by, kStranger);
                EXPECT_TRUE(g.node.live(g.a)) << "not before it is approved";
                break;
            case Kept::elsewhere: FAIL() << "has a rule of its own";
        }
    }
};

TEST_P(EveryGate, KeepsStrangersOutWhereItShould) {
    const GateRow& row = GetParam();
    const Kept no = row.under_approve == Kept::skips ? Kept::skips : Kept::denied;
    for (const char* level : {"owner", "registered"}) {
        const std::string policy = std::string(R"({"write":")") + level + R"(","promote":")" +
                                   level + R"(","delete":")" + level + R"("})";
        expect_kept("org/team", "org/team", policy, no);
        expect_kept("org", "org/team/deep", policy, no);  // inherited
        expect_kept("*", "org/team", policy, no);
    }
    const bool rules = row.name == "standard" || row.name == "clear_standard";
    expect_kept("org", "org/team", R"({"write":"approve","promote":"approve","delete":"approve"})",
                rules ? Kept::denied : row.under_approve);
}

TEST_P(EveryGate, LetsTheOwnerThroughAndEverybodyWhereItIsOpen) {
    const GateRow& row = GetParam();
    Governed owned("org/team");
    owned.govern("org", R"({"write":"owner","promote":"owner","delete":"owner"})");
    const auto by_owner = owned.node.execute(row.op(owned, kOwner));
    EXPECT_TRUE(by_owner) << by_owner.error().message;
    Governed open("org/team");
    open.govern("org", R"({"write":"any","promote":"any","delete":"any"})");
    const auto by_stranger = open.node.execute(row.op(open, kStranger));
    EXPECT_TRUE(by_stranger) << by_stranger.error().message;
    Governed known("org/team");
    known.node.must(RegisterAgent{kStranger, "human", {}});
    known.govern("org", R"({"write":"registered","promote":"registered","delete":"registered"})");
    if (row.name == "standard" || row.name == "clear_standard") return;  // its owner's alone
    const auto by_known = known.node.execute(row.op(known, kStranger));
    EXPECT_TRUE(by_known) << by_known.error().message;
}

std::vector<GateRow> governed_rows() {
    std::vector<GateRow> out = gate_rows();
    std::erase_if(out, [](const GateRow& row) { return row.under_approve == Kept::elsewhere; });
    return out;
}

INSTANTIATE_TEST_SUITE_P(Verbs, EveryGate, testing::ValuesIn(governed_rows()),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(Gate, AnImportReplacesNothingThatItsCallerMayNotChange) {
    Governed g("org/team");
    g.govern("org", R"({"write":"any"})");
    g.govern("org/team", R"({"write":"owner"})");
    ImportMemory policy = import_of(g, kStranger);  // the rules themselves, newer and looser
    policy.memory.id = g.rules;
    policy.memory.ns = "rules";
    policy.memory.title = "the rules";
    policy.memory.metadata = R"({"governance":{"write":"any"}})";
    EXPECT_EQ(g.node.execute(policy).error().code, Errc::denied);
    ImportMemory moved = import_of(g, kStranger);  // out of a namespace he may not write in
    moved.memory.id = g.a;
    moved.memory.ns = "free";
    EXPECT_EQ(g.node.execute(moved).error().code, Errc::denied);
}

TEST(Gate, WhatAConsolidationMakesIsAWriteToo) {
    Governed g("org/team");
    g.govern("org", R"({"write":"owner","delete":"any"})");
    const auto done =
        g.node.execute(ConsolidateMemories{{g.a, g.b}, "both", "s", std::nullopt, kStranger});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::denied);
}

TEST(Gate, RegistrationsAndMessagesAreChangedByThoseTheyAreAbout) {
    Node node;
    const auto agent = node.must(RegisterAgent{"ai:bob", "human", {}}).id;
    const auto message = node.must(NotifyAgent{"ai:alice", "ai:bob", "t", "p"}).id;
    for (const std::string& id : {agent, message}) {
        UpdateMemory edit;
        edit.id = id;
        edit.content = "forged";
        edit.agent_id = "ai:mallory";
        const auto edited = node.execute(edit);
        ASSERT_FALSE(edited);
        EXPECT_EQ(edited.error().code, Errc::denied);
        EXPECT_FALSE(node.execute(DeleteMemory{id, "ai:mallory"}));
    }
    const ForgetMemories all{"_messages/ai:bob", {}, {}, "ai:mallory"};
    EXPECT_EQ(node.must(all).affected, 0);
    const auto x = node.must(written("ai:mallory", "free", "X")).id;
    const auto y = node.must(written("ai:mallory", "free", "Y")).id;
    const auto forged =
        node.execute(ConsolidateMemories{{x, y}, "agent:ai:king", "s", "_agents", "ai:mallory"});
    ASSERT_FALSE(forged);
    EXPECT_EQ(forged.error().code, Errc::denied);
    EXPECT_TRUE(node.execute(DeleteMemory{message, "ai:bob"})) << "the receiver";
    EXPECT_TRUE(node.execute(DeleteMemory{agent, "ai:bob"})) << "himself";
}

}  // namespace
}  // namespace aimem
