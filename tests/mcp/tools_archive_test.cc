// Promotion upward, forget, consolidate, gc, the archive, and titles that are taken.
// SPDX-License-Identifier: Apache-2.0
#include "tests/mcp/fixture.h"
#include "tests/mcp/tools_fixture.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

TEST_F(Tools, OnConflictDecidesAboutATitleThatIsTaken) {
    const std::string id = stored("Tea");
    EXPECT_NE(bad("memory_store", {{"title", "Tea"}, {"content", "x"}, {"on_conflict", "error"}})
                  .find(id),
              std::string::npos);
    const json second =
        good("memory_store", {{"title", "Tea"}, {"content", "x"}, {"on_conflict", "version"}});
    EXPECT_EQ(second["title"], "Tea (2)");
    EXPECT_FALSE(second.contains("duplicate"));
    EXPECT_EQ(good("memory_store",
                   {{"title", "Tea"}, {"content", "y"}, {"on_conflict", "version"}})["title"],
              "Tea (3)");
    EXPECT_EQ(
        good("memory_store", {{"title", "Tea"}, {"content", "z"}, {"on_conflict", "merge"}})["id"],
        id);
    EXPECT_EQ(good("memory_store",
                   {{"title", "New"}, {"content", "z"}, {"on_conflict", "error"}})["title"],
              "New");
    const std::string longest(512, 'l');
    stored(longest);
    EXPECT_EQ(good("memory_store",
                   {{"title", longest}, {"content", "z"}, {"on_conflict", "version"}})["title"],
              longest.substr(4) + " (2)");
}

TEST_F(Tools, PromotionUpwardMakesALinkedCopy) {
    const std::string id = stored("Tea", {{"namespace", "home/kitchen"}});
    const json answer = good("memory_promote", {{"id", id}, {"to_namespace", "home"}});
    EXPECT_EQ(answer["mode"], "vertical");
    EXPECT_EQ(answer["source_id"], id);
    const json copy = good("memory_get", {{"id", answer["clone_id"]}});
    EXPECT_EQ(copy["namespace"], "home");
    EXPECT_EQ(copy["links"][0]["relation"], "derived_from");
    EXPECT_EQ(copy["links"][0]["target_id"], id);
    bad("memory_promote", {{"id", id}, {"to_namespace", "home/kitchen"}});
    bad("memory_promote", {{"id", id}, {"to_namespace", "office"}});
}

TEST_F(Tools, ForgetArchivesWhatFitsAndADryRunNothing) {
    stored("red kite", {{"metadata", {{"k", 1}}}});
    stored("red fox", {{"tier", "long"}});
    stored("blue fox");
    EXPECT_EQ(good("memory_forget", {{"pattern", "red"}, {"dry_run", true}}),
              (json{{"would_delete", 2}, {"dry_run", true}}));
    EXPECT_EQ(total(), 3U);
    EXPECT_EQ(good("memory_forget", {{"pattern", "red"}, {"tier", "mid"}}),
              (json{{"deleted", 1}, {"archived", true}}));
    EXPECT_EQ(total(), 2U);
    const json archive = good("memory_archive_list", json::object());
    ASSERT_EQ(archive["count"], 1);
    EXPECT_EQ(archive["archived"][0]["archive_reason"], "forget");
    EXPECT_EQ(archive["archived"][0]["metadata"]["k"], 1);
    EXPECT_TRUE(archive["archived"][0]["tags"].is_array());
}

