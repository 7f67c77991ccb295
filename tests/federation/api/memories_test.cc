#include "tests/federation/api/api_fixture.h"

#include <gtest/gtest.h>

namespace aimem::api {
namespace {

using MemoriesTest = ApiTest;

TEST_F(MemoriesTest, ACreateAnswersWithTheFiveFieldsAndNoAcksWithoutPeers) {
    const auto response = node_.ask(Verb::post, kMemories,
                                    memory_named("keys", {{"tier", "short"},
                                                          {"namespace", "team/ops"},
                                                          {"agent_id", "ai:alice"},
                                                          {"unknown", 5}}));
    ASSERT_EQ(response.status, 201) << response.body;
    const json body = parsed(response);
    EXPECT_EQ(body.at("tier"), "short");
    EXPECT_EQ(body.at("namespace"), "team/ops");
    EXPECT_EQ(body.at("title"), "keys");
    EXPECT_EQ(body.at("agent_id"), "ai:alice");
    EXPECT_FALSE(body.at("id").get<std::string>().empty());
    EXPECT_FALSE(body.contains("quorum_acks"));
    EXPECT_FALSE(body.contains("potential_contradictions"));
}

TEST_F(MemoriesTest, TheAuthorIsTheBodysElseTheHeadersElseTheMetadatasElseAnonymous) {
    const auto author = [this](const json& more, const std::string& header) {
        static int number = 0;
        auto request = request_to(Verb::post, kMemories,
                                  memory_named("by " + std::to_string(++number), more).dump());
        if (!header.empty()) request.headers.emplace_back("x-agent-id", header);
        const json body = parsed(node_.ask(std::move(request)));
        const json stored =
            parsed(node_.ask(Verb::get, kMemories + "/" + body.at("id").get<std::string>()));
        EXPECT_EQ(stored.at("metadata").at("agent_id"), body.at("agent_id"));
        return body.at("agent_id").get<std::string>();
    };
    const json metadata{{"metadata", {{"agent_id", "ai:meta"}}}};
    EXPECT_EQ(author({{"agent_id", "ai:body"}}, "ai:header"), "ai:body");
    EXPECT_EQ(author(metadata, "ai:header"), "ai:header");
    EXPECT_EQ(author(metadata, ""), "ai:meta");
    EXPECT_EQ(author(json::object(), "caf\xc3\xa9").substr(0, 14), "anonymous:req-");
    EXPECT_EQ(author(json::object(), "").size(), std::string("anonymous:req-01234567").size());
}

TEST_F(MemoriesTest, StoringATitleAgainKeepsTheIdAndNeverNamesItselfAContradiction) {
    const std::string id = node_.store("rotate the signing keys");
    const std::string similar = node_.store("rotate the signing keys often");
    const auto again = node_.ask(Verb::post, kMemories, memory_named("rotate the signing keys"));
    EXPECT_EQ(again.status, 201);
    const json body = parsed(again);
    EXPECT_EQ(body.at("id"), id);
    EXPECT_EQ(body.at("potential_contradictions"), json::array({similar}));
}

TEST_F(MemoriesTest, AGetIsFlatAndWrappedAtOnceAndTakesAUniquePrefix) {
    const std::string a = node_.store("a");
    const std::string b = node_.store("b");
    const json link{{"source_id", a}, {"target_id", b}};
    ASSERT_EQ(node_.ask(Verb::post, "/api/v1/links", link).status, 201);
    const auto response = node_.ask(Verb::get, kMemories + "/" + a.substr(0, 13));
    ASSERT_EQ(response.status, 200) << response.body;
    const json body = parsed(response);
    EXPECT_EQ(body.at("id"), a);
    EXPECT_EQ(body.at("memory").at("id"), a);
    EXPECT_EQ(body.at("memory").size(), body.size() - 2);
    ASSERT_EQ(body.at("links").size(), 1U);
    EXPECT_EQ(body.at("links").at(0).at("target_id"), b);
}

TEST_F(MemoriesTest, AListIsFilteredAndPaged) {
    for (int i = 1; i <= 5; ++i)
        node_.store("m" + std::to_string(i), {{"priority", i},
                                              {"namespace", i % 2 == 0 ? "even" : "odd"},
                                              {"tier", i == 5 ? "long" : "mid"},
                                              {"agent_id", i == 1 ? "ai:one" : "ai:other"},
                                              {"tags", {"t" + std::to_string(i)}}});
    const auto titles = [this](const std::string& query) {
        const auto response = node_.ask(Verb::get, kMemories + query);
        EXPECT_EQ(response.status, 200) << query << ": " << response.body;
        const json body = parsed(response);
        EXPECT_EQ(body.at("count"), body.at("memories").size());
        std::string all;
        for (const json& memory : body.at("memories")) all += memory.at("title");
        return all;
    };
    EXPECT_EQ(titles(""), "m5m4m3m2m1");
    EXPECT_EQ(titles("?limit=2&offset=1&unknown=x"), "m4m3");
    EXPECT_EQ(titles("?limit=0"), "");
    EXPECT_EQ(titles("?limit=99999"), "m5m4m3m2m1");
    EXPECT_EQ(titles("?namespace=even"), "m4m2");
    EXPECT_EQ(titles("?tier=long"), "m5");
    EXPECT_EQ(titles("?min_priority=4"), "m5m4");
    EXPECT_EQ(titles("?tags=t3"), "m3");
    EXPECT_EQ(titles("?agent_id=ai%3Aone"), "m1");
    EXPECT_EQ(titles("?since=2001-01-01T00:00:00Z&until=2002-01-01T00:00:00Z"), "");
}

TEST_F(MemoriesTest, AnUpdateIsExactAndAnswersWithTheBareMemory) {
    const std::string id = node_.store("old", {{"priority", 9}, {"tier", "short"}});
    const json change{{"title", "new"}, {"priority", 1}, {"expires_at", nullptr}};
    const auto response = node_.ask(Verb::put, kMemories + "/" + id, change);
    ASSERT_EQ(response.status, 200) << response.body;
    const json body = parsed(response);
    EXPECT_EQ(body.at("id"), id);
    EXPECT_EQ(body.at("title"), "new");
    EXPECT_EQ(body.at("priority"), 1);
    EXPECT_FALSE(body.contains("expires_at"));
    EXPECT_FALSE(body.contains("memory"));
}

TEST_F(MemoriesTest, AnEmptyUpdateIsAcceptedAndRenewsTheTimestamp) {
    const std::string id = node_.store("same");
    const json before = parsed(node_.ask(Verb::get, kMemories + "/" + id)).at("memory");
    const auto response = node_.ask(Verb::put, kMemories + "/" + id, json::object());
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_GT(parsed(response).at("updated_at"), before.at("updated_at"));
}

TEST_F(MemoriesTest, ATakenTitleIsAConflictThatNamesItsHolder) {
    const std::string holder = node_.store("taken");
    const std::string id = node_.store("other");
    const std::string before = node_.digest();
    const auto response = node_.ask(Verb::put, kMemories + "/" + id, json{{"title", "taken"}});
    EXPECT_EQ(response.status, 409);
    EXPECT_NE(response.body.find(holder), std::string::npos) << response.body;
    EXPECT_EQ(node_.digest(), before);
}

TEST_F(MemoriesTest, AnAmbiguousPrefixIsRefusedWithTheCandidates) {
    const std::string first = node_.store("first");
    std::string second;
    for (int i = 0; second.empty() && i < 200; ++i) {
        const std::string id = node_.store("n" + std::to_string(i));
        if (id[0] == first[0]) second = id;
    }
    ASSERT_FALSE(second.empty());
    const auto response = node_.ask(Verb::get, kMemories + "/" + first.substr(0, 1));
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(response.body.find("ambiguous ID prefix"), std::string::npos) << response.body;
}

TEST_F(MemoriesTest, APromotionTellsTheMemoryAndThatItIsPromoted) {
    const std::string id = node_.store("short-lived", {{"tier", "short"}});
    const auto response = node_.ask(Verb::post, kMemories + "/" + id + "/promote");
    ASSERT_EQ(response.status, 200) << response.body;
    const json body = parsed(response);
    EXPECT_EQ(body.at("promoted"), true);
    EXPECT_EQ(body.at("id"), id);
    EXPECT_EQ(body.at("tier"), "long");
    EXPECT_EQ(body.at("title"), "short-lived");
    EXPECT_FALSE(body.contains("expires_at"));
}

TEST_F(MemoriesTest, ADeletedMemoryIsGone) {
    const std::string id = node_.store("gone");
    const auto response = node_.ask(Verb::del, kMemories + "/" + id);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(parsed(response).at("deleted"), true);
    EXPECT_EQ(node_.ask(Verb::get, kMemories + "/" + id).status, 404);
    EXPECT_EQ(node_.ask(Verb::del, kMemories + "/" + id).status, 404);
}

}  // namespace
}  // namespace aimem::api
