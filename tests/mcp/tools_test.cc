// The core tools on a real store: good calls and the shape of the answers. SPDX-License-Identifier:
// Apache-2.0
#include "mcp/schema_check.h"
#include "tests/mcp/tools_fixture.h"

#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

TEST_F(Tools, StoreAnswersWithWhatItKept) {
    const json answer = good("memory_store", {{"title", "Tea"},
                                              {"content", "Green"},
                                              {"tier", "long"},
                                              {"namespace", "home/kitchen"},
                                              {"tags", {"drink"}},
                                              {"priority", 9},
                                              {"confidence", 0.5},
                                              {"source", "user"},
                                              {"scope", "team"},
                                              {"metadata", {{"k", 1}}},
                                              {"agent_id", "alice"}});
    EXPECT_EQ(answer["tier"], "long");
    EXPECT_EQ(answer["namespace"], "home/kitchen");
    EXPECT_EQ(answer["agent_id"], "alice");
    EXPECT_FALSE(answer.contains("duplicate"));
    const json memory = good("memory_get", {{"id", answer["id"]}});
    EXPECT_EQ(memory["content"], "Green");
    EXPECT_EQ(memory["tags"], json::array({"drink"}));
    EXPECT_EQ(memory["priority"], 9);
    EXPECT_EQ(memory["confidence"], 0.5);
    EXPECT_EQ(memory["source"], "user");
    EXPECT_EQ(memory["metadata"]["scope"], "team");
    EXPECT_EQ(memory["metadata"]["k"], 1);
    EXPECT_EQ(memory["links"], json::array());
}

TEST_F(Tools, StoreHasTheDefaultsOfTheReference) {
    const json memory = good("memory_get", {{"id", stored("Tea")}});
    EXPECT_EQ(memory["tier"], "mid");
    EXPECT_EQ(memory["namespace"], "global");
    EXPECT_EQ(memory["priority"], 5);
    EXPECT_EQ(memory["confidence"], 1.0);
    EXPECT_EQ(memory["source"], "claude");
    EXPECT_EQ(memory["metadata"]["agent_id"], "host:kestrel");
    EXPECT_TRUE(memory.contains("expires_at"));
}

TEST_F(Tools, StoringATitleAgainUpdatesAndSaysWhatIsTrue) {
    const std::string id = stored("Tea", {{"tier", "long"}});
    const json again =
        good("memory_store", {{"title", "Tea"}, {"content", "Black"}, {"tier", "short"}});
    EXPECT_EQ(again["id"], id);
    EXPECT_EQ(again["duplicate"], true);
    EXPECT_EQ(again["action"], "updated existing memory");
    EXPECT_EQ(again["tier"], "long") << "what it is, not what was asked for";
    EXPECT_EQ(good("memory_get", {{"id", id}})["content"], "Black");
    EXPECT_EQ(total(), 1U);
}

TEST_F(Tools, StoreNamesMemoriesWithSimilarTitles) {
    const std::string first = stored("Database choice for billing");
    const json second =
        good("memory_store", {{"title", "Database choice for search"}, {"content", "x"}});
    EXPECT_EQ(second["potential_contradictions"], json::array({first}));
}

TEST_F(Tools, RecallCarriesContentScoresAndCounts) {
    const std::string id = stored("Tea", {{"content", "Green in the morning"}});
    stored("Unrelated", {{"content", "nothing here"}});
    const json answer =
        good("memory_recall", {{"context", "morning drinks"}, {"budget_tokens", 1000}});
    ASSERT_EQ(answer["count"], 1);
    EXPECT_EQ(answer["memories"][0]["id"], id);
    EXPECT_EQ(answer["memories"][0]["content"], "Green in the morning");
    EXPECT_TRUE(answer["memories"][0]["score"].is_number());
    EXPECT_EQ(answer["mode"], "keyword");
    EXPECT_EQ(answer["budget_tokens"], 1000);
    EXPECT_GT(answer["tokens_used"], 0);
}

