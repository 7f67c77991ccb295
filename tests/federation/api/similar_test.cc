// check_duplicate, contradictions, session/start: shapes of 0.6.3, and that they change nothing.
#include "tests/federation/api/api_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace aimem::api {
namespace {

class SimilarTest : public ApiTest {
protected:
    json asked(Verb verb, const std::string& target, const json& body, int status = 200) {
        const auto response =
            verb == Verb::get ? node_.ask(verb, target) : node_.ask(verb, target, body);
        EXPECT_EQ(response.status, status) << target << ' ' << response.body;
        return parsed(response);
    }
    json duplicate(const json& body, int status = 200) {
        return asked(Verb::post, "/api/v1/check_duplicate", body, status);
    }
    json session(const json& body, int status = 200) {
        return asked(Verb::post, "/api/v1/session/start", body, status);
    }
    json contradictions(const std::string& query, int status = 200) {
        return asked(Verb::get, "/api/v1/contradictions" + query, {}, status);
    }
};

TEST_F(SimilarTest, ADuplicateIsNamedAndAStrangerIsNot) {
    const std::string id =
        node_.store("rotate the signing keys", {{"content", "every ninety days, runbook in ops"}});
    const std::string before = node_.digest();
    json body = duplicate(
        {{"title", "rotate the signing keys"}, {"content", "every ninety days, runbook in ops"}});
    EXPECT_EQ(body.at("is_duplicate"), true) << body;
    EXPECT_EQ(body.at("suggested_merge"), id);
    EXPECT_EQ(body.at("nearest").at("id"), id);
    EXPECT_EQ(body.at("nearest").at("namespace"), "global");
    EXPECT_EQ(body.at("threshold"), 0.85);
    EXPECT_EQ(body.at("candidates_scanned"), 1);
    body = duplicate({{"title", "rotate"}, {"content", "the wheel of the bicycle"}});
    EXPECT_EQ(body.at("is_duplicate"), false);
    EXPECT_EQ(body.at("suggested_merge"), nullptr);
    body = duplicate({{"title", "rotate the signing keys"},
                      {"content", "every ninety days, runbook in ops"},
                      {"namespace", "elsewhere"}});
    EXPECT_EQ(body.at("nearest"), nullptr);
    EXPECT_EQ(body.at("is_duplicate"), false);
    EXPECT_EQ(node_.digest(), before);
}

TEST_F(SimilarTest, TheThresholdHasAFloor) {
    EXPECT_EQ(duplicate({{"title", "a"}, {"content", "b"}, {"threshold", 0.1}}).at("threshold"),
              0.5);
    EXPECT_EQ(duplicate({{"title", "a"}, {"content", "b"}, {"threshold", 0.9}}).at("threshold"),
              0.9);
    duplicate({{"title", "a"}, {"content", "b"}, {"threshold", "high"}}, 422);
    duplicate({{"title", "a"}}, 422);
    EXPECT_NE(duplicate({{"title", " "}, {"content", "b"}}, 400).dump().find("title"),
              std::string::npos);
    duplicate({{"title", "a"}, {"content", ""}}, 400);
    duplicate({{"title", "a"}, {"content", "b"}, {"namespace", "no good"}}, 400);
}

TEST_F(SimilarTest, MemoriesOfOneTopicThatDiffer) {
    const json about = {{"topic", "office"}};
    const std::string a =
        node_.store("where it is", {{"content", "Berlin"}, {"metadata", about}, {"priority", 9}});
    const std::string b = node_.store("office", {{"content", "Hamburg"}});
    const std::string c = node_.store("an address", {{"content", "Berlin"}, {"metadata", about}});
    node_.store("quite another", {{"content", "Munich"}});
    asked(Verb::post, "/api/v1/links",
          {{"source_id", c}, {"target_id", b}, {"relation", "contradicts"}}, 201);
    const json body = contradictions("?topic=office");
    ASSERT_EQ(body.at("memories").size(), 3U) << body;
    EXPECT_EQ(body.at("memories").at(0).at("id"), a) << "by rank";
    ASSERT_EQ(body.at("links").size(), 3U) << body;
    EXPECT_EQ(body.at("links").at(0), (json{{"source_id", c},
                                            {"target_id", b},
                                            {"relation", "contradicts"},
                                            {"synthesized", false}}));
    for (std::size_t i = 1; i < 3; ++i) {
        const json& pair = body.at("links").at(i);
        EXPECT_EQ(pair.at("synthesized"), true);
        EXPECT_TRUE(pair.at("source_id") == b || pair.at("target_id") == b)
            << "a and c say the same";
    }
    EXPECT_EQ(contradictions("?topic=office&limit=1").at("memories").size(), 1U);
    EXPECT_EQ(contradictions("?namespace=global").at("memories").size(), 4U);
    EXPECT_EQ(contradictions("?namespace=elsewhere").at("links").size(), 0U);
    EXPECT_NE(contradictions("", 400).dump().find("topic or namespace"), std::string::npos);
}

TEST_F(SimilarTest, ASessionBeginsWithWhatMattersAndTheRules) {
    const std::string low = node_.store("low", {{"namespace", "team/a"}, {"priority", 2}});
    const std::string high = node_.store("high", {{"namespace", "team/a"}, {"priority", 9}});
    const std::string rules = node_.store("rules", {{"namespace", "team/a"}, {"priority", 10}});
    asked(Verb::post, "/api/v1/namespaces", {{"namespace", "team/a"}, {"id", rules}}, 201);
    asked(Verb::post, "/api/v1/agents", {{"agent_id", "ai:x"}, {"agent_type", "human"}}, 201);
    json body = session({{"namespace", "team/a"}, {"agent_id", "ai:x"}});
    EXPECT_EQ(body.at("mode"), "session_start");
    EXPECT_EQ(body.at("agent_id"), "ai:x");
    EXPECT_EQ(body.at("session_id").get<std::string>().size(), 36U);
    EXPECT_EQ(body.at("count"), 2);
    ASSERT_EQ(body.at("memories").size(), 2U);
    EXPECT_EQ(body.at("memories").at(0).at("id"), high);
    EXPECT_EQ(body.at("memories").at(0).at("score"), 0.0);
    EXPECT_EQ(body.at("memories").at(1).at("id"), low);
    EXPECT_EQ(body.at("standard").at("id"), rules);
    EXPECT_FALSE(body.contains("standards"));
    EXPECT_EQ(session({{"namespace", "team/a"}, {"limit", 1}}).at("count"), 1);
    body = session(json::object());
    EXPECT_FALSE(body.contains("agent_id"));
    for (const json& memory : body.at("memories"))
        EXPECT_NE(memory.at("namespace"), "_agents") << "what the program keeps for itself";
    EXPECT_EQ(session({{"namespace", "_agents"}}).at("count"), 1) << "unless it is asked for";
    session({{"namespace", "no good"}}, 400);
    session({{"agent_id", "no good"}}, 400);
    session({{"limit", "many"}}, 422);
    EXPECT_EQ(node_.ask(Verb::post, "/api/v1/session/start").status, 415);
}

}  // namespace
}  // namespace aimem::api
