// Links, walks, entities, the tree of namespaces, duplicates. SPDX-License-Identifier: Apache-2.0
#include "tests/mcp/tools_fixture.h"

#include <nlohmann/json.hpp>

#include <string>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

TEST_F(Tools, UnlinkTakesOneRelationOrAll) {
    const std::string a = stored("a");
    const std::string b = stored("b");
    for (const char* relation : {"related_to", "supersedes", "contradicts"})
        good("memory_link", {{"source_id", a}, {"target_id", b}, {"relation", relation}});
    const json one =
        good("memory_unlink", {{"source_id", a}, {"target_id", b}, {"relation", "contradicts"}});
    EXPECT_EQ(one, (json{{"unlinked", true}, {"removed", 1}}));
    EXPECT_EQ(good("memory_unlink", {{"source_id", a}, {"target_id", b}})["removed"], 2);
    EXPECT_EQ(good("memory_unlink", {{"source_id", a}, {"target_id", b}})["unlinked"], false);
    EXPECT_EQ(good("memory_get_links", {{"id", a}})["count"], 0);
}

TEST_F(Tools, KgQueryWalksHopByHopAndKnowsWhoLinked) {
    const std::string a = stored("a");
    const std::string b = stored("b", {{"namespace", "deep"}});
    const std::string c = stored("c");
    good("memory_link", {{"source_id", a}, {"target_id", b}, {"agent_id", "alice"}});
    good("memory_link", {{"source_id", b}, {"target_id", c}});
    EXPECT_EQ(good("memory_kg_query", {{"source_id", a}})["count"], 1);
    const json two = good("memory_kg_query", {{"source_id", a}, {"max_depth", 2}});
    ASSERT_EQ(two["count"], 2);
    EXPECT_EQ(two["memories"][0]["target_namespace"], "deep");
    EXPECT_EQ(two["memories"][0]["observed_by"], "alice");
    EXPECT_EQ(two["memories"][1]["depth"], 2);
    EXPECT_EQ(two["paths"][1], a + "->" + b + "->" + c);
    EXPECT_EQ(good("memory_kg_query", {{"source_id", a}, {"allowed_agents", {"bob"}}})["count"], 0);
    EXPECT_EQ(good("memory_kg_query", {{"source_id", a}, {"allowed_agents", {"alice"}}})["count"],
              1);
    EXPECT_EQ(good("memory_kg_query", {{"source_id", "nobody"}})["count"], 0);
}

TEST_F(Tools, AClosedLinkStaysInTheTimelineAndOpensWhenItIsMadeAgain) {
    const std::string a = stored("a");
    const std::string b = stored("b");
    const json link{{"source_id", a}, {"target_id", b}, {"relation", "supersedes"}};
    EXPECT_EQ(good("memory_kg_invalidate", link)["found"], false);
    good("memory_link", link);
    json close = link;
    close["valid_until"] = "2020-01-01T00:00:00Z";
    close["agent_id"] = "carol";
    const json closed = good("memory_kg_invalidate", close);
    EXPECT_EQ(closed["found"], true);
    EXPECT_EQ(closed["previous_valid_until"], nullptr);
    EXPECT_EQ(closed["closed_by"], "carol");
    for (const json& row : {good("memory_kg_timeline", {{"source_id", a}})["events"][0],
                            good("memory_kg_query", {{"source_id", a}})["memories"][0],
                            good("memory_get_links", {{"id", b}})["links"][0]}) {
        EXPECT_EQ(row["closed_by"], "carol") << row;
        EXPECT_FALSE(row["closed_at"].get<std::string>().empty()) << row;
    }
    EXPECT_EQ(
        good("memory_kg_query", {{"source_id", a}, {"valid_at", "2030-01-01T00:00:00Z"}})["count"],
        0);
    EXPECT_FALSE(
        good("memory_kg_invalidate", link)["previous_valid_until"].get<std::string>().empty());
    good("memory_link", link);
    const json open = good("memory_get_links", {{"id", a}})["links"][0];
    for (const char* gone : {"valid_until", "closed_by", "closed_at"})
        EXPECT_FALSE(open.contains(gone)) << gone;
    EXPECT_EQ(good("memory_kg_timeline", {{"source_id", a}})["events"][0]["closed_by"], nullptr);
}

