// H15: a node that missed thousands of rows, many of one time, with deletions, links and archives
// among them, catches up while writes go on and while it is killed three times.
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem::chaos {
namespace {

using nlohmann::json;

std::uint64_t bytes_to(World& world, std::size_t node) {
    std::uint64_t sum = 0;
    for (std::size_t other = 0; other < world.mesh.size(); ++other)
        if (other != node) sum += world.mesh.proxy(other, node).counters().bytes_up;
    return sum;
}

// Rows of one updated_at, as an import makes them: by the lists of 0.6.3.
void push_equal_times(World& world, std::size_t count) {
    constexpr std::size_t kPage = 250;
    const json pattern = [&] {
        const std::string subject = world.driver.seed(0, 1).front();
        return test::memory_at(world.mesh.http(0), *world.ledger.id_of(subject));
    }();
    for (std::size_t at = 0; at < count; at += kPage) {
        json rows = json::array();
        std::vector<std::size_t> ops;
        for (std::size_t i = at; i < std::min(count, at + kPage); ++i) {
            const std::string subject = world.ledger.new_subject();
            ops.push_back(world.ledger.begin(Verb::store, subject, 0));
            json row = pattern;
            row["id"] = fmt::format("0b6f9a3e-0000-4000-8000-{:012}", i);
            row["title"] = title_of(subject);
            row["content"] = content_of(subject, ops.back());
            row["updated_at"] = "2026-01-01T00:00:00.000000+00:00";
            world.ledger.learn_id(subject, row["id"]);
            rows.push_back(std::move(row));
        }
        const Reply reply = world.mesh.http(0).post(
            "/api/v1/sync/push", {{"sender_agent_id", "host:old"}, {"memories", rows}});
        ASSERT_EQ(reply.json().value("applied", std::size_t{0}), rows.size()) << reply.text();
        for (const std::size_t op : ops) world.ledger.end(op, reply);
    }
}

TEST(ChaosH15, ANodeFarBehindCatchesUpThoughItIsKilledThreeTimes) {
    World world;
    const std::size_t half = sized(500, 5000);
    const std::size_t base = world.mesh.process(3).resident_kib();
    world.mesh.kill9(3);
    const auto subjects = world.driver.seed(1, half);
    ASSERT_NO_FATAL_FAILURE(push_equal_times(world, half));
    for (std::size_t i = 0; i < half / 5; ++i) {
        ASSERT_EQ(world.driver.remove(1, subjects[i]).status, 200);
        ASSERT_EQ(world.driver.link(1, subjects[half - 1 - i], subjects[half / 2]).status, 201);
        if (i % 2 == 0) {
            ASSERT_EQ(world.driver.archive(1, subjects[half / 5 + i]).status, 200);
        }
    }
    world.expect_broken("D7", at_once());  // the control: it is not there at all

    CrowdOptions writes;
    writes.threads = 2;
    writes.nodes = {0, 1};
    writes.seed = world.new_seed();
    writes.pace = Millis(50);
    Crowd crowd(world.mesh, world.ledger, writes);
    const std::uint64_t before = bytes_to(world, 3);
    const auto start = Clock::now();
    for (int kills = 0; kills < 3; ++kills) {
        world.mesh.start(3);
        const auto rows = [&] {
            return world.mesh.digest(3).count;
        };
        const std::uint64_t had = rows();
        EXPECT_TRUE(test::eventually(Millis(10'000), [&] { return rows() > had; }))
            << "it was not catching up when it was killed";
        world.mesh.kill9(3);
    }
    world.mesh.start(3);
    OracleOptions options;
    options.within = Millis(30'000 * test::kPatience) * (full() ? 10 : 1);
    test::eventually(options.within,
                     [&] { return world.mesh.digest(3).count + 50 > world.mesh.digest(0).count; });
    crowd.stop();
    world.expect_sound(options);
    fmt::print("caught up after {:.0f} ms with three kills; {} KiB sent; RSS {} to {} KiB\n",
               test::ms_since(start), (bytes_to(world, 3) - before) / 1024, base,
               world.mesh.process(3).resident_kib());
    EXPECT_LE(world.mesh.process(3).resident_kib(), base + 256 * 1024);
}

}  // namespace
}  // namespace aimem::chaos
