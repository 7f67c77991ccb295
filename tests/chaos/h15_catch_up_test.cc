// H15: a node that missed thousands of rows, many of one time, with deletions, links and archives
// among them, catches up while writes go on and while it is killed three times.
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"
#include "tests/support/percentile.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <thread>

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

// What one clean copy of node 0's whole state costs on the wire.
std::uint64_t bytes_of_state(World& world) {
    std::uint64_t bytes = 0;
    std::int64_t after = 0;
    for (bool more = true; more;) {
        const Reply page =
            world.mesh.http(0).get(fmt::format("/api/v1/sync/changes?limit=256&after={}", after));
        const json body = page.json();
        bytes += page.body.size();
        after = std::stoll(body.at("to").get<std::string>());
        more = body.at("more").get<bool>();
    }
    return bytes;
}

// Deletions, links and archives, by several clients at once.
void change_some(World& world, const std::vector<std::string>& subjects) {
    constexpr std::size_t kClients = 4;
    const std::size_t half = subjects.size();
    std::atomic<std::size_t> refused{0};
    const auto work = [&](std::size_t client) {
        Driver driver(world.mesh, world.ledger);
        for (std::size_t i = client; i < half / 5; i += kClients) {
            refused += driver.remove(1, subjects[i]).ok() ? 0U : 1U;
            refused += driver.link(1, subjects[half - 1 - i], subjects[half / 2]).ok() ? 0U : 1U;
            if (i % 2 == 0) refused += driver.archive(1, subjects[half / 5 + i]).ok() ? 0U : 1U;
        }
    };
    std::vector<std::thread> clients;
    for (std::size_t client = 0; client < kClients; ++client) clients.emplace_back(work, client);
    for (std::thread& client : clients) client.join();
    EXPECT_LE(refused, half / 100) << "a quorum missed by a busy machine, now and then";
}

TEST(ChaosH15, ANodeFarBehindCatchesUpThoughItIsKilledThreeTimes) {
    World world;
    const std::size_t half = sized(5000, 50'000);
    const std::size_t base = world.mesh.process(3).resident_kib();
    constexpr Millis kQuietPace{50};
    PacedWriter quiet(world.mesh, world.ledger, 0, kQuietPace);
    test::pause_for(Millis(3000));
    const double healthy = test::percentile(quiet.stop(), 0.99);
    world.mesh.kill9(3);
    const auto subjects = world.driver.seed(1, half);
    ASSERT_NO_FATAL_FAILURE(push_equal_times(world, half));
    change_some(world, subjects);
    world.expect_broken("D7", at_once());  // the control: it is not there at all

    PacedWriter writer(world.mesh, world.ledger, 1, kQuietPace);
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
    const double took = test::ms_since(start);
    const double busy = test::percentile(writer.stop(), 0.99);
    world.expect_sound(options);
    const std::uint64_t sent = bytes_to(world, 3) - before;
    const std::uint64_t needed = bytes_of_state(world);
    fmt::print(
        "caught up after {:.0f} ms with three kills; {} KiB sent of {} needed; writes meanwhile: "
        "p99 {:.1f} ms, before {:.1f} ms; RSS {} to {} KiB\n",
        took, sent / 1024, needed / 1024, busy, healthy, base,
        world.mesh.process(3).resident_kib());
    EXPECT_LE(world.mesh.process(3).resident_kib(), base + 256 * 1024);
    EXPECT_LE(sent, needed + needed * 3 / 10) << "a kill makes it begin again where it was";
}

}  // namespace
}  // namespace aimem::chaos
