// H4: what was deleted on one side of a partition where both sides can confirm writes stays
// deleted. The restart of each node and a second push of the old rows are in
// tests/e2e/partition_test.
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"

#include <gtest/gtest.h>

namespace aimem::chaos {
namespace {

TEST(ChaosH4, WhatOneSideDeletedStaysDeletedWhenBothSidesConfirm) {
    World world;
    const std::size_t rows = sized(40, 100);
    const auto subjects = world.driver.seed(0, rows);
    ASSERT_TRUE(world.mesh.await_equal_digests(kHealWithin)) << world.mesh.describe();

    world.split({0, 1}, {2, 3});
    for (std::size_t i = 0; i < rows / 10; ++i)  // edited on one side first ...
        EXPECT_EQ(world.driver.update(2, subjects[i]).status, 200);
    for (std::size_t i = 0; i < rows / 2; ++i)  // ... then deleted on the other
        EXPECT_EQ(world.driver.remove(i % 2, subjects[i]).status, 200);
    for (std::size_t i = rows / 2; i < rows / 2 + 5; ++i)
        EXPECT_EQ(world.driver.archive(1, subjects[i]).status, 200);
    for (std::size_t i = 0; i < rows / 2; ++i) {  // reading must not bring anything to life
        EXPECT_TRUE(test::has(world.mesh.http(2), *world.ledger.id_of(subjects[i])));
        test::found_ids(world.mesh.http(3), subjects[i]);
    }
    EXPECT_GT(world.stopped_by_proxies(), 0U) << "the partition kept nothing back";
    world.expect_broken("D1", at_once());

    world.mesh.heal();
    world.expect_sound();
    const auto none_is_back = [&] {
        for (std::size_t node = 0; node < world.mesh.size(); ++node)
            for (std::size_t i = 0; i < rows / 2; ++i)
                if (test::has(world.mesh.http(node), *world.ledger.id_of(subjects[i])))
                    return false;
        return true;
    };
    EXPECT_TRUE(test::throughout(Millis(full() ? 5000 : 2000), none_is_back, Millis(100)))
        << "came back with a later catch-up, seed " << world.seed;
}

}  // namespace
}  // namespace aimem::chaos
