#include "tests/support/mock_peer.h"

#include "tests/support/http.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem::test {
namespace {

Reply push_to(const MockPeer& peer) {
    HttpClient client(peer.port(), Millis(200));
    return client.post("/api/v1/sync/push", nlohmann::json{{"memories", {{{"id", "m1"}}}}});
}

TEST(MockPeer, AnswersPushesAsToldAndNothingElse) {
    const MockPeer peer(answers::skipped());
    EXPECT_EQ(push_to(peer).json().at("skipped"), 1);
    HttpClient client(peer.port());
    EXPECT_EQ(client.get("/api/v1/health").status, 404);
}

TEST(MockPeer, RecordsTheBodiesOfPushes) {
    const MockPeer peer(answers::empty_object());
    push_to(peer);
    ASSERT_EQ(peer.push_bodies().size(), 1U);
    EXPECT_NE(peer.push_bodies().front().find("\"m1\""), std::string::npos);
}

TEST(MockPeer, CanHangCloseAndCut) {
    EXPECT_EQ(push_to(MockPeer(answers::hang())).status, 0);
    EXPECT_EQ(push_to(MockPeer(answers::close_early())).status, 0);
    EXPECT_EQ(push_to(MockPeer(answers::cut_midway())).status, 0);
    EXPECT_EQ(push_to(MockPeer(answers::refusal(401))).status, 401);
}

TEST(MockPeer, ChangesItsMindWhileRunning) {
    MockPeer peer(answers::refusal(500));
    EXPECT_EQ(push_to(peer).status, 500);
    peer.on_push(answers::garbage());
    EXPECT_EQ(push_to(peer).status, 200);
    EXPECT_EQ(peer.pushes(), 2U);
}

}  // namespace
}  // namespace aimem::test
