#include "tests/federation/api/api_fixture.h"

#include <gtest/gtest.h>

namespace aimem::api {
namespace {

using ArchiveTest = ApiTest;

TEST_F(ArchiveTest, SeveralIdsAreArchivedAtOnceAndTheUnknownOnesNamed) {
    const std::string a = node_.store("a", {{"tags", {"x"}}});
    const std::string b = node_.store("b");
    const json body = parsed(
        node_.ask(Verb::post, kArchive, json{{"ids", {a, "nobody", b, a}}, {"reason", "tidy"}}));
    EXPECT_EQ(body.at("archived"), json({a, b}));
    EXPECT_EQ(body.at("missing"), json::array({"nobody"}));
    EXPECT_EQ(body.at("count"), 2);
    EXPECT_EQ(body.at("reason"), "tidy");
    EXPECT_EQ(node_.ask(Verb::get, "/api/v1/memories/" + a).status, 404);

    const json list = parsed(node_.ask(Verb::get, kArchive));
    EXPECT_EQ(list.at("count"), 2);
    const json& row = list.at("archived").at(0);
    EXPECT_EQ(row.at("archive_reason"), "tidy");
    EXPECT_TRUE(row.contains("archived_at"));
    EXPECT_TRUE(row.at("last_accessed_at").is_null());
}

TEST_F(ArchiveTest, ARestoredMemoryIsBack) {
    const std::string id = node_.store("a");
    ASSERT_EQ(node_.ask(Verb::post, kArchive, json{{"ids", {id}}}).status, 200);
    const auto response = node_.ask(Verb::post, kArchive + "/" + id + "/restore");
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(parsed(response), (json{{"restored", true}, {"id", id}}));
    EXPECT_EQ(node_.ask(Verb::get, "/api/v1/memories/" + id).status, 200);
    EXPECT_EQ(parsed(node_.ask(Verb::get, kArchive)).at("count"), 0);
}

TEST_F(ArchiveTest, ARestoreWhoseTitleIsTakenIsAConflict) {
    const std::string id = node_.store("a");
    ASSERT_EQ(node_.ask(Verb::post, kArchive, json{{"ids", {id}}}).status, 200);
    node_.store("a");
    EXPECT_EQ(node_.ask(Verb::post, kArchive + "/" + id + "/restore").status, 409);
}

TEST_F(ArchiveTest, NoIdsArchiveNothing) {
    const std::string before = node_.digest();
    const json body = parsed(node_.ask(Verb::post, kArchive, json{{"ids", json::array()}}));
    EXPECT_EQ(body.at("count"), 0);
    EXPECT_EQ(node_.digest(), before);
}

TEST_F(ArchiveTest, StatsCountByNamespaceTheFullestFirst) {
    json ids = json::array();
    for (int i = 0; i < 3; ++i)
        ids.push_back(node_.store("m" + std::to_string(i), {{"namespace", i == 0 ? "a" : "b"}}));
    ASSERT_EQ(node_.ask(Verb::post, kArchive, json{{"ids", ids}}).status, 200);
    const json body = parsed(node_.ask(Verb::get, kArchive + "/stats"));
    EXPECT_EQ(body.at("archived_total"), 3);
    EXPECT_EQ(body.at("by_namespace"),
              (json{{{"namespace", "b"}, {"count", 2}}, {{"namespace", "a"}, {"count", 1}}}));
}

}  // namespace
}  // namespace aimem::api
