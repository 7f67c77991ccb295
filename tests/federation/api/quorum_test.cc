// Every mutating route of a node whose only peer cannot be reached: committed here, and the client
// is told the truth.
#include "tests/federation/api/api_fixture.h"

#include <gtest/gtest.h>

namespace aimem::api {
namespace {

DriverOptions one_dead_peer(std::size_t needed) {
    DriverOptions options;
    options.policy = QuorumPolicy{2, needed, std::chrono::milliseconds(300)};
    options.peer_urls = {"http://127.0.0.1:1"};  // nobody listens there
    options.agent_id = "host:test";
    return options;
}

class QuorumApiTest : public ::testing::Test {
protected:
    std::string stored(const std::string& title) {
        StoreMemory op;
        op.title = title;
        op.content = "text";
        return node_.file().commit(Op(op)).value().id;
    }

    // The body of the refusal.
    static json missed(const http::Response& response) {
        EXPECT_EQ(response.status, 503) << response.body;
        EXPECT_EQ(response.header("retry-after"), "2");
        const json body = parsed(response);
        EXPECT_EQ(body.at("error"), "quorum_not_met");
        EXPECT_EQ(body.at("got"), 1);
        EXPECT_EQ(body.at("needed"), 2);
        EXPECT_FALSE(body.at("reason").get<std::string>().empty());
        EXPECT_FALSE(body.at("id").get<std::string>().empty());
        return body;
    }

    test::TempDir folder_;
    Node node_{folder_ / "node.db", one_dead_peer(2)};
};

TEST_F(QuorumApiTest, ACreateNamesTheCommittedRow) {
    const auto response = node_.ask(Verb::post, "/api/v1/memories", memory_named("kept"));
    const std::string id = missed(response).at("id");
    EXPECT_EQ(parsed(node_.ask(Verb::get, "/api/v1/memories/" + id)).at("title"), "kept");
}

TEST_F(QuorumApiTest, TheFiguresOfAMeshAreThere) {
    missed(node_.ask(Verb::post, "/api/v1/memories", memory_named("waiting")));
    const json push{{"sender_agent_id", "host:x"},
                    {"memories", json::array()},
                    {"repl",
                     {{"v", 1},
                      {"node", "11111111-2222-4333-8444-555555555555"},
                      {"epoch", "00000000000000ab"},
                      {"tag", 1},
                      {"now", "1"},
                      {"from", "0"},
                      {"to", "0"},
                      {"next_seq", "1"},
                      {"ops", json::array()}}}};
    EXPECT_EQ(node_.ask(Verb::post, "/api/v1/sync/push", push).status, 200);
    const std::string text = node_.ask(Verb::get, "/metrics").body;
    const std::string peer = "{peer=\"http://127.0.0.1:1\"} ";
    for (const std::string& figure :
         {"ai_memory_acks_total" + peer + "0", "ai_memory_peer_up" + peer + "0",
          "ai_memory_peer_lag" + peer + "1", "ai_memory_peer_lag_seconds" + peer,
          std::string("ai_memory_quorum_met_total 0"),
          std::string("ai_memory_quorum_failed_total{reason=\"timeout\"} "),
          std::string("ai_memory_quorum_failed_total{reason=\"unreachable\"} 1"),
          std::string("ai_memory_quorum_failed_total{reason=\"id_drift\"} 0"),
          std::string("ai_memory_peer_clock_offset_seconds{peer=\"11111111-"),
          std::string("ai_memory_commit_seconds_bucket{le=\"0.001\"} "),
          std::string("ai_memory_commit_jobs_sum "),
          std::string("ai_memory_parked_rows{direction=\"out\"} 0")})
        EXPECT_NE(text.find(figure), std::string::npos) << figure << '\n' << text;
}

TEST_F(QuorumApiTest, EveryVerbSaysIt) {
    const std::string a = stored("a");
    const std::string b = stored("b");
    const std::string one = "/api/v1/memories/" + a;
    const json ends{{"source_id", a}, {"target_id", b}};
    EXPECT_EQ(missed(node_.ask(Verb::put, one, json{{"content", "new"}})).at("id"), a);
    EXPECT_EQ(missed(node_.ask(Verb::post, one + "/promote")).at("id"), a);
    missed(node_.ask(Verb::post, "/api/v1/links", ends));
    missed(node_.ask(Verb::del, "/api/v1/links", ends));
    EXPECT_EQ(missed(node_.ask(Verb::post, "/api/v1/archive", json{{"ids", {b}}})).at("id"), b);
    EXPECT_EQ(missed(node_.ask(Verb::post, "/api/v1/archive/" + b + "/restore")).at("id"), b);
    EXPECT_EQ(missed(node_.ask(Verb::del, one)).at("id"), a);
}

TEST_F(QuorumApiTest, AGroupIsWaitedForOnceAndNamesAllItsRows) {
    const json rows{memory_named("x"), memory_named("y", {{"priority", 99}}), memory_named("z")};
    const json body = missed(node_.ask(Verb::post, "/api/v1/memories/bulk", rows));
    EXPECT_EQ(body.at("ids").size(), 2U);
    EXPECT_EQ(body.at("id"), body.at("ids").at(0));
    const auto& counters = node_.driver().counters();
    EXPECT_EQ(counters.failed_timeout + counters.failed_unreachable + counters.failed_id_drift, 1U);
}

TEST_F(QuorumApiTest, WhatChangesNothingNeedsNobody) {
    const std::string a = stored("a");
    const std::string b = stored("b");
    const json ends{{"source_id", a}, {"target_id", b}};
    EXPECT_EQ(node_.ask(Verb::del, "/api/v1/links", ends).status, 200);
    EXPECT_EQ(node_.ask(Verb::post, "/api/v1/archive", json{{"ids", {"nobody"}}}).status, 200);
    EXPECT_EQ(node_.ask(Verb::post, "/api/v1/memories/bulk", json::array()).status, 200);
    EXPECT_EQ(node_.ask(Verb::del, "/api/v1/memories/nobody").status, 404);
}

TEST_F(QuorumApiTest, WithOneCopyWantedTheAcksAreCounted) {
    Node alone(folder_ / "alone.db", one_dead_peer(1));
    const auto response = alone.ask(Verb::post, "/api/v1/memories", memory_named("mine"));
    ASSERT_EQ(response.status, 201) << response.body;
    EXPECT_EQ(parsed(response).at("quorum_acks"), 1);
}

TEST_F(QuorumApiTest, MetricsAndHealthTellOfIt) {
    node_.ask(Verb::post, "/api/v1/memories", memory_named("missed"));
    const std::string text = node_.ask(Verb::get, "/metrics").body;
    EXPECT_NE(text.find("# TYPE ai_memory_quorum_failed_total counter"), std::string::npos) << text;
    EXPECT_NE(text.find("ai_memory_quorum_met_total 0"), std::string::npos) << text;
    EXPECT_NE(text.find("ai_memory_peer_lag{peer=\"http://127.0.0.1:1\"} 1"), std::string::npos);
    EXPECT_NE(text.find("ai_memory_peer_up{peer="), std::string::npos);
    const json health = parsed(node_.ask(Verb::get, "/api/v1/health"));
    EXPECT_EQ(health.at("federation_enabled"), true);
    EXPECT_EQ(health.at("peers").at("total"), 1);
}

}  // namespace
}  // namespace aimem::api