TEST_F(Tools, RecallSkipsWhatExceedsTheBudgetAndTakesWhatFits) {
    stored("whale one", {{"content", std::string(4000, 'w')}, {"priority", 10}});
    const std::string small = stored("whale two", {{"content", "small"}, {"priority", 1}});
    const json answer = good("memory_recall", {{"context", "whale"}, {"budget_tokens", 50}});
    ASSERT_EQ(answer["count"], 1);
    EXPECT_EQ(answer["memories"][0]["id"], small);
    EXPECT_LE(answer["tokens_used"], 50);
}

TEST_F(Tools, RecallNarrowsByNamespaceTagAndTime) {
    stored("river a", {{"namespace", "a"}, {"tags", {"x"}}});
    stored("river b", {{"namespace", "b"}});
    EXPECT_EQ(good("memory_recall", {{"context", "river"}})["count"], 2);
    EXPECT_EQ(good("memory_recall", {{"context", "river"}, {"namespace", "b"}})["count"], 1);
    EXPECT_EQ(good("memory_recall", {{"context", "river"}, {"tags", "x"}})["count"], 1);
    EXPECT_EQ(good("memory_recall", {{"context", "river"}, {"limit", 1}})["count"], 1);
    EXPECT_EQ(
        good("memory_recall", {{"context", "river"}, {"until", "2020-01-01T00:00:00Z"}})["count"],
        0);
    EXPECT_EQ(
        good("memory_recall", {{"context", "river"}, {"since", "2020-01-01T00:00:00Z"}})["count"],
        2);
}

TEST_F(Tools, AQueryOfNoWordsFindsNothing) {
    stored("empty glass");
    EXPECT_EQ(good("memory_recall", {{"context", "***"}})["count"], 0);
    EXPECT_EQ(good("memory_search", {{"query", "\"()"}})["count"], 0);
}

TEST_F(Tools, FormatChangesTheTextAndNotTheStructure) {
    stored("Tea", {{"content", "Green: always"}});
    for (const auto& [tool, arguments] :
         std::vector<std::pair<std::string, json>>{{"memory_recall", {{"context", "tea"}}},
                                                   {"memory_search", {{"query", "tea"}}},
                                                   {"memory_list", {}}}) {
        json with = arguments.is_null() ? json::object() : arguments;
        with["format"] = "json";
        EXPECT_EQ(json::parse(text(tool, with)), result(tool, with)["structuredContent"]);
        with.erase("format");
        EXPECT_NE(text(tool, with).find("|agent_id|content]:\n"), std::string::npos) << tool;
        EXPECT_NE(text(tool, with).find("|Green\\: always\n"), std::string::npos) << tool;
        good(tool, with);
        with["format"] = "toon";
        EXPECT_NE(text(tool, with).find("|metadata|content]:\n"), std::string::npos) << tool;
    }
}

TEST_F(Tools, SearchNeedsEveryWord) {
    const std::string id = stored("Tea kettle", {{"tier", "long"}, {"agent_id", "alice"}});
    stored("Tea cup");
    const json found = good("memory_search", {{"query", "kettle tea"}});
    ASSERT_EQ(found["count"], 1);
    EXPECT_EQ(found["results"][0]["id"], id);
    EXPECT_EQ(good("memory_search", {{"query", "tea"}})["count"], 2);
    EXPECT_EQ(good("memory_search", {{"query", "tea"}, {"tier", "long"}})["count"], 1);
    EXPECT_EQ(good("memory_search", {{"query", "tea"}, {"agent_id", "alice"}})["count"], 1);
    EXPECT_EQ(good("memory_search", {{"query", "tea"}, {"limit", 1}})["count"], 1);
    EXPECT_EQ(good("memory_search", {{"query", "tea"}, {"namespace", "elsewhere"}})["count"], 0);
}

TEST_F(Tools, ListPagesToTheEnd) {
    for (int i = 0; i < 5; ++i) stored("note " + std::to_string(i));
    std::set<std::string> seen;
    json arguments{{"limit", 2}};
    for (int page = 0; page < 3; ++page) {
        const json answer = good("memory_list", arguments);
        for (const json& memory : answer["memories"]) seen.insert(memory["id"].get<std::string>());
        EXPECT_EQ(answer.contains("next_cursor"), page < 2);
        arguments["cursor"] = answer.value("next_cursor", "");
    }
    EXPECT_EQ(seen.size(), 5U);
    EXPECT_EQ(good("memory_list", {{"limit", 5}}).contains("next_cursor"), false);
}

