#include "tests/support/tcp_proxy.h"

#include "tests/support/eventually.h"
#include "tests/support/http.h"
#include "tests/support/mock_peer.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <thread>

namespace aimem::test {
namespace {

class TcpProxyTest : public ::testing::Test {
protected:
    Reply push(HttpClient& client) {
        return client.post("/api/v1/sync/push", nlohmann::json{{"n", 1}});
    }

    MockPeer server_{answers::empty_object()};
    TcpProxy proxy_{server_.port()};
    HttpClient patient_{proxy_.port(), Millis(5000)};
    HttpClient hasty_{proxy_.port(), Millis(100)};
};

TEST_F(TcpProxyTest, PassesBothWaysAndCounts) {
    EXPECT_EQ(push(patient_).status, 200);
    EXPECT_EQ(push(patient_).status, 200);
    const ProxyCounters seen = proxy_.counters();
    EXPECT_EQ(seen.connections, 1U);
    EXPECT_GT(seen.bytes_up, 0U);
    EXPECT_GT(seen.bytes_down, 0U);
    EXPECT_EQ(seen.bytes_held, 0U);
}

TEST_F(TcpProxyTest, AThrottledWireTakesItsTime) {
    const std::string text(4000, 'x');
    ASSERT_EQ(patient_.post("/api/v1/sync/push", nlohmann::json{{"text", text}}).status, 200);
    proxy_.throttle(16'000);
    const auto start = Clock::now();
    ASSERT_EQ(patient_.post("/api/v1/sync/push", nlohmann::json{{"text", text}}).status, 200);
    EXPECT_GE(ms_since(start), 200.0) << "4 kB at 16 kB/s";
    proxy_.throttle(0);
    EXPECT_EQ(push(patient_).status, 200);
}

TEST_F(TcpProxyTest, RefusesNewConnectionsAndResetsOpenOnes) {
    ASSERT_EQ(push(patient_).status, 200);
    proxy_.set(Fault::refuse);
    EXPECT_EQ(push(patient_).status, 0);
    EXPECT_GE(proxy_.counters().refusals, 1U);
    EXPECT_EQ(server_.pushes(), 1U);
    proxy_.heal();
    EXPECT_EQ(push(patient_).status, 200);
}

TEST_F(TcpProxyTest, ABlackHoleAcceptsAndSwallows) {
    proxy_.set(Fault::black_hole);
    EXPECT_EQ(push(hasty_).status, 0);
    EXPECT_EQ(server_.pushes(), 0U);
    EXPECT_GT(proxy_.counters().bytes_held, 0U);
}

TEST_F(TcpProxyTest, WhatABlackHoleHeldFlowsOnWhenHealed) {
    proxy_.set(Fault::black_hole);
    std::thread healer([this] {
        eventually(Millis(5000), [this] { return proxy_.counters().bytes_held > 0; });
        proxy_.heal();
    });
    EXPECT_EQ(push(patient_).status, 200);
    healer.join();
}

TEST_F(TcpProxyTest, DropDownLetsTheRequestThroughAndKeepsTheAnswer) {
    proxy_.set(Fault::drop_down);
    EXPECT_EQ(push(hasty_).status, 0);
    EXPECT_EQ(server_.pushes(), 1U);
    EXPECT_GT(proxy_.counters().bytes_held, 0U);
}

TEST_F(TcpProxyTest, DropUpKeepsTheRequest) {
    proxy_.set(Fault::drop_up);
    EXPECT_EQ(push(hasty_).status, 0);
    EXPECT_EQ(server_.pushes(), 0U);
}

TEST_F(TcpProxyTest, DelaysEachWay) {
    proxy_.delay(Millis(30));
    const auto start = Clock::now();
    EXPECT_EQ(push(patient_).status, 200);
    EXPECT_GE(ms_since(start), 60);
}

TEST_F(TcpProxyTest, ACutResetsWhatIsOpenAndLetsTheNextThrough) {
    ASSERT_EQ(push(patient_).status, 200);
    proxy_.cut();
    EXPECT_GE(proxy_.counters().refusals, 1U);
    HttpClient fresh(proxy_.port());
    EXPECT_EQ(push(fresh).status, 200);
}

TEST_F(TcpProxyTest, AServerThatIsDownLooksLikeAReset) {
    TcpProxy to_nowhere(1);  // nobody listens on port 1
    HttpClient client(to_nowhere.port(), Millis(2000));
    EXPECT_EQ(push(client).status, 0);
    EXPECT_GE(to_nowhere.counters().refusals, 1U);
}

}  // namespace
}  // namespace aimem::test
