#include "tests/federation/api/api_fixture.h"

#include <gtest/gtest.h>

namespace aimem::api {
namespace {

using BulkTest = ApiTest;

TEST_F(BulkTest, AnArrayAndAWrappedArrayAreBothStored) {
    const json rows{memory_named("one"), memory_named("two")};
    const json bare = parsed(node_.ask(Verb::post, kBulk, rows));
    EXPECT_EQ(bare.at("created"), 2);
    EXPECT_EQ(bare.at("count"), 2);
    EXPECT_TRUE(bare.at("errors").empty());
    const json wrapped = parsed(node_.ask(Verb::post, kBulk, json{{"memories", rows}}));
    EXPECT_EQ(wrapped.at("ids"), bare.at("ids")) << "the same titles keep their ids";
    EXPECT_EQ(wrapped.at("results").at(0).at("existed"), true);
}

TEST_F(BulkTest, ABadRowIsNamedAndDoesNotSinkTheOthers) {
    json rows = json::array();
    for (int i = 0; i < 6; ++i) rows.push_back(memory_named("row " + std::to_string(i)));
    rows[1]["priority"] = 99;
    rows[2] = "no memory at all";
    rows[4]["tags"] = "a,b";
    const auto response = node_.ask(Verb::post, kBulk, rows);
    ASSERT_EQ(response.status, 200) << response.body;
    const json body = parsed(response);
    EXPECT_EQ(body.at("created"), 3);
    ASSERT_EQ(body.at("errors").size(), 3U);
    EXPECT_EQ(body.at("errors").at(0).get<std::string>().find("row 1: priority"), 0U) << body;
    ASSERT_EQ(body.at("results").size(), 6U);
    for (const std::size_t good : {0U, 3U, 5U}) {
        const std::string id = body.at("results").at(good).at("id");
        const json stored = parsed(node_.ask(Verb::get, "/api/v1/memories/" + id));
        EXPECT_EQ(stored.at("title"), rows[good].at("title"));
    }
    for (const std::size_t bad : {1U, 2U, 4U})
        EXPECT_TRUE(body.at("results").at(bad).contains("error"));
}

TEST_F(BulkTest, EachRowKeepsItsAuthorAndScope) {
    auto request = request_to(
        Verb::post, kBulk,
        json{memory_named("a", {{"agent_id", "ai:a"}, {"scope", "team"}}), memory_named("b")}
            .dump());
    request.headers.emplace_back("x-agent-id", "ai:header");
    const json ids = parsed(node_.ask(std::move(request))).at("ids");
    const auto metadata = [&](std::size_t i) {
        return parsed(node_.ask(Verb::get, "/api/v1/memories/" + ids.at(i).get<std::string>()))
            .at("metadata");
    };
    EXPECT_EQ(metadata(0).at("agent_id"), "ai:a");
    EXPECT_EQ(metadata(0).at("scope"), "team");
    EXPECT_EQ(metadata(1).at("agent_id"), "ai:header");
}

TEST_F(BulkTest, AThousandRowsAreOneRequest) {
    json rows = json::array();
    for (int i = 0; i < 1000; ++i) rows.push_back(memory_named("row " + std::to_string(i)));
    const json body = parsed(node_.ask(Verb::post, kBulk, rows));
    EXPECT_EQ(body.at("created"), 1000);
    EXPECT_EQ(parsed(node_.ask(Verb::get, "/api/v1/stats")).at("total"), 1000);
}

TEST_F(BulkTest, NothingToStoreIsNoError) {
    const auto response = node_.ask(Verb::post, kBulk, json::array());
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(parsed(response).at("created"), 0);
}

}  // namespace
}  // namespace aimem::api