TEST_F(Tools, AnEntityIsFoundByAnyOfItsNames) {
    const json made = good("memory_entity_register", {{"canonical_name", "Ada Lovelace"},
                                                      {"namespace", "people"},
                                                      {"aliases", {"Ada", " Countess "}}});
    EXPECT_EQ(made["created"], true);
    EXPECT_EQ(made["aliases"], json::array({"Ada", "Countess"}));
    const json again =
        good("memory_entity_register",
             {{"canonical_name", "Ada Lovelace"}, {"namespace", "people"}, {"aliases", {"AAL"}}});
    EXPECT_EQ(again["created"], false);
    EXPECT_EQ(again["entity_id"], made["entity_id"]);
    for (const char* name : {"Ada", "Countess", "AAL", "Ada Lovelace"})
        EXPECT_EQ(good("memory_entity_get_by_alias", {{"alias", name}})["entity_id"],
                  made["entity_id"]);
    const json none = good("memory_entity_get_by_alias", {{"alias", "Ada"}, {"namespace", "x"}});
    EXPECT_EQ(none["found"], false);
    EXPECT_EQ(none["entity_id"], nullptr);
    stored("Taken", {{"namespace", "people"}});
    bad("memory_entity_register", {{"canonical_name", "Taken"}, {"namespace", "people"}});
}

TEST_F(Tools, TheTaxonomyCountsATree) {
    stored("1", {{"namespace", "a"}});
    stored("2", {{"namespace", "a/b"}});
    stored("3", {{"namespace", "a/b"}});
    stored("4", {{"namespace", "a/b/c"}});
    stored("5", {{"namespace", "z"}});
    const json all = good("memory_get_taxonomy", json::object());
    EXPECT_EQ(all["total_count"], 5);
    EXPECT_EQ(all["truncated"], false);
    EXPECT_EQ(all["tree"]["subtree_count"], 5);
    EXPECT_EQ(all["tree"]["children"][0]["name"], "a");
    EXPECT_EQ(all["tree"]["children"][0]["count"], 1);
    EXPECT_EQ(all["tree"]["children"][0]["children"][0]["namespace"], "a/b");
    const json part = good("memory_get_taxonomy", {{"namespace_prefix", "a/"}, {"depth", 1}});
    EXPECT_EQ(part["tree"]["namespace"], "a");
    EXPECT_EQ(part["tree"]["count"], 1);
    EXPECT_EQ(part["total_count"], 4);
    ASSERT_EQ(part["tree"]["children"].size(), 1U);
    EXPECT_EQ(part["tree"]["children"][0]["count"], 2);
    EXPECT_EQ(part["tree"]["children"][0]["subtree_count"], 3);
    EXPECT_TRUE(part["tree"]["children"][0]["children"].empty());
    EXPECT_EQ(good("memory_get_taxonomy", {{"limit", 1}})["truncated"], true);
}

TEST_F(Tools, TheTaxonomyComesInPagesAndWithinABudget) {
    for (const char* ns : {"a", "a/b", "c", "d", "e"}) stored(ns, {{"namespace", ns}});
    json ask{{"limit", 2}};
    std::int64_t met = 0;
    int pages = 0;
    for (bool more = true; more && pages < 9; ++pages) {
        const json page = good("memory_get_taxonomy", ask);
        EXPECT_EQ(page["total_count"], 5);
        EXPECT_LE(page["count"], 2);
        met += page["tree"]["subtree_count"].get<std::int64_t>();
        more = page.contains("next_cursor");
        if (more) ask["cursor"] = page["next_cursor"];
    }
    EXPECT_EQ(pages, 3);
    EXPECT_EQ(met, 5);
    const json small = good("memory_get_taxonomy", {{"budget_tokens", 40}});
    EXPECT_EQ(small["count"], 2);
    EXPECT_EQ(small["truncated"], true);
    EXPECT_TRUE(small.contains("next_cursor"));
}