TEST_F(Tools, GetTakesABeginningOfAnId) {
    const std::string id = stored("Tea");
    EXPECT_EQ(good("memory_get", {{"id", id.substr(0, 8)}})["id"], id);
    EXPECT_NE(bad("memory_get", {{"id", "zzzz"}}).find("memory_search"), std::string::npos);
}

TEST_F(Tools, UpdateKeepsExactlyWhatIsGiven) {
    const std::string id = stored(
        "Tea",
        {{"priority", 9}, {"tags", {"a"}}, {"metadata", {{"old", 1}}}, {"agent_id", "alice"}});
    const json answer = good("memory_update", {{"id", id},
                                               {"priority", 1},
                                               {"confidence", 0},
                                               {"title", "Coffee"},
                                               {"tags", json::array()},
                                               {"expires_at", nullptr},
                                               {"metadata", {{"fresh", true}}}});
    EXPECT_EQ(answer["updated"], true);
    EXPECT_EQ(answer["memory"]["title"], "Coffee");
    EXPECT_EQ(answer["memory"]["priority"], 1);
    EXPECT_EQ(answer["memory"]["tags"], json::array());
    EXPECT_EQ(answer["memory"]["content"], "content of Tea");
    EXPECT_EQ(answer["memory"]["metadata"],
              (json{{"agent_id", "alice"}, {"fresh", true}, {"written_by", "host:kestrel"}}));
    EXPECT_FALSE(answer["memory"].contains("expires_at"));
    EXPECT_EQ(good("memory_get", {{"id", id}})["priority"], 1);
}

TEST_F(Tools, UpdateRefusesATakenTitle) {
    stored("Tea");
    const std::string id = stored("Coffee");
    EXPECT_FALSE(bad("memory_update", {{"id", id}, {"title", "Tea"}}).empty());
    EXPECT_EQ(good("memory_get", {{"id", id}})["title"], "Coffee");
}

TEST_F(Tools, DeleteRemovesOnce) {
    const std::string id = stored("Tea");
    EXPECT_EQ(good("memory_delete", {{"id", id}}), (json{{"deleted", true}, {"id", id}}));
    bad("memory_delete", {{"id", id}});
    bad("memory_get", {{"id", id}});
    EXPECT_EQ(total(), 0U);
}

TEST_F(Tools, PromoteMakesItLast) {
    const std::string id = stored("Tea", {{"tier", "short"}});
    const json answer = good("memory_promote", {{"id", id}});
    EXPECT_EQ(answer, (json{{"promoted", true}, {"mode", "tier"}, {"id", id}, {"tier", "long"}}));
    EXPECT_FALSE(good("memory_get", {{"id", id}}).contains("expires_at"));
}

TEST_F(Tools, LinksAreSeenFromBothEnds) {
    const std::string tea = stored("Tea");
    const std::string cup = stored("Cup");
    const json link{{"source_id", tea}, {"target_id", cup}, {"relation", "supersedes"}};
    EXPECT_EQ(good("memory_link", link)["existed"], false);
    EXPECT_EQ(good("memory_link", link)["existed"], true);
    for (const auto& id : {tea, cup}) {
        const json links = good("memory_get_links", {{"id", id}});
        ASSERT_EQ(links["count"], 1);
        EXPECT_EQ(links["links"][0]["relation"], "supersedes");
        EXPECT_EQ(good("memory_get", {{"id", id}})["links"], links["links"]);
    }
    EXPECT_EQ(good("memory_get_links", {{"id", "nobody"}})["count"], 0);
    bad("memory_link", {{"source_id", tea}, {"target_id", tea}});
    bad("memory_link", {{"source_id", tea}, {"target_id", "nobody"}});
}

TEST_F(Tools, CapabilitiesTellWhatIsReal) {
    const json answer = good("memory_capabilities", json::object());
    EXPECT_EQ(answer["schema_version"], "2");
    EXPECT_EQ(answer["version"], "1.2.3");
    EXPECT_EQ(answer["features"]["keyword_search"], true);
    EXPECT_EQ(answer["features"]["semantic_search"], false);
    EXPECT_EQ(answer["tools"]["available"].size(), all_tools().size());
}

}  // namespace
}  // namespace aimem::mcp::test
