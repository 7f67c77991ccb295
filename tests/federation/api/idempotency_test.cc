// Idempotency-Key: one effect and one answer, however often a request comes.
#include "tests/federation/api/api_fixture.h"

#include <gtest/gtest.h>

namespace aimem::api {
namespace {

class IdempotencyTest : public ApiTest {
protected:
    static http::Response once(Node& node, const std::string& key, Verb verb,
                               const std::string& target, const json& body = nullptr,
                               const std::string& agent = "ai:alice") {
        auto request = request_to(verb, target, body.is_null() ? std::string() : body.dump());
        request.headers.emplace_back("x-agent-id", agent);
        if (!key.empty()) request.headers.emplace_back("idempotency-key", key);
        return node.ask(std::move(request));
    }
    http::Response once(const std::string& key, Verb verb, const std::string& target,
                        const json& body = nullptr, const std::string& agent = "ai:alice") {
        return once(node_, key, verb, target, body, agent);
    }
};

TEST_F(IdempotencyTest, EveryVerbAnswersARepeatedRequestAsBeforeAndDoesNothing) {
    const std::string a = node_.store("a", {{"namespace", "team/x"}});
    const std::string b = node_.store("b", {{"namespace", "team/x"}});
    const std::string c = node_.store("c", {{"namespace", "team/x"}});
    const json ends{{"source_id", a}, {"target_id", b}, {"relation", "related_to"}};
    struct Step {
        Verb verb;
        std::string target;
        json body;
        int status;
    };
    const std::vector<Step> steps{
        {Verb::post, kMemories, memory_named("new"), 201},
        {Verb::put, kMemories + "/" + a, {{"content", "changed"}}, 200},
        {Verb::post, kMemories + "/" + a + "/promote", nullptr, 200},
        {Verb::post, kMemories + "/" + a + "/promote", {{"to_namespace", "team"}}, 200},
        {Verb::post, kMemories + "/bulk", {memory_named("x"), memory_named("y")}, 200},
        {Verb::post, "/api/v1/links", ends, 201},
        {Verb::post, "/api/v1/kg/invalidate", ends, 200},
        {Verb::del, "/api/v1/links", ends, 200},
        {Verb::post, "/api/v1/archive", {{"ids", {c}}}, 200},
        {Verb::post, "/api/v1/archive/" + c + "/restore", nullptr, 200},
        {Verb::del, kMemories + "/" + c, nullptr, 200},
        {Verb::del, kMemories + "/" + c + "0", nullptr, 404},
        {Verb::post, "/api/v1/entities", {{"canonical_name", "E"}, {"namespace", "x"}}, 201},
        {Verb::post, "/api/v1/agents", {{"agent_id", "z"}, {"agent_type", "human"}}, 201},
        {Verb::post,
         "/api/v1/notify",
         {{"target_agent_id", "z"}, {"title", "t"}, {"payload", "p"}},
         201},
        {Verb::post, "/api/v1/subscriptions", {{"namespace", "team"}}, 201},
        {Verb::del, "/api/v1/subscriptions?namespace=team", nullptr, 200},
        {Verb::post, "/api/v1/namespaces", {{"namespace", "n"}, {"content", "rules"}}, 201},
        {Verb::del, "/api/v1/namespaces?namespace=n", nullptr, 200},
        {Verb::post,
         "/api/v1/consolidate",
         {{"ids", {a, b}}, {"title", "both"}, {"summary", "s"}},
         201},
        {Verb::post, "/api/v1/forget", {{"namespace", "n"}}, 200},
        {Verb::del, "/api/v1/archive", nullptr, 200},
        {Verb::post, "/api/v1/gc", nullptr, 200},
    };
    int at = 0;
    for (const Step& step : steps) {
        SCOPED_TRACE(step.target + " " + step.body.dump());
        const std::string key = "step-" + std::to_string(at++);
        const auto first = once(key, step.verb, step.target, step.body);
        EXPECT_EQ(first.status, step.status) << first.body;
        EXPECT_TRUE(first.header("x-operation-id"));
        const std::string state = node_.digest();
        const auto second = once(key, step.verb, step.target, step.body);
        EXPECT_EQ(second.status, first.status);
        EXPECT_EQ(second.body, first.body);
        EXPECT_EQ(node_.digest(), state);
    }
}

TEST_F(IdempotencyTest, AnotherBodyUnderTheSameKeyIsRefused) {
    ASSERT_EQ(once("k", Verb::post, kMemories, memory_named("a")).status, 201);
    const std::string state = node_.digest();
    const auto refused = once("k", Verb::post, kMemories, memory_named("b"));
    EXPECT_EQ(refused.status, 422);
    EXPECT_NE(parsed(refused).at("error").get<std::string>().find("Idempotency-Key"),
              std::string::npos);
    EXPECT_EQ(once("k", Verb::post, kMemories + "/bulk", json::array({memory_named("c")})).status,
              200)
        << "another path is another request";
    EXPECT_EQ(once("k", Verb::post, kMemories, memory_named("d"), "ai:bob").status, 201)
        << "another agent is another caller";
    EXPECT_NE(node_.digest(), state);
}

TEST_F(IdempotencyTest, WithoutAKeyEveryRequestCounts) {
    const json wish{{"target_agent_id", "z"}, {"title", "t"}, {"payload", "p"}};
    once("", Verb::post, "/api/v1/notify", wish);
    once("", Verb::post, "/api/v1/notify", wish);
    EXPECT_EQ(parsed(node_.ask(Verb::get, "/api/v1/inbox?agent_id=z")).at("count"), 2);
}

TEST_F(IdempotencyTest, APushIsNeverTakenForARepetition) {
    const auto push = [&](const char* id, const char* title) {
        json memory = parsed(node_.ask(Verb::get, kMemories + "/" + node_.store("model")));
        memory.erase("links");
        memory.erase("memory");
        memory["id"] = id;
        memory["title"] = title;
        auto request = request_to(
            Verb::post, "/api/v1/sync/push",
            json{{"sender_agent_id", "host:old"}, {"memories", json::array({memory})}}.dump());
        request.headers.emplace_back("idempotency-key", "same");
        return parsed(node_.ask(std::move(request))).at("applied");
    };
    EXPECT_EQ(push("11111111-1111-4111-8111-111111111111", "one"), 1);
    EXPECT_EQ(push("22222222-2222-4222-8222-222222222222", "two"), 1);
}

TEST_F(IdempotencyTest, ItHoldsOverARestartAndA503) {
    DriverOptions dead;
    dead.policy = QuorumPolicy{2, 2, std::chrono::milliseconds(200)};
    dead.peer_urls = {"http://127.0.0.1:1"};
    dead.agent_id = "host:test";
    const std::string file = folder_ / "dead.db";
    const json wish = memory_named("kept");
    std::string state;
    std::string id;
    {
        Node node(file, dead);
        const auto first = once(node, "k", Verb::post, kMemories, wish);
        EXPECT_EQ(first.status, 503) << first.body;
        id = parsed(first).at("id");
        state = node.digest();
        const auto second = once(node, "k", Verb::post, kMemories, wish);
        EXPECT_EQ(second.status, 503) << "W copies are still missing";
        EXPECT_EQ(parsed(second).at("id"), id);
        const std::string operation(first.header("x-operation-id").value_or(""));
        const json spread = parsed(node.ask(Verb::get, "/api/v1/ops/" + operation));
        EXPECT_EQ(spread.at("copies"), 1);
        EXPECT_EQ(spread.at("met"), false);
        EXPECT_EQ(spread.at("peers").at(0).at("acked"), false);
        EXPECT_EQ(parsed(node.ask(Verb::get, "/api/v1/ops/" + id)).at("rows"), 1);
        EXPECT_EQ(node.ask(Verb::get, "/api/v1/ops/nobody").status, 404);
    }
    Node node(file);
    const auto third = once(node, "k", Verb::post, kMemories, wish);
    EXPECT_EQ(third.status, 201);
    EXPECT_EQ(parsed(third).at("id"), id);
    EXPECT_EQ(node.digest(), state);
}

}  // namespace
}  // namespace aimem::api