TEST_F(Tools, CheckDuplicateComparesWords) {
    const std::string id = stored("Deploys go through staging",
                                  {{"content", "Every deploy goes to staging before production"}});
    const json same = good("memory_check_duplicate",
                           {{"title", "Deploys go through staging"},
                            {"content", "Every deploy goes to staging before the production"}});
    EXPECT_EQ(same["is_duplicate"], true);
    EXPECT_EQ(same["suggested_merge"], id);
    EXPECT_EQ(same["nearest"]["id"], id);
    EXPECT_EQ(same["method"], "keyword");
    const json other = good("memory_check_duplicate",
                            {{"title", "Staging colours"}, {"content", "Blue and green walls"}});
    EXPECT_EQ(other["is_duplicate"], false);
    EXPECT_EQ(other["suggested_merge"], nullptr);
    EXPECT_EQ(good("memory_check_duplicate", {{"title", "Deploys go through staging"},
                                              {"content", "x"},
                                              {"namespace", "elsewhere"}})["candidates_scanned"],
              0);
}

TEST_F(Tools, GetShowsTwoHundredLinksAndSaysHowManyThereAre) {
    const std::string hub = stored("hub");
    for (int i = 0; i < 201; ++i)
        good("memory_link",
             {{"source_id", stored("rim " + std::to_string(i))}, {"target_id", hub}});
    const json seen = good("memory_get", {{"id", hub}});
    EXPECT_EQ(seen["links"].size(), 200U);
    EXPECT_EQ(seen["links_total"], 201);
}

TEST_F(Tools, GetManyKeepsTheOrderAndNamesWhatIsMissing) {
    const std::string a = stored("a");
    const std::string b = stored("b");
    const json answer = good("memory_get_many", {{"ids", {b, "nobody", a}}});
    EXPECT_EQ(answer["count"], 2);
    EXPECT_EQ(answer["memories"][0]["id"], b);
    EXPECT_EQ(answer["missing"], json::array({"nobody"}));
}

TEST_F(Tools, HistoryKnowsWhoWroteWhichVersionAndOfTheDeadWhoAndWhen) {
    const std::string id = stored("a", {{"agent_id", "alice"}, {"content", "first"}});
    good("memory_update", {{"id", id}, {"content", "second"}, {"agent_id", "bob"}});
    const json live = good("memory_history", {{"id", id.substr(0, 8)}});
    EXPECT_EQ(live["id"], id);
    EXPECT_EQ(live["count"], 2);
    const json& newest = live["versions"][0];
    EXPECT_EQ(newest["state"], "live");
    EXPECT_EQ(newest["author"], "alice");
    EXPECT_EQ(newest["written_by"], "bob");
    EXPECT_EQ(newest["changed"], json::array({"content"}));
    EXPECT_EQ(newest["from_peer"], false);
    EXPECT_EQ(newest["at"], good("memory_get", {{"id", id}})["updated_at"]);
    const json& older = live["versions"][1];
    EXPECT_EQ(older["content"], "first");
    EXPECT_EQ(older["written_by"], "alice");
    EXPECT_EQ(older["until"], newest["at"]);
    good("memory_delete", {{"id", id}, {"agent_id", "alice"}});
    const json dead = good("memory_history", {{"id", id}});
    EXPECT_EQ(dead["versions"][0]["state"], "deleted");
    EXPECT_EQ(dead["versions"][0]["written_by"], "alice");
    EXPECT_EQ(dead["count"], 3);
    EXPECT_EQ(dead.dump().find("first"), std::string::npos);
    EXPECT_EQ(dead.dump().find("second"), std::string::npos);
}

TEST_F(Tools, HistoryComesInPagesAndWithinABudget) {
    const std::string id = stored("a", {{"content", "0"}});
    for (int i = 1; i <= 14; ++i)
        good("memory_update", {{"id", id}, {"content", std::to_string(i)}});
    const json first = good("memory_history", {{"id", id}});
    EXPECT_EQ(first["count"], 10);
    const json rest = good("memory_history", {{"id", id}, {"cursor", first["next_cursor"]}});
    EXPECT_EQ(rest["count"], 5);
    EXPECT_FALSE(rest.contains("next_cursor"));
    EXPECT_EQ(rest["versions"][4]["content"], "0");
    EXPECT_EQ(good("memory_history", {{"id", id}, {"limit", 2}})["count"], 2);
    good("memory_update", {{"id", id}, {"content", "too much for it"}});
    EXPECT_EQ(good("memory_history", {{"id", id}, {"budget_tokens", 1}})["count"], 1);
}

}  // namespace
}  // namespace aimem::mcp::test
