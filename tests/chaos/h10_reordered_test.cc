// H10: a recorded stream of pushes, replayed into an empty node shuffled, with a fifth of it
// doubled and a tenth of it long after the rest, leads to the state that the sender has.
#include "tests/chaos/world.h"
#include "tests/support/eventually.h"
#include "tests/support/mock_peer.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace aimem::chaos {
namespace {

using nlohmann::json;
using test::HttpMessage;
using test::MockAnswer;
using test::MockPeer;

// A peer of our kind that says that everything is on its disk.
MockAnswer agrees(const HttpMessage& request) {
    const json body = json::parse(request.body, nullptr, false);
    if (request.first_line.rfind("POST /api/v1/sync/push", 0) != 0 || body.is_discarded())
        return test::answers::refusal(404);
    const json in = body.value("repl", json::object());
    const std::string to = in.value("to", "0");
    const json repl = {{"v", 1},
                       {"node", "5f4dcc3b-5aa7-4d3c-8f0e-000000000001"},
                       {"epoch", "00000000000000aa"},
                       {"tag", 4},
                       {"done", {in.value("from", "0"), to}},
                       {"seen", to},
                       {"durable", true},
                       {"rej", json::array()}};
    MockAnswer out;
    out.body = json{{"applied", 1}, {"noop", 0}, {"skipped", 0}, {"repl", repl}}.dump();
    return out;
}

struct Recording {
    std::vector<std::string> pushes{};
    test::Digest digest{};
    std::size_t registers = 0;  // in all pushes together, repetitions included
    std::size_t distinct = 0;
};

void mixed_ops(World& world, std::size_t count) {
    auto subjects = world.driver.seed(0, 1);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string& one = subjects[world.random(subjects.size())];
        switch (world.random(8)) {
            case 0:
            case 1: world.driver.update(0, one); break;
            case 2: world.driver.remove(0, one); break;
            case 3: world.driver.archive(0, one); break;
            case 4: world.driver.restore(0, one); break;
            case 5: world.driver.link(0, one, subjects[world.random(subjects.size())]); break;
            default:
                subjects.push_back(world.ledger.new_subject());
                world.driver.store(0, subjects.back());
        }
    }
}

Recording record(std::size_t ops) {
    MockPeer peer;
    peer.script(agrees);
    MeshOptions options = with_nodes(1, 2);
    options.extra_peers[0] = {peer.url()};
    World world(options);
    mixed_ops(world, ops);
    Recording out;
    out.digest = world.mesh.digest(0);
    std::set<std::string> keys;
    for (const std::string& text : peer.push_bodies()) {
        const json body = json::parse(text);
        if (!body.contains("repl") || body["repl"]["ops"].empty()) continue;
        for (const json& op : body["repl"]["ops"]) {
            ++out.registers;
            keys.insert(op.at("k"));
        }
        out.pushes.push_back(text);
    }
    out.distinct = keys.size();
    EXPECT_GT(world.ledger.count(Status::acked), ops / 3);
    return out;
}

Reply replay(World& world, const std::string& push) {
    test::Request request;
    request.method = "POST";
    request.target = "/api/v1/sync/push";
    request.headers = {{"Content-Type", "application/json"}};
    request.body = push;
    return world.mesh.http(0).send(request);
}

std::vector<std::string> disordered(const std::vector<std::string>& pushes, std::mt19937& rng) {
    std::vector<std::string> out = pushes;
    for (const std::string& push : pushes)
        if (rng() % 5 == 0) out.push_back(push);
    std::shuffle(out.begin(), out.end(), rng);
    return out;  // its last tenth is what comes long after the rest
}

TEST(ChaosH10, AShuffledAndDoubledStreamLeadsToTheSameState) {
    const Recording recorded = record(sized(150, 900));
    ASSERT_GT(recorded.pushes.size(), 50U) << "too little was recorded";
    EXPECT_GT(recorded.registers, recorded.distinct) << "no register was written twice";
    for (std::size_t round = 0; round < sized(3, 100); ++round) {
        World world(with_nodes(1, 1));
        const auto stream = disordered(recorded.pushes, world.rng);
        std::size_t repeated = 0;
        for (std::size_t i = 0; i < stream.size(); ++i) {
            if (i == stream.size() / 2) {  // the control: half of it is not enough
                EXPECT_NE(world.mesh.digest(0).hash, recorded.digest.hash);
            }
            const Reply reply = replay(world, stream[i]);
            ASSERT_EQ(reply.status, 200) << reply.text() << "seed " << world.seed;
            repeated += reply.json().value("noop", std::size_t{0});
            EXPECT_EQ(reply.json().value("skipped", 1), 0) << reply.text();
        }
        EXPECT_EQ(world.mesh.digest(0).hash, recorded.digest.hash) << "seed " << world.seed;
        EXPECT_EQ(world.mesh.digest(0).count, recorded.digest.count);
        EXPECT_GT(repeated, 0U) << "repetitions are told as such";
    }
}

}  // namespace
}  // namespace aimem::chaos
