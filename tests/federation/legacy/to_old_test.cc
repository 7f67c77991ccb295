// What our nodes do, as a node of 0.6.3 among their peers comes to hold it.
#include "tests/federation/legacy/mixed_mesh.h"
#include "tests/store/verb_table.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem::test {
namespace {

using nlohmann::json;

StoreMemory a_store(const std::string& title, const std::string& content = "text") {
    StoreMemory op;
    op.title = title;
    op.content = content;
    op.agent_id = "ai:alice";
    return op;
}

UpdateMemory rename(const std::string& id, const std::string& title) {
    UpdateMemory op;
    op.id = id;
    op.title = title;
    return op;
}

// The last `count` bodies the old node was told, as the lists that are not empty.
std::vector<std::string> last_told(const MixedMesh& mesh, std::size_t count) {
    std::vector<std::string> out;
    for (std::size_t i = mesh.told.size() - std::min(count, mesh.told.size()); i < mesh.told.size();
         ++i) {
        const json body = json::parse(mesh.told[i]);
        std::string lists;
        for (const auto& [name, value] : body.items())
            if (value.is_array() && !value.empty())
                lists += fmt::format("{}:{} ", name, value.size());
        out.push_back(lists);
    }
    return out;
}

// An unlink cannot be said there; all else it holds as we do.
bool can_be_said(std::string_view verb) {
    return verb != "unlink";
}

TEST(ToOld, EveryVerbFromEitherNodeArrives) {
    for (const VerbRow& row : verb_table()) {
        for (std::size_t origin = 0; origin < MixedMesh::kOurs; ++origin) {
            SCOPED_TRACE(fmt::format("{} at node {}", row.name, origin));
            MixedMesh mesh;
            const CommitFn commit = [&](const Op& op) {
                const auto done = mesh.commit(0, op);
                const bool waits = done.pending && done.pending->status == "pending";
                if (done.subscription) return done.subscription->id;
                return waits ? done.pending->action.id : done.id;
            };
            const Stage stage = prepare(commit);
            ASSERT_EQ(mesh.difference(), "") << "before";
            mesh.commit(origin, row.op(stage));
            mesh.compare();
            if (can_be_said(row.name))
                EXPECT_EQ(mesh.difference(), "");
            else
                EXPECT_EQ(mesh.node(0).tables(), mesh.node(1).tables());
            EXPECT_EQ(mesh.parked, 0U);
        }
    }
}

TEST(ToOld, ARenameIsADeletionAndThenTheRowWithAllThatHungOnIt) {
    MixedMesh mesh;
    const auto a = mesh.commit(0, a_store("A")).id;
    const auto b = mesh.commit(0, a_store("B")).id;
    mesh.commit(0, LinkMemories{a, b, "related_to", {}, {}, {}});
    mesh.commit(0, SetStandard{"team/x", a, std::nullopt, std::nullopt, {}});
    mesh.told.clear();
    mesh.commit(0, rename(a, "A renamed"));
    EXPECT_EQ(last_told(mesh, 3),
              (std::vector<std::string>{"deletions:1 ", "memories:1 namespace_meta:1 ",
                                        "links:1 namespace_meta:1 "}));
    EXPECT_EQ(mesh.difference(), "");
    EXPECT_EQ(mesh.parked, 0U);
}

TEST(ToOld, ARestoreTakesTheRowOutOfTheArchiveThere) {
    MixedMesh mesh;
    const auto a = mesh.commit(0, a_store("A")).id;
    mesh.commit(0, ArchiveMemory{a, "done", {}});
    EXPECT_TRUE(mesh.old().archived(a));
    mesh.commit(1, RestoreMemory{a, {}});
    EXPECT_FALSE(mesh.old().archived(a));
    EXPECT_EQ(mesh.difference(), "");  // tier, expiry and time as here, not as it restores
    mesh.commit(0, ArchiveMemory{a, "again", {}});
    mesh.commit(0, PurgeArchive{std::nullopt, std::nullopt, {}});
    EXPECT_FALSE(mesh.old().live(a));
    EXPECT_FALSE(mesh.old().archived(a));
}

TEST(ToOld, ATitleThatIsTakenOverByAnotherMemoryIsNotLost) {
    MixedMesh mesh;
    mesh.cut(0, MixedMesh::kOld, true);  // it hears of all of it at once
    const auto first = mesh.commit(0, a_store("same", "first")).id;
    mesh.commit(0, DeleteMemory{first, {}});
    const auto second = mesh.commit(0, a_store("same", "second")).id;
    mesh.cut(0, MixedMesh::kOld, false);
    mesh.settle();
    ASSERT_EQ(mesh.difference(), "");
    mesh.commit(0, ArchiveMemory{second, "done", {}});
    mesh.commit(0, a_store("same", "third"));
    EXPECT_EQ(mesh.difference(), "");
    // Two memories change titles with each other.
    const auto x = mesh.commit(0, a_store("x", "of x")).id;
    const auto y = mesh.commit(0, a_store("y", "of y")).id;
    mesh.commit(0, rename(x, "z"));
    mesh.commit(0, rename(y, "x"));
    mesh.commit(0, rename(x, "y"));
    EXPECT_EQ(mesh.difference(), "");
    EXPECT_EQ(mesh.parked, 0U);
}

TEST(ToOld, AConsolidationUnderTheTitleOfASourceIsThere) {
    MixedMesh mesh;
    const auto a = mesh.commit(0, a_store("A")).id;
    const auto b = mesh.commit(0, a_store("B")).id;
    mesh.commit(0, ConsolidateMemories{{a, b}, "A", "both", std::nullopt, {}});
    EXPECT_EQ(mesh.difference(), "");
}

TEST(ToOld, WhatANodeDidWhileItWasCutOffArrivesInOneGo) {
    MixedMesh mesh;
    const auto a = mesh.commit(0, a_store("A")).id;
    const auto b = mesh.commit(1, a_store("B")).id;
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(i, MixedMesh::kOld, true);
    mesh.commit(1, rename(a, "A2"));
    mesh.commit(0, rename(a, "A3"));
    mesh.commit(0, LinkMemories{a, b, "supersedes", {}, {}, {}});
    mesh.commit(1, ArchiveMemory{b, "done", {}});
    mesh.commit(1, RestoreMemory{b, {}});
    const auto c = mesh.commit(0, a_store("C")).id;
    mesh.commit(1, DeleteMemory{c, {}});
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(i, MixedMesh::kOld, false);
    mesh.settle();
    EXPECT_EQ(mesh.difference(), "");
    EXPECT_EQ(mesh.parked, 0U);
}

TEST(ToOld, LostAnswersAndRestartsOnlyRepeatWhatWasSaid) {
    MixedMesh mesh;
    const auto a = mesh.commit(0, a_store("A")).id;
    mesh.cut(MixedMesh::kOld, 0, true);  // it hears, and is not heard
    mesh.commit(0, rename(a, "A2"));
    mesh.restart(0);
    mesh.commit(0, rename(a, "A3"));
    mesh.commit(0, ArchiveMemory{a, "done", {}});
    mesh.restart(0);
    mesh.commit(0, RestoreMemory{a, {}});
    mesh.cut(MixedMesh::kOld, 0, false);
    mesh.settle();
    EXPECT_EQ(mesh.difference(), "");
    EXPECT_EQ(mesh.parked, 0U);
}

TEST(ToOld, ALoweredPriorityTierAndExpiryIsThereOnceTheRowIsRenamed) {
    MixedMesh mesh;
    StoreMemory op = a_store("A");
    op.priority = 9;
    op.tier = Tier::long_term;
    const auto a = mesh.commit(0, op).id;
    UpdateMemory lower;
    lower.id = a;
    lower.priority = 2;
    lower.tier = Tier::short_term;
    mesh.commit(0, lower);
    EXPECT_EQ(mesh.old().live(a)->priority, 9);  // this cannot be said (design: replication.md 4)
    EXPECT_EQ(mesh.node(1).memory(a).priority, 2);
    mesh.commit(0, rename(a, "B"));
    EXPECT_EQ(mesh.difference(), "");
}

TEST(ToOld, ARowThatIsSkippedIsFoundParkedAndHoldsNothingUp) {
    MixedMesh mesh;
    mesh.commit(0, a_store("first"));  // it knows what the peer is
    mesh.cut(0, MixedMesh::kOld, true);
    const auto a = mesh.commit(0, a_store("A")).id;
    const auto b = mesh.commit(0, a_store("B")).id;
    const auto c = mesh.commit(0, a_store("C")).id;
    // There, the id of B is another memory's already.
    Memory other = mesh.node(0).memory(b);
    other.title = "quite another";
    const json push{
        {"sender_agent_id", "host:x"},
        {"memories", json::array({json::parse(R"({"tags":[],"priority":5,"confidence":1.0,
        "access_count":0,"source":"api","tier":"mid","namespace":"global","content":"x"})")})}};
    json body = push;
    body["memories"][0].update({{"id", b},
                                {"title", other.title},
                                {"created_at", other.created_at},
                                {"updated_at", other.updated_at}});
    ASSERT_EQ(mesh.old().push(body.dump(), mesh.now()).first, 200);
    mesh.cut(0, MixedMesh::kOld, false);
    mesh.settle();
    EXPECT_EQ(mesh.parked, 1U);
    EXPECT_TRUE(mesh.old().live(a));
    EXPECT_TRUE(mesh.old().live(c));
    mesh.commit(0, a_store("D"));
    EXPECT_TRUE(mesh.old().by_title("global", "D"));
    EXPECT_EQ(mesh.parked, 1U);
    mesh.commit(0, rename(b, "B renamed"));  // now it is told in another way
    EXPECT_TRUE(mesh.old().by_title("global", "B renamed"));
    EXPECT_FALSE(mesh.old().by_title("global", "quite another"));
}

TEST(ToOld, BodiesStayWithinItsLimits) {
    MixedMesh mesh;
    mesh.commit(0, a_store("first"));
    mesh.cut(0, MixedMesh::kOld, true);
    for (int i = 0; i < 30; ++i)
        mesh.node(0).must(a_store(fmt::format("big {}", i), std::string(65'000, 'x')));
    mesh.commit(0, a_store("last"));
    mesh.cut(0, MixedMesh::kOld, false);
    mesh.settle();
    EXPECT_EQ(mesh.difference(), "");
    for (const std::string& body : mesh.told) EXPECT_LE(body.size(), (std::size_t{3} << 19) + 4096);
}

TEST(ToOld, AWaitedRowThatAnotherNodeOverwroteIsToldAsItIsNow) {
    MixedMesh mesh;
    const auto a = mesh.commit(0, a_store("A", "one")).id;
    mesh.cut(0, MixedMesh::kOld, true);
    mesh.commit(0, DeleteMemory{a, {}});
    mesh.node(1).clock.now += kHour;
    const Change back = live_change(a, a_memory("A", "two"), mesh.now() + kHour);
    mesh.node(0).accept({back});
    mesh.node(1).accept({back});
    mesh.cut(0, MixedMesh::kOld, false);
    mesh.settle();
    EXPECT_TRUE(mesh.old().live(a)) << "a deletion that is no more was told";
}

}  // namespace
}  // namespace aimem::test
