// One title written on both sides of a split is one memory afterwards, with one id, and the other
// id keeps leading to it; what is edited arrives as it was edited, with a node of 0.6.3 in the
// mesh.
#include "store/log/names.h"
#include "tests/federation/legacy/mixed_mesh.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace aimem::test {
namespace {

StoreMemory every_field(const std::string& title, const std::string& content) {
    StoreMemory op;
    op.title = title;
    op.content = content;
    op.tags = std::vector<std::string>{"one", "two"};
    op.priority = 8;
    op.confidence = 0.9;
    op.tier = Tier::long_term;
    return op;
}

class Identity : public testing::Test {
protected:
    void split(bool on) {
        mesh.cut(0, 1, on);
        mesh.cut(1, 0, on);
    }
    void heal() {
        split(false);
        mesh.settle();
        mesh.compare();
    }
    MixedMesh mesh;
};

TEST_F(Identity, BothSidesOfASplitEndWithOneMemoryAndBothIdsLeadToIt) {
    split(true);
    const auto left = mesh.commit(0, every_field("same", "left")).id;
    const auto right = mesh.commit(1, every_field("same", "right")).id;
    heal();
    ASSERT_EQ(mesh.node(0).tables(), mesh.node(1).tables());
    EXPECT_EQ(mesh.node(0).count("SELECT count(*) FROM memories"), 1);
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) {
        EXPECT_EQ(visible_id(mesh.node(i).db(), left), left);  // the older one
        EXPECT_EQ(visible_id(mesh.node(i).db(), right), left);
        EXPECT_EQ(mesh.node(i).memory(left).content, "right");  // the newer text
    }
    EXPECT_EQ(mesh.old().ids("SELECT content FROM memories"), std::vector<std::string>{"right"});

    const auto other = mesh.commit(0, every_field("other", "text")).id;
    mesh.commit(1, LinkMemories{right, other, "related_to", {}, {}, {}});
    EXPECT_EQ(mesh.node(0).text("SELECT source_id FROM memory_links"), left + "\n");
    UpdateMemory edit;
    edit.id = right;
    edit.content = "edited by its other id";
    mesh.commit(1, edit);
    EXPECT_EQ(mesh.node(0).memory(left).content, "edited by its other id");
    EXPECT_EQ(mesh.difference(), "") << "settled by the edit, there as well";
    mesh.commit(0, DeleteMemory{right, {}});
    EXPECT_FALSE(visible_id(mesh.node(1).db(), left));
    EXPECT_EQ(mesh.difference(), "");
}

TEST_F(Identity, ATitleOfTheOldNodeIsJoinedUnderBothIds) {
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(i, MixedMesh::kOld, true);
    const auto ours = mesh.commit(0, every_field("same", "ours")).id;
    mesh.old_does(
        [](OldStore& old, std::int64_t now) { return old.store(a_memory("same", "theirs"), now); });
    const auto theirs = mesh.old().by_title("global", "same")->id;
    for (std::size_t i = 0; i < MixedMesh::kOurs; ++i) mesh.cut(i, MixedMesh::kOld, false);
    mesh.settle();
    mesh.compare();
    EXPECT_EQ(visible_id(mesh.node(1).db(), theirs), ours);
    EXPECT_EQ(mesh.node(1).memory(ours).content, "theirs");
    EXPECT_EQ(mesh.old().by_title("global", "same")->content, "theirs");
    mesh.commit(1, DeleteMemory{ours, {}});
    EXPECT_FALSE(mesh.old().by_title("global", "same")) << "its own id was not told";
    EXPECT_EQ(mesh.difference(), "");
}

struct Edit {
    const char* what;
    void (*make)(UpdateMemory&);
};

TEST_F(Identity, EveryEditArrivesExactly) {
    const Edit edits[] = {
        {"renamed",
         [](UpdateMemory& op) {
             op.title = "another title";
         }},
        {"moved",
         [](UpdateMemory& op) {
             op.ns = "team/y";
         }},
        {"priority lowered",
         [](UpdateMemory& op) {
             op.priority = 1;
         }},
        {"confidence lowered",
         [](UpdateMemory& op) {
             op.confidence = 0.1;
         }},
        {"tier lowered",
         [](UpdateMemory& op) {
             op.tier = Tier::short_term;
         }},
        {"tags cleared",
         [](UpdateMemory& op) {
             op.tags = std::vector<std::string>{};
         }},
        {"expiry set",
         [](UpdateMemory& op) {
             op.tier = Tier::mid;
             op.expires_at = "2030-01-01T00:00:00+00:00";
         }},
        {"expiry earlier",
         [](UpdateMemory& op) {
             op.expires_at = "2029-01-01T00:00:00+00:00";
         }},
        {"expiry cleared",
         [](UpdateMemory& op) {
             op.expires_at = "";
         }},
        {"metadata replaced",
         [](UpdateMemory& op) {
             op.metadata = R"({"k":"v"})";
         }},
        {"text",
         [](UpdateMemory& op) {
             op.content = "other text";
         }},
    };
    const auto id = mesh.commit(0, every_field("A", "text")).id;
    for (std::size_t origin = 0; origin < MixedMesh::kOurs; ++origin) {
        for (const Edit& edit : edits) {
            SCOPED_TRACE(fmt::format("{} at node {}", edit.what, origin));
            UpdateMemory op;
            op.id = id;
            edit.make(op);
            const auto done = mesh.commit(origin, op);
            EXPECT_EQ(mesh.node(0).memory(id), mesh.node(1).memory(id));
            EXPECT_EQ(mesh.node(1 - origin).memory(id), *done.memory);
            // It hands its rows back, as its catch-up does: nothing is taken back here.
            mesh.old_does([](OldStore& old, std::int64_t) { return old.everything(); });
            EXPECT_EQ(mesh.node(0).memory(id), mesh.node(1).memory(id));
            EXPECT_EQ(mesh.node(origin).memory(id), *done.memory);
        }
    }
}

}  // namespace
}  // namespace aimem::test
