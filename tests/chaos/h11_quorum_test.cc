// H11: with its peers refused, cut or mute a node confirms nothing; it says so in time and names
// the memory; a retry makes no second one. Peers that lie are in tests/e2e/false_ack_test.
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace aimem::chaos {
namespace {

constexpr Millis kTimeout{500};
constexpr double kGrace = 250;  // ms above the timeout

MeshOptions three_hasty() {
    MeshOptions options = with_nodes(3, 2);
    options.quorum_timeout = kTimeout;
    return options;
}

class ChaosH11 : public ::testing::TestWithParam<Fault> {};

TEST_P(ChaosH11, NothingIsConfirmedAloneAndARetryIsTheSameMemory) {
    World world(three_hasty());
    world.driver.seed(0, 1);  // connections are open
    world.mesh.isolate(0, GetParam());
    const std::size_t count = sized(10, 100);
    std::vector<std::string> subjects;
    std::vector<double> took;
    for (std::size_t i = 0; i < count; ++i) {
        subjects.push_back(world.ledger.new_subject());
        const auto start = Clock::now();
        const Reply reply = world.driver.store(0, subjects.back());
        took.push_back(test::ms_since(start));
        ASSERT_NO_FATAL_FAILURE(test::expect_quorum_missed(reply, 1, 2));
    }
    EXPECT_GT(world.stopped_by_proxies(), 0U);
    std::sort(took.begin(), took.end());
    const double usual =
        took[took.size() / 2];  // the machine may be busy once, the node never late
    fmt::print("503 after {:.0f} ms (median), {:.0f} ms at most\n", usual, took.back());
    EXPECT_LE(usual, static_cast<double>(kTimeout.count()) + kGrace);
    world.expect_broken("D2", at_once());

    world.mesh.heal();
    for (std::size_t i = 0; i < count; i += 2) {
        const std::string id = *world.ledger.id_of(subjects[i]);
        Reply retried;
        ASSERT_TRUE(test::eventually(kHealWithin, [&] {
            retried = world.driver.store(0, subjects[i]);
            return retried.status == 201;
        })) << retried.text();
        EXPECT_EQ(test::stored_id(retried), id) << "a retry made a second memory";
    }
    world.expect_sound();
}

INSTANTIATE_TEST_SUITE_P(Faults, ChaosH11,
                         ::testing::Values(Fault::refuse, Fault::black_hole, Fault::drop_down),
                         [](const auto& param_info) {
                             switch (param_info.param) {
                                 case Fault::refuse: return "Refused";
                                 case Fault::black_hole: return "BlackHole";
                                 default: return "AnswersLost";
                             }
                         });

}  // namespace
}  // namespace aimem::chaos
