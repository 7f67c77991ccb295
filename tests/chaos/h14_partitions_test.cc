// H14: single directions of single edges, a three-way split, and a chain whose ends never meet.
// Writes on one-way edges of three nodes are in tests/e2e/partition_test.
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"

#include <gtest/gtest.h>

namespace aimem::chaos {
namespace {

TEST(ChaosH14, EachDirectionOfEachEdgeInTurn) {
    World world;
    for (std::size_t from = 0; from < 4; ++from) {
        for (std::size_t to = 0; to < 4; ++to) {
            if (from == to) continue;
            world.mesh.proxy(from, to).set(world.random(2) == 0 ? Fault::drop_up
                                                                : Fault::drop_down);
            for (const std::size_t node : {from, to}) {
                const std::string subject = world.ledger.new_subject();
                const Reply reply = world.driver.store(node, subject);
                EXPECT_EQ(reply.status, 201) << from << " to " << to << ": " << reply.text();
                EXPECT_TRUE(world.driver.update(node, subject).ok());
            }
            world.mesh.proxy(from, to).heal();
        }
    }
    EXPECT_GT(world.stopped_by_proxies(), 0U);
    world.expect_sound();
}

TEST(ChaosH14, OfThreeSidesOnlyTheOneWithTwoNodesConfirms) {
    World world;
    const auto subjects = world.driver.seed(0, sized(12, 100));
    ASSERT_TRUE(world.mesh.await_equal_digests(kHealWithin)) << world.mesh.describe();
    world.split({0}, {1, 2, 3}, Fault::refuse);
    world.split({1}, {2, 3}, Fault::refuse);
    for (std::size_t i = 0; i < subjects.size(); ++i) {
        const std::size_t node = i % 4;
        const int expected = node < 2 ? 503 : 200;
        const Reply reply = i % 3 == 0 ? world.driver.remove(node, subjects[i])
                                       : world.driver.update(node, subjects[i]);
        EXPECT_EQ(reply.status, expected) << "node " << node << ": " << reply.text();
        EXPECT_EQ(world.driver.store(node, world.ledger.new_subject()).ok(), node >= 2);
    }
    EXPECT_GT(world.stopped_by_proxies(), 0U);
    world.expect_broken("D2", at_once());
    world.mesh.heal();
    world.expect_sound();
}

// The middle one relays by comparing digests: nodes 0 and 2 are never connected.
void expect_the_ends_to_meet(Fault between) {
    World world(with_nodes(3, 2));
    world.split({0}, {2}, between);
    const auto direct = world.mesh.proxy(0, 2).counters();
    const auto from_one_end = world.driver.seed(0, sized(20, 200));
    const auto from_other_end = world.driver.seed(2, sized(20, 200));
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(world.driver.remove(0, from_one_end[i]).status, 200);
        EXPECT_EQ(world.driver.archive(2, from_other_end[i]).status, 200);
    }
    EXPECT_EQ(world.driver.link(0, from_one_end[10], from_one_end[11]).status, 201);
    world.expect_broken("D1", at_once());
    OracleOptions patient;
    patient.within = 2 * kHealWithin;
    world.expect_sound(patient);
    // And back: what came through the middle is edited at the other end.
    EXPECT_EQ(world.driver.update(2, from_one_end[10]).status, 200);
    EXPECT_EQ(world.driver.remove(0, from_other_end[10]).status, 200);
    world.expect_sound(patient);
    const auto after = world.mesh.proxy(0, 2).counters();
    EXPECT_EQ(after.bytes_down, direct.bytes_down) << "the ends did meet";
}

TEST(ChaosH14, TheEndsOfAChainMeetThroughTheMiddleWhenTheirEdgeIsRefused) {
    expect_the_ends_to_meet(Fault::refuse);
}

TEST(ChaosH14, TheEndsOfAChainMeetThroughTheMiddleWhenTheirEdgeIsMute) {
    expect_the_ends_to_meet(Fault::black_hole);
}

}  // namespace
}  // namespace aimem::chaos
