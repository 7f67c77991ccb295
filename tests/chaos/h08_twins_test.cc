// H8: the same title and namespace made on both sides of a split end as one memory each; both ids
// go on resolving, for reading, linking and deleting, from any node.
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem::chaos {
namespace {

struct Twin {
    std::string subject{};
    std::string one{};    // its id on one side
    std::string other{};  // and on the other
};

TEST(ChaosH8, TwinsOfBothSidesAreOneMemoryWithTwoIds) {
    World world;
    const std::size_t count = sized(24, 200);
    const auto anchors = world.driver.seed(0, 2);
    ASSERT_TRUE(world.mesh.await_equal_digests(kHealWithin)) << world.mesh.describe();

    world.split({0, 1}, {2, 3});
    std::vector<Twin> twins(count);
    for (Twin& twin : twins) {
        twin.subject = world.ledger.new_subject();
        ASSERT_EQ(world.driver.store(0, twin.subject).status, 201);
        twin.one = *world.ledger.id_of(twin.subject);
        ASSERT_EQ(world.driver.link(1, twin.subject, anchors[0]).status, 201);
        ASSERT_EQ(world.driver.store(2, twin.subject).status, 201);
        twin.other = *world.ledger.id_of(twin.subject);
        ASSERT_EQ(world.driver.link(3, twin.subject, anchors[1]).status, 201);
        ASSERT_NE(twin.one, twin.other) << "no partition: the sides knew of each other";
    }
    EXPECT_GT(world.stopped_by_proxies(), 0U);
    world.expect_broken("D4", at_once());

    world.mesh.heal();
    ASSERT_TRUE(world.mesh.await_equal_digests(kHealWithin)) << world.mesh.describe();
    for (const Twin& twin : twins) {
        const auto shown = test::memory_at(world.mesh.http(0), twin.one);
        for (std::size_t node = 0; node < world.mesh.size(); ++node) {
            for (const std::string& id : {twin.one, twin.other}) {
                nlohmann::json same = test::memory_at(world.mesh.http(node), id);
                EXPECT_EQ(same.at("id"), shown.at("id")) << twin.subject << " on node " << node;
                EXPECT_EQ(same.at("content"), shown.at("content"));
            }
        }
        world.ledger.learn_id(twin.subject, shown.at("id"));  // where the links are now
    }
    world.expect_sound();

    for (std::size_t i = 0; i < count / 2; ++i) {  // by either id, from any node
        const Twin& twin = twins[i];
        const Reply reply =
            world.driver.remove_id(i % 4, twin.subject, i % 2 == 0 ? twin.one : twin.other);
        EXPECT_EQ(reply.status, 200) << reply.text();
    }
    world.expect_sound();
}

}  // namespace
}  // namespace aimem::chaos
