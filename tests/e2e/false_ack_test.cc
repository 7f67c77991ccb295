// Peers that answer without having stored anything. None of their answers may count toward a
// quorum; the control at the end shows that the same set-up does confirm a write when the peer's
// answer is honest.
#include "tests/e2e/e2e.h"
#include "tests/support/eventually.h"
#include "tests/support/mock_peer.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <thread>
#include <vector>

namespace aimem::test {
namespace {

using nlohmann::json;

// A peer of our kind by its looks: answers with a `repl` section made from the request's.
MockPeer::Script speaks_repl(json verdict) {
    return [verdict = std::move(verdict)](const HttpMessage& request) {
        const json body = json::parse(request.body, nullptr, false);
        if (request.first_line.rfind("POST /api/v1/sync/push", 0) != 0 || body.is_discarded())
            return answers::refusal(404);
        json repl = {{"v", 1},
                     {"node", "5f4dcc3b-5aa7-4d3c-8f0e-000000000001"},
                     {"epoch", "00000000000000aa"},
                     {"seen", "0"},
                     {"durable", true}};
        repl.update(verdict);
        return MockAnswer{200,
                          json{{"applied", 1}, {"noop", 0}, {"skipped", 0}, {"repl", repl}}.dump()};
    };
}

struct Lie {
    const char* name;
    MockAnswer answer;
    std::size_t writes_each = 10;
};

constexpr std::size_t kClients = 5;

// So many clients at once, each this many stores with titles of its own.
std::vector<Reply> store_from_all(const Mesh& mesh, std::size_t writes_each) {
    std::vector<Reply> replies(kClients * writes_each);
    std::vector<std::thread> clients;
    for (std::size_t k = 0; k < kClients; ++k) {
        clients.emplace_back([&, k] {
            HttpClient http = mesh.new_client(0);
            for (std::size_t n = k * writes_each; n < (k + 1) * writes_each; ++n)
                replies[n] = store(http, "w" + std::to_string(n));
        });
    }
    for (std::thread& client : clients) client.join();
    return replies;
}

class FalseAck : public ::testing::TestWithParam<Lie> {};

MeshOptions one_node_and(const MockPeer& peer, Millis timeout) {
    MeshOptions options;
    options.nodes = 1;
    options.writes = 2;
    options.quorum_timeout = timeout;
    options.extra_peers[0] = {peer.url()};
    return options;
}

TEST_P(FalseAck, NeverCounts) {
    const MockPeer peer(GetParam().answer);
    Mesh mesh(programs(), one_node_and(peer, Millis(300)));
    mesh.start_all();
    const auto replies = store_from_all(mesh, GetParam().writes_each);
    for (const Reply& reply : replies) ASSERT_NO_FATAL_FAILURE(expect_quorum_missed(reply, 1, 2));
    EXPECT_GE(peer.pushes(), 1U) << "the peer was never asked";
    EXPECT_EQ(all_titles(mesh.http(0)).size(), replies.size()) << "the local rows stay";
}

INSTANTIATE_TEST_SUITE_P(Lies, FalseAck,
                         ::testing::Values(Lie{"GarbageWith200", answers::garbage()},
                                           Lie{"AnArrayWith200", answers::json_array()},
                                           Lie{"SkippedWith200", answers::skipped()},
                                           Lie{"SomebodyElsesIds", answers::other_ids()},
                                           Lie{"NoAnswerAtAll", answers::hang(), 2},
                                           Lie{"ClosedWithoutAnswer", answers::close_early()},
                                           Lie{"AnswerCutMidway", answers::cut_midway()},
                                           Lie{"Unauthorised", answers::refusal(401)},
                                           Lie{"ServerError", answers::refusal(500)},
                                           Lie{"Overloaded", answers::refusal(429)},
                                           Lie{"Redirected", answers::refusal(302)}),
                         [](const auto& param_info) { return param_info.param.name; });

TEST(FalseAckControl, APlain2xxOfAnOldPeerDoesCount) {
    const MockPeer peer(answers::empty_object());
    Mesh mesh(programs(), one_node_and(peer, Millis(1000)));
    mesh.start_all();
    const Reply reply = store(mesh.http(0), "confirmed");
    EXPECT_EQ(reply.status, 201) << reply.text();
    ASSERT_GE(peer.pushes(), 1U);
    EXPECT_NE(peer.push_bodies().back().find("confirmed"), std::string::npos);
}

TEST(FalseAckControl, ALyingPeerBesideAnHonestOneDoesNoHarm) {
    const MockPeer peer(answers::skipped());
    MeshOptions options;
    options.nodes = 2;
    options.writes = 2;
    options.extra_peers[0] = {peer.url()};
    Mesh mesh(programs(), options);
    mesh.start_all();
    for (int i = 0; i < 20; ++i) stored_id(store(mesh.http(0), "w" + std::to_string(i)));
    ASSERT_TRUE(mesh.await_equal_digests(kHealWithin)) << mesh.describe();
    mesh.process(1).kill9();
    expect_quorum_missed(store(mesh.http(0), "only the liar is left"), 1, 2);
}

class HollowRepl : public ::testing::TestWithParam<std::pair<const char*, json>> {};

TEST_P(HollowRepl, NeverCounts) {
    MockPeer peer;
    peer.script(speaks_repl(GetParam().second));
    Mesh mesh(programs(), one_node_and(peer, Millis(300)));
    mesh.start_all();
    for (const Reply& reply : store_from_all(mesh, 2))
        ASSERT_NO_FATAL_FAILURE(expect_quorum_missed(reply, 1, 2));
    EXPECT_GE(peer.pushes(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Verdicts, HollowRepl,
    ::testing::Values(std::pair<const char*, json>{"NotDurable", {{"durable", false}}},
                      std::pair<const char*, json>{"NothingSeen", {{"seen", "0"}}},
                      std::pair<const char*, json>{"MistypedSeen", {{"seen", true}}},
                      std::pair<const char*, json>{"NegativeSeen", {{"seen", "-5"}}},
                      std::pair<const char*, json>{"MistypedDurable", {{"durable", "yes"}}},
                      std::pair<const char*, json>{"NoObject", json::object({{"rej", 5}})}),
    [](const auto& param_info) { return param_info.param.first; });

}  // namespace
}  // namespace aimem::test
