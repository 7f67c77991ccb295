// recall, search, links, stats: shapes, and that reading changes nothing.
#include "tests/federation/api/api_fixture.h"

#include <gtest/gtest.h>

#include <cmath>

namespace aimem::api {
namespace {

class ReadsTest : public ApiTest {
protected:
    void SetUp() override {
        zebra_ = node_.store("zebra herd", {{"tags", {"animal"}}, {"namespace", "zoo/africa"}});
        node_.store("invoice for march", {{"namespace", "office"}});
    }

    std::string zebra_;
};

TEST_F(ReadsTest, RecallAnswersTheSameByQueryAndByBody) {
    const json by_query = parsed(node_.ask(Verb::get, "/api/v1/recall?context=zebra&limit=5"));
    const json by_body = parsed(node_.ask(Verb::post, "/api/v1/recall",
                                          json{{"context", "zebra"}, {"namespace", nullptr}}));
    for (const json& body : {by_query, by_body}) {
        ASSERT_EQ(body.at("count"), 1) << body;
        EXPECT_EQ(body.at("memories").at(0).at("id"), zebra_);
        EXPECT_TRUE(body.at("memories").at(0).at("score").is_number());
        EXPECT_GT(body.at("tokens_used"), 0);
        EXPECT_EQ(body.at("mode"), "keyword");
        EXPECT_FALSE(body.contains("budget_tokens"));
    }
}

TEST_F(ReadsTest, ABudgetIsEchoedAndKept) {
    const json body = parsed(node_.ask(Verb::get, "/api/v1/recall?context=zebra&budget_tokens=1"));
    EXPECT_EQ(body.at("budget_tokens"), 1);
    EXPECT_LE(body.at("tokens_used"), 1);
}

TEST_F(ReadsTest, ScoresHaveThreeDecimals) {
    const json body = parsed(node_.ask(Verb::get, "/api/v1/recall?context=zebra"));
    const double score = body.at("memories").at(0).at("score").get<double>() * 1000.0;
    EXPECT_NEAR(score, std::round(score), 1e-6);
}

TEST_F(ReadsTest, SearchNamesItsRowsTwiceForTwoClients) {
    const json body = parsed(node_.ask(Verb::get, "/api/v1/search?q=zebra+herd"));
    EXPECT_EQ(body.at("query"), "zebra herd");
    EXPECT_EQ(body.at("count"), 1);
    EXPECT_EQ(body.at("results"), body.at("memories"));
    EXPECT_EQ(body.at("results").at(0).at("id"), zebra_);
    EXPECT_EQ(parsed(node_.ask(Verb::get, "/api/v1/search?q=zebra&namespace=office")).at("count"),
              0);
}

TEST_F(ReadsTest, HostileSyntaxIsOnlyText) {
    for (const char* text : {"%22NEAR%28*%20AND%20%29%20%5E%3A%20-", "%22%20OR%20*%20%29%28",
                             "NOT%20col%3Ax%20zebra*", "%27%3B--"}) {
        EXPECT_EQ(node_.ask(Verb::get, std::string("/api/v1/search?q=") + text).status, 200)
            << text;
        EXPECT_EQ(node_.ask(Verb::get, std::string("/api/v1/recall?context=") + text).status, 200);
    }
}

TEST_F(ReadsTest, ReadingChangesNothingThatReplicates) {
    const std::string before = node_.digest();
    for (const char* target :
         {"/api/v1/recall?context=zebra", "/api/v1/search?q=zebra", "/api/v1/memories",
          "/api/v1/stats", "/api/v1/sync/since", "/api/v1/sync/digest", "/api/v1/sync/changes",
          "/api/v1/sync/peers", "/api/v1/sync/parked", "/api/v1/archive", "/api/v1/archive/stats",
          "/metrics"})
        EXPECT_EQ(node_.ask(Verb::get, target).status, 200) << target;
    node_.file().flush();
    EXPECT_EQ(node_.digest(), before);
}

TEST_F(ReadsTest, AllReadsAnswerHead) {
    EXPECT_EQ(node_.ask(Verb::head, "/api/v1/memories/" + zebra_).status, 200);
}

TEST_F(ReadsTest, LinksAreMadeShownAndRemoved) {
    const std::string other = node_.store("other");
    const json link{{"source_id", zebra_}, {"target_id", other}, {"relation", "supersedes"}};
    const auto made = node_.ask(Verb::post, "/api/v1/links", link);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(parsed(made).at("linked"), true);
    EXPECT_EQ(parsed(made).at("relation"), "supersedes");
    EXPECT_EQ(parsed(made).at("source_id"), zebra_);
    EXPECT_EQ(node_.ask(Verb::post, "/api/v1/links", link).status, 201) << "again is no mistake";
    for (const std::string& end : {zebra_, other}) {
        const json shown = parsed(node_.ask(Verb::get, "/api/v1/links/" + end));
        EXPECT_EQ(shown.at("count"), 1);
        EXPECT_EQ(shown.at("links").at(0).at("relation"), "supersedes");
    }
    const json ends{{"source_id", zebra_}, {"target_id", other}};
    EXPECT_EQ(parsed(node_.ask(Verb::del, "/api/v1/links", ends)).at("deleted"), true);
    EXPECT_EQ(parsed(node_.ask(Verb::del, "/api/v1/links", ends)).at("deleted"), false);
    EXPECT_EQ(parsed(node_.ask(Verb::get, "/api/v1/links/nobody")).at("count"), 0);
}

TEST_F(ReadsTest, StatsCountWhatIsThere) {
    const json body = parsed(node_.ask(Verb::get, "/api/v1/stats"));
    EXPECT_EQ(body.at("total"), 2);
    EXPECT_EQ(body.at("by_tier"), (json{{{"tier", "mid"}, {"count", 2}}}));
    EXPECT_EQ(body.at("by_namespace").size(), 2U);
    EXPECT_EQ(body.at("links_count"), 0);
    EXPECT_EQ(body.at("expiring_soon"), 0);
    EXPECT_GT(body.at("db_size_bytes"), 0);
}

}  // namespace
}  // namespace aimem::api
