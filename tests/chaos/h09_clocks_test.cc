// H9: one node's clock an hour ahead, another's an hour behind, and a row stamped in ten years:
// what was written last, having seen the rest, is what remains.
#include "tests/chaos/fake_node.h"
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <sstream>

namespace aimem::chaos {
namespace {

using nlohmann::json;

constexpr std::size_t kAhead = 1;
constexpr std::size_t kBehind = 2;
constexpr Millis kSettled{5000 * test::kPatience};

MeshOptions three_clocks() {
    MeshOptions options = with_nodes(3, 2);
    const auto skewed = [](const char* seconds) {
        return std::map<std::string, std::string>{{"LD_PRELOAD", AIMEM_SKEWED_CLOCK},
                                                  {"ASAN_OPTIONS", "verify_asan_link_order=0"},
                                                  {"AIMEM_TEST_CLOCK_SKEW", seconds}};
    };
    options.node_environment[kAhead] = skewed("3600");
    options.node_environment[kBehind] = skewed("-3600");
    return options;
}

class ChaosH9 : public ::testing::Test {
protected:
    // The proof of the fault, and the warning the operator gets: what node 0 says of its peers.
    void expect_offsets_shown() {
        const auto offsets = [&] {
            std::vector<double> out;
            std::istringstream text(world_.mesh.http(0).get("/metrics").body);
            for (std::string line; std::getline(text, line);)
                if (line.rfind("ai_memory_peer_clock_offset_seconds{", 0) == 0)
                    out.push_back(std::stod(line.substr(line.rfind(' ') + 1)));
            std::sort(out.begin(), out.end());
            return out;
        };
        EXPECT_TRUE(test::eventually(kSettled, [&] {
            const auto seen = offsets();
            return seen.size() == 2 && std::abs(seen[0] + 3600) < 60 &&
                   std::abs(seen[1] - 3600) < 60;
        })) << world_.mesh.http(0).get("/metrics").body;
    }
    bool shows(std::size_t node, const std::string& id, const std::string& content) {
        const Reply reply = test::fetch(world_.mesh.http(node), id);
        return reply.status == 200 && reply.json().value("content", "") == content;
    }
    std::string shown(std::size_t node, const std::string& subject) {
        return test::memory_at(world_.mesh.http(node), *world_.ledger.id_of(subject)).at("content");
    }

    World world_{three_clocks()};
};

// Each writer has seen what it overwrites, whatever its clock says.
TEST_F(ChaosH9, TheLastOfACausalChainRemains) {
    const auto subjects = world_.driver.seed(0, 6);
    const std::size_t edits = sized(60, 300);
    for (std::size_t i = 0; i < edits; ++i) {
        const std::string& subject = subjects[i % subjects.size()];
        const std::size_t node = (i / subjects.size() + i) % 3;
        ASSERT_TRUE(
            test::eventually(kSettled,
                             [&] {
                                 const std::string id = *world_.ledger.id_of(subject);
                                 for (std::size_t each = 0; each < 3; ++each)
                                     if (!test::has(world_.mesh.http(each), id)) return false;
                                 return shown(node, subject) == shown((node + 2) % 3, subject) &&
                                        shown(node, subject) == shown((node + 1) % 3, subject);
                             }))
            << "edit " << i << "\n"
            << world_.mesh.describe();
        ASSERT_EQ(world_.driver.update(node, subject).status, 200) << "edit " << i;
    }
    for (std::size_t i = 0; i < subjects.size() / 2; ++i)
        ASSERT_EQ(world_.driver.remove(kBehind, subjects[i]).status, 200);
    expect_offsets_shown();
    world_.expect_sound();
}

// The control: who has not seen the edit of the fast clock cannot write over it, and the oracle
// must miss what was confirmed. This is what an hour of skew costs on two sides of a split.
TEST_F(ChaosH9, WithoutHavingSeenItTheFastClockWins) {
    const auto subjects = world_.driver.seed(0, 3);
    ASSERT_TRUE(world_.mesh.await_equal_digests(kHealWithin)) << world_.mesh.describe();
    world_.split({kAhead}, {0, kBehind}, Fault::refuse);
    for (const std::string& subject : subjects) {
        ASSERT_EQ(world_.driver.update(kAhead, subject).status, 503);
        ASSERT_EQ(world_.driver.update(0, subject).status, 200);
    }
    world_.mesh.heal();
    ASSERT_TRUE(world_.mesh.await_equal_digests(kHealWithin)) << world_.mesh.describe();
    world_.expect_broken("D1", at_once());
}

TEST_F(ChaosH9, ARowOfTheFarFutureNeitherBlocksEditsNorWinsForEver) {
    const std::string subject = world_.ledger.new_subject();
    const std::size_t op = world_.ledger.begin(Verb::store, subject, 0);
    const auto in_ten_years = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::system_clock::now().time_since_epoch() + std::chrono::hours(24 * 3652));
    world_.ledger.learn_id(subject, fake_id(1));
    FakeNode peer(1);
    const Reply pushed =
        peer.push(world_.mesh, 0,
                  {peer.memory(fake_id(1), title_of(subject), content_of(subject, op),
                               in_ten_years.count() / 1000 * 1000 + 17)});
    world_.ledger.end(op, pushed);
    ASSERT_EQ(pushed.json().at("repl").at("rej").size(), 0U) << pushed.text();
    for (std::size_t node = 0; node < 3; ++node)
        ASSERT_TRUE(test::eventually(
            kHealWithin, [&] { return shows(node, fake_id(1), content_of(subject, op)); }))
            << "node " << node << "\n"
            << world_.mesh.describe();
    for (const std::size_t node : {std::size_t{0}, kBehind, kAhead}) {
        ASSERT_EQ(world_.driver.update(node, subject).status, 200);
        const std::string content = shown(node, subject);
        for (std::size_t other = 0; other < 3; ++other)
            ASSERT_TRUE(
                test::eventually(kSettled, [&] { return shows(other, fake_id(1), content); }))
                << "an edit on node " << node << " did not win on node " << other;
    }
    // Its stamp is its own: what is written now does not become of the future as well.
    const std::string fresh = world_.ledger.new_subject();
    ASSERT_EQ(world_.driver.store(0, fresh).status, 201);
    const json memory = test::memory_at(world_.mesh.http(0), *world_.ledger.id_of(fresh));
    EXPECT_LT(memory.at("updated_at").get<std::string>(), "2030") << memory;
    world_.expect_sound();
    ASSERT_EQ(world_.driver.remove(kBehind, subject).status, 200);
    world_.expect_sound();
}

TEST_F(ChaosH9, ARowLivesAsLongAsTheRightClockSays) {
    json memory = test::memory_named("short-lived");
    memory["tier"] = "short";
    memory["ttl_secs"] = 4;
    const auto start = Clock::now();
    const std::string id = test::stored_id(world_.mesh.http(0).post("/api/v1/memories", memory));
    const auto listed = [&] {
        return test::all_titles(world_.mesh.http(0)).count("short-lived");
    };
    EXPECT_TRUE(test::throughout(
        Millis(3000), [&] { return listed() == 1; }, Millis(50)))
        << "gone after " << test::ms_since(start) << " ms: another node's clock counted here";
    EXPECT_TRUE(test::eventually(Millis(5000 * test::kPatience), [&] { return listed() == 0; }));
    EXPECT_GE(test::ms_since(start), 3900);
}

}  // namespace
}  // namespace aimem::chaos