TEST_F(Tools, LongWorkTellsHowFarItIsWhereATokenWasGiven) {
    std::vector<Op> many;
    for (int i = 0; i < 1'300; ++i) {
        StoreMemory op;
        op.title = "note " + std::to_string(i);
        op.content = "x";
        op.ns = "many";
        many.emplace_back(std::move(op));
    }
    store_->commit_all(std::move(many), [](auto) {});
    store_->flush();
    std::vector<std::string> lines;
    Protocol telling({.agent = {"", "kestrel"},
                      .notify =
                          [&](std::string_view line) {
                              lines.emplace_back(line);
                          }},
                     host_);
    const auto forget = [&](const json& meta) {
        return json::parse(telling.handle(request(
            1, "tools/call",
            {{"name", "memory_forget"}, {"arguments", {{"namespace", "many"}}}, {"_meta", meta}})));
    };
    EXPECT_EQ(forget({{"progressToken", "t1"}})["result"]["structuredContent"]["deleted"], 1'300);
    ASSERT_EQ(lines.size(), 1U) << "the last word is the reply's";
    const json said = json::parse(lines[0]);
    EXPECT_EQ(said["method"], "notifications/progress");
    EXPECT_EQ(said["params"], (json{{"progressToken", "t1"}, {"progress", 1'000}}));
    forget(json::object());
    EXPECT_EQ(lines.size(), 1U);
}

TEST_F(Tools, TheArchiveGivesBackAndIsPurged) {
    const std::string id = stored("Tea", {{"tier", "mid"}, {"namespace", "a"}});
    stored("Cup", {{"namespace", "a"}});
    good("memory_forget", {{"namespace", "a"}});
    EXPECT_EQ(good("memory_archive_stats", json::object()),
              (json{{"archived_total", 2},
                    {"by_namespace", {{{"namespace", "a"}, {"count", 2}}}},
                    {"count", 1}}));
    EXPECT_EQ(good("memory_archive_restore", {{"id", id}}),
              (json{{"restored", true}, {"id", id}, {"tier", "mid"}}));
    bad("memory_archive_restore", {{"id", id}});
    EXPECT_EQ(good("memory_archive_purge", {{"older_than_days", 1}})["purged"], 0);
    EXPECT_EQ(good("memory_archive_purge", {{"namespace", "b"}})["purged"], 0);
    EXPECT_EQ(good("memory_archive_purge", json::object())["purged"], 1);
    EXPECT_EQ(good("memory_archive_stats", json::object())["archived_total"], 0);
}

TEST_F(Tools, ConsolidateMakesOneOfMany) {
    const std::string a = stored("a", {{"namespace", "n"}, {"tags", {"x"}}, {"priority", 9}});
    const std::string b = stored("b", {{"namespace", "n"}, {"tags", {"y"}}});
    const json answer =
        good("memory_consolidate", {{"ids", {a, b}}, {"title", "a"}, {"summary", "both of them"}});
    EXPECT_EQ(answer["consolidated"], 2);
    EXPECT_EQ(answer["namespace"], "n");
    const json made = good("memory_get", {{"id", answer["id"]}});
    EXPECT_EQ(made["content"], "both of them");
    EXPECT_EQ(made["tier"], "long");
    EXPECT_EQ(made["priority"], 9);
    EXPECT_EQ(made["tags"], json::array({"x", "y"}));
    EXPECT_EQ(total(), 1U);
    EXPECT_EQ(good("memory_archive_list", json::object())["count"], 2);
}

TEST_F(Tools, GcCollectsWhatHasExpired) {
    const std::string id = stored("Tea");
    good("memory_update", {{"id", id}, {"expires_at", "2020-01-01T00:00:00Z"}});
    EXPECT_EQ(good("memory_gc", {{"dry_run", true}}), (json{{"collected", 1}, {"dry_run", true}}));
    EXPECT_EQ(good("memory_gc", json::object()), (json{{"collected", 1}, {"dry_run", false}}));
    EXPECT_EQ(good("memory_gc", json::object())["collected"], 0);
    EXPECT_EQ(good("memory_archive_list", json::object())["archived"][0]["archive_reason"],
              "ttl_expired");
}

TEST_F(Tools, StatsCount) {
    const std::string a = stored("a", {{"tier", "long"}});
    const std::string b = stored("b");
    good("memory_link", {{"source_id", a}, {"target_id", b}});
    const json stats = good("memory_stats", json::object());
    EXPECT_EQ(stats["total"], 2);
    EXPECT_EQ(stats["by_tier"].size(), 2U);
    EXPECT_EQ(stats["by_namespace"][0], (json{{"namespace", "global"}, {"count", 2}}));
    EXPECT_EQ(stats["links_count"], 1);
    EXPECT_GT(stats["db_size_bytes"], 0);
    EXPECT_FALSE(stats.contains("next_cursor"));
    stored("c", {{"namespace", "other"}});
    const json first = good("memory_stats", {{"limit", 1}});
    EXPECT_EQ(first["by_namespace"][0]["namespace"], "global");
    const json rest = good("memory_stats", {{"limit", 1}, {"cursor", first["next_cursor"]}});
    EXPECT_EQ(rest["by_namespace"], (json{{{"namespace", "other"}, {"count", 1}}}));
    EXPECT_FALSE(rest.contains("next_cursor"));
}

}  // namespace
}  // namespace aimem::mcp::test
