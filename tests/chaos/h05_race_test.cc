// H5: an edit and a deletion of one memory at the same instant on two nodes, and both injected in
// either order: what remains is a function of the versions alone.
#include "tests/chaos/fake_node.h"
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <barrier>

namespace aimem::chaos {
namespace {

using nlohmann::json;

TEST(ChaosH5, AnEditAndADeletionAtTheSameInstant) {
    World world;
    const auto subjects = world.driver.seed(0, sized(60, 500));
    ASSERT_TRUE(world.mesh.await_equal_digests(kHealWithin)) << world.mesh.describe();
    std::barrier together(2);
    const auto side = [&](std::size_t node, bool deletes) {
        Driver driver(world.mesh, world.ledger);
        for (const std::string& subject : subjects) {
            together.arrive_and_wait();
            if (deletes)
                driver.remove(node, subject);
            else
                driver.update(node, subject);
        }
    };
    std::thread deleting([&] { side(1, true); });
    side(0, false);
    deleting.join();
    world.expect_sound();

    std::size_t overlapped = 0;
    const auto ops = world.ledger.ops();
    for (const LoggedOp& edit : ops)
        for (const LoggedOp& deletion : ops)
            if (edit.verb == Verb::update && deletion.verb == Verb::remove &&
                edit.subject == deletion.subject && edit.start < deletion.end &&
                deletion.start < edit.end)
                ++overlapped;
    EXPECT_GT(overlapped, subjects.size() / 2) << "they did not race";
    const auto left = test::all_titles(world.mesh.http(3)).size();
    fmt::print("{} of {} raced, {} survived\n", overlapped, subjects.size(), left);
}

TEST(ChaosH5, TheOrderOfDeliveryDecidesNothing) {
    World forward(with_nodes(1, 1));
    World backward(with_nodes(1, 1));
    World incomplete(with_nodes(1, 1));  // the control: the last version never arrives
    FakeNode peer(1);
    constexpr std::int64_t kStamp = 1'700'000'000'000'000'001;
    std::vector<json> edits;
    std::vector<json> deletions;
    for (int i = 0; i < 60; ++i) {
        const std::string subject = forward.ledger.new_subject();
        const std::string id = fake_id(i);
        const std::int64_t later = i % 3 - 1;  // the deletion is older, as old, newer
        edits.push_back(peer.memory(id, title_of(subject), content_of(subject, 0), kStamp));
        deletions.push_back(peer.tombstone(id, kStamp + later));
    }
    for (const auto* first : {&edits, &deletions}) {
        const bool edits_first = first == &edits;
        World& world = edits_first ? forward : backward;
        EXPECT_EQ(peer.repair(world.mesh, 0, *first).status, 200);
        EXPECT_EQ(peer.repair(world.mesh, 0, edits_first ? deletions : edits).status, 200);
    }
    EXPECT_EQ(peer.repair(incomplete.mesh, 0, edits).status, 200);
    EXPECT_EQ(forward.mesh.digest(0).hash, backward.mesh.digest(0).hash);
    EXPECT_NE(forward.mesh.digest(0).hash, incomplete.mesh.digest(0).hash);
    const auto left = test::all_titles(forward.mesh.http(0)).size();
    EXPECT_EQ(left, test::all_titles(backward.mesh.http(0)).size());
    EXPECT_GE(left, 20U);  // of the older deletions none may win
    EXPECT_LE(left, 40U);
}

}  // namespace
}  // namespace aimem::chaos
