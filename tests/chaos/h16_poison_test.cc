// H16: a pushed batch with rows that can never be stored: the good ones apply at once, the bad ones
// are named, nothing stalls, and what a later version would know survives the relay. The same for
// the lists of 0.6.3 is in tests/e2e/bad_input_test.
#include "tests/chaos/fake_node.h"
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>

namespace aimem::chaos {
namespace {

using nlohmann::json;

constexpr std::int64_t kPoisonStamp = 1'700'000'000'000'000'017;

struct Batch {
    std::vector<json> rows{};
    std::vector<std::size_t> ops{};  // in the ledger
    std::set<std::string> bad{};     // feed positions
    std::string from_the_future{};   // id
};

Batch poisoned(World& world, FakeNode& peer) {
    Batch out;
    for (int i = 0; i < 100; ++i) {
        const std::string subject = world.ledger.new_subject();
        const std::size_t op = world.ledger.begin(Verb::store, subject, 0);
        out.ops.push_back(op);
        std::string content = content_of(subject, op);
        if (i == 40) content += std::string(70'000, 'x');
        json more = json::object();
        if (i == 60) {
            more = {{"mood", {{"from", "2031"}}}, {"source", "telepathy"}};
            out.from_the_future = fake_id(i);
        }
        world.ledger.learn_id(subject, fake_id(i));
        json row =
            peer.memory(fake_id(i), title_of(subject), content, kPoisonStamp + i * 1000, more);
        if (i == 20) row["b"] = "no object";
        if (i == 80) row["st"] = 9;
        if (i % 20 == 0 && i != 0 && i != 60) out.bad.insert(row.at("q"));
        out.rows.push_back(std::move(row));
    }
    return out;
}

TEST(ChaosH16, ThreePoisonedRowsOfAHundredSpoilNothing) {
    World world(with_nodes(3, 2));
    FakeNode peer(1);
    world.mesh.isolate(0, Fault::refuse);  // for the control: nobody relays yet
    const Batch batch = poisoned(world, peer);
    const Reply reply = peer.push(world.mesh, 0, batch.rows);
    ASSERT_EQ(reply.status, 200) << reply.text();
    const json verdict = reply.json().at("repl");
    std::set<std::string> named;
    for (const json& one : verdict.at("rej")) {
        named.insert(one.at("q"));
        EXPECT_FALSE(one.value("why", "").empty()) << one;
    }
    EXPECT_EQ(named, batch.bad) << verdict;
    EXPECT_EQ(verdict.at("seen"), "100") << "the cursor stalls";
    for (std::size_t i = 0; i < batch.ops.size(); ++i) {
        Reply fate;
        fate.status = named.count(batch.rows[i].at("q")) != 0 ? 422 : 201;
        world.ledger.end(batch.ops[i], fate);
    }
    EXPECT_EQ(test::all_titles(world.mesh.http(0)).size(), 97U) << "all at once, the first time";
    world.expect_broken("D1", at_once());

    world.mesh.heal();
    world.expect_sound();
    for (std::size_t node = 0; node < world.mesh.size(); ++node) {
        const Reply rows = world.mesh.http(node).post("/api/v1/sync/rows",
                                                      {{"keys", {"m:" + batch.from_the_future}}});
        ASSERT_EQ(rows.status, 200) << rows.text();
        const json body = rows.json().at("ops").at(0).at("b");
        EXPECT_EQ(body.value("source", ""), "telepathy") << "node " << node;
        EXPECT_EQ(body.value("mood", json()), json({{"from", "2031"}})) << "node " << node;
    }

    const std::string later = world.ledger.new_subject();
    const std::size_t op = world.ledger.begin(Verb::store, later, 0);
    world.ledger.learn_id(later, fake_id(100));
    const Reply next = peer.push(world.mesh, 0,
                                 {peer.memory(fake_id(100), title_of(later), content_of(later, op),
                                              kPoisonStamp + 200'000)});
    world.ledger.end(op, next);
    EXPECT_EQ(next.json().at("repl").at("seen"), "101") << next.text();
    world.expect_sound();
}

}  // namespace
}  // namespace aimem::chaos
