// H6: versions of one memory with one time, in every order; and edits of different fields on both
// sides of a split: one of them wins as a whole.
#include "tests/chaos/fake_node.h"
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace aimem::chaos {
namespace {

using nlohmann::json;

constexpr std::int64_t kStamp = 1'700'000'000'000'000'001;

// Memory i gets its four versions in the i-th order here, and always in the first order there.
TEST(ChaosH6, FourVersionsOfOneTimeInAllOrders) {
    World shuffled(with_nodes(1, 1));
    World in_order(with_nodes(1, 1));
    FakeNode peer(1);
    std::array<std::size_t, 4> order = {0, 1, 2, 3};
    std::array<std::vector<json>, 4> steps_shuffled{};
    std::array<std::vector<json>, 4> steps_in_order{};
    int number = 0;
    do {
        std::vector<json> versions;
        for (int k = 0; k < 3; ++k)
            versions.push_back(peer.memory(fake_id(number), fmt::format("memory {}", number),
                                           fmt::format("version {}", k), kStamp));
        versions.push_back(peer.tombstone(fake_id(number), kStamp));
        for (std::size_t step = 0; step < 4; ++step) {
            steps_shuffled[step].push_back(versions[order[step]]);
            steps_in_order[step].push_back(versions[step]);
        }
        ++number;
    } while (std::next_permutation(order.begin(), order.end()));
    ASSERT_EQ(number, 24);
    for (std::size_t step = 0; step < 4; ++step) {
        if (step == 3) {  // the control: three versions of four are not the end
            EXPECT_NE(shuffled.mesh.digest(0).hash, in_order.mesh.digest(0).hash);
        }
        EXPECT_EQ(peer.repair(shuffled.mesh, 0, steps_shuffled[step]).status, 200);
        EXPECT_EQ(peer.repair(in_order.mesh, 0, steps_in_order[step]).status, 200);
    }
    EXPECT_EQ(shuffled.mesh.digest(0).hash, in_order.mesh.digest(0).hash);
    EXPECT_EQ(test::all_titles(shuffled.mesh.http(0)), test::all_titles(in_order.mesh.http(0)));
}

// By the lists of 0.6.3, at two nodes of a mesh in opposite order.
TEST(ChaosH6, TwoVersionsOfOneTimeByTheOldWire) {
    World world(with_nodes(3, 2));
    const auto subjects = world.driver.seed(0, 10);
    ASSERT_TRUE(world.mesh.await_equal_digests(kHealWithin)) << world.mesh.describe();
    world.split({0}, {1, 2});
    for (const std::string& subject : subjects) {
        json one = test::memory_at(world.mesh.http(0), *world.ledger.id_of(subject));
        one["updated_at"] = "2031-01-01T00:00:00.000000+00:00";
        json two = one;
        one["content"] = content_of(subject, world.ledger.begin(Verb::store, subject, 0));
        two["content"] = content_of(subject, world.ledger.begin(Verb::store, subject, 1));
        const auto push = [&](std::size_t node, const json& row) {
            const json body = {{"sender_agent_id", "host:old"}, {"memories", {row}}};
            EXPECT_EQ(world.mesh.http(node).post("/api/v1/sync/push", body).status, 200);
        };
        push(0, one);
        push(0, two);
        push(1, two);
        push(2, one);
    }
    world.mesh.heal();
    world.expect_sound();
}

TEST(ChaosH6, EditsOfDifferentFieldsMakeNoHybrid) {
    World world;
    const auto subjects = world.driver.seed(0, sized(40, 1000));
    ASSERT_TRUE(world.mesh.await_equal_digests(kHealWithin)) << world.mesh.describe();
    world.split({0, 1}, {2, 3});
    std::map<std::string, bool> priority_last;
    for (const std::string& subject : subjects) {
        const bool second = priority_last[subject] = world.random(2) == 0;
        for (const bool priority : {!second, second}) {
            const json fields = priority ? json{{"priority", 9}} : json{{"confidence", 0.25}};
            ASSERT_EQ(world.driver.update(priority ? 0 : 2, subject, fields).status, 200);
        }
    }
    EXPECT_GT(world.stopped_by_proxies(), 0U);
    world.expect_broken("D4", at_once());
    world.mesh.heal();
    world.expect_sound();
    for (const std::string& subject : subjects) {
        const json shown = test::memory_at(world.mesh.http(1), *world.ledger.id_of(subject));
        EXPECT_EQ(shown.at("priority"), priority_last[subject] ? 9 : 5) << shown;
        EXPECT_EQ(shown.at("confidence"), priority_last[subject] ? 1.0 : 0.25) << shown;
    }
}

}  // namespace
}  // namespace aimem::chaos
