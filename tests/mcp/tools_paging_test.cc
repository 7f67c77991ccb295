// limit, cursor and budget_tokens of the tools that read; what a row costs.
// SPDX-License-Identifier: Apache-2.0
#include "tests/mcp/tools_fixture.h"

#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

class Pages : public Tools {
protected:
    // Walks to the end with pages of two; how many different rows there were.
    std::size_t walked(const std::string& tool, const char* list, json arguments) {
        std::set<std::string> seen;
        std::size_t rows = 0;
        arguments["limit"] = 2;
        for (int page = 0; page < 20; ++page) {
            const json answer = good(tool, arguments);
            EXPECT_LE(answer[list].size(), 2U);
            EXPECT_EQ(answer["count"], answer[list].size());
            for (const json& row : answer[list]) {
                seen.insert(row.dump());
                rows += 1;
            }
            if (!answer.contains("next_cursor")) break;
            arguments["cursor"] = answer["next_cursor"];
        }
        EXPECT_EQ(seen.size(), rows) << tool;
        return rows;
    }
};

TEST_F(Pages, EveryReadingToolWalksToTheEnd) {
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i)
        ids.push_back(stored("river note " + std::to_string(i), {{"namespace", "water"}}));
    for (std::size_t i = 1; i < 5; ++i)
        good("memory_link", {{"source_id", ids[0]}, {"target_id", ids[i]}});
    for (int i = 0; i < 5; ++i) {
        const std::string agent = "agent-" + std::to_string(i);
        good("memory_agent_register", {{"agent_id", agent}, {"agent_type", "human"}});
        good("memory_notify",
             {{"target_agent_id", "alice"}, {"title", "Hello"}, {"payload", agent}});
    }
    EXPECT_EQ(walked("memory_recall", "memories", {{"context", "river"}}), 5U);
    EXPECT_EQ(walked("memory_search", "results", {{"query", "river note"}}), 5U);
    EXPECT_EQ(walked("memory_list", "memories", {{"namespace", "water"}}), 5U);
    EXPECT_EQ(walked("memory_get_many", "memories", {{"ids", ids}}), 5U);
    EXPECT_EQ(walked("memory_session_start", "memories", {{"namespace", "water"}}), 5U);
    EXPECT_EQ(walked("memory_get_links", "links", {{"id", ids[0]}}), 4U);
    EXPECT_EQ(walked("memory_kg_query", "memories", {{"source_id", ids[0]}}), 4U);
    EXPECT_EQ(walked("memory_kg_timeline", "events", {{"source_id", ids[0]}}), 4U);
    EXPECT_EQ(walked("memory_agent_list", "agents", json::object()), 5U);
    EXPECT_EQ(walked("memory_inbox", "messages", {{"agent_id", "alice"}}), 5U);
    good("memory_forget", {{"namespace", "water"}});
    EXPECT_EQ(walked("memory_archive_list", "archived", json::object()), 5U);
    EXPECT_EQ(good("memory_archive_list", {{"offset", 4}})["count"], 1);
}

TEST_F(Pages, ACursorIsGoodForItsOwnQuestionOnly) {
    for (int i = 0; i < 3; ++i) stored("note " + std::to_string(i));
    const std::string cursor = good("memory_list", {{"limit", 1}})["next_cursor"];
    EXPECT_EQ(good("memory_list", {{"limit", 1}, {"cursor", cursor}})["count"], 1);
    for (const json& wrong :
         {json{{"cursor", cursor}, {"namespace", "global"}}, json{{"cursor", "0" + cursor}},
          json{{"cursor", "1.zz"}}, json{{"cursor", "-1" + cursor.substr(1)}}}) {
        EXPECT_EQ(bad("memory_list", wrong).substr(0, 7), "cursor:") << wrong;
    }
    EXPECT_EQ(good("memory_list", {{"cursor", ""}})["count"], 3) << "an empty one begins anew";
}

TEST_F(Pages, ABudgetEndsAPageAndTheNextGoesOn) {
    for (int i = 0; i < 4; ++i)
        stored("note " + std::to_string(i), {{"content", std::string(400, 'x')}});
    json arguments{{"budget_tokens", 250}};
    std::size_t seen = 0;
    for (int page = 0; page < 4; ++page) {
        const json answer = good("memory_list", arguments);
        EXPECT_LE(answer["tokens_used"], 250);
        seen += answer["count"].get<std::size_t>();
        if (!answer.contains("next_cursor")) break;
        arguments["cursor"] = answer["next_cursor"];
    }
    EXPECT_EQ(seen, 4U);
    EXPECT_EQ(good("memory_list", {{"budget_tokens", 1}})["count"], 1) << "a page moves on";
}

TEST_F(Pages, RecallSaysWhatItPassedOver) {
    stored("whale one", {{"content", std::string(4000, 'w')}});
    stored("whale two", {{"content", "small"}});
    const json answer = good("memory_recall", {{"context", "whale"}, {"budget_tokens", 50}});
    EXPECT_EQ(answer["count"], 1);
    EXPECT_EQ(answer["left_out"], 1);
    EXPECT_EQ(answer["budget_tokens"], 50);
}

TEST_F(Pages, TheCompactTextIsBoundedAndSaysWhatItCut) {
    stored("whale", {{"content", std::string(60'000, 'w')}});
    const std::string compact = text("memory_recall", {{"context", "whale"}});
    EXPECT_LT(compact.size(), 20'000U);
    EXPECT_NE(compact.find("...(+"), std::string::npos);
    EXPECT_GT(text("memory_recall", {{"context", "whale"}, {"budget_tokens", 100'000}}).size(),
              60'000U);
}

// One row.
const std::set<std::string> kNoList{
    "memory_get",
    "memory_whoami",
    "memory_capabilities",
    "memory_check_duplicate",
    "memory_detect_contradiction",
    "memory_entity_get_by_alias",
    "memory_namespace_get_standard"};  // as many rows as a namespace has levels

TEST_F(Tools, EveryToolThatReadsListsIsBounded) {
    for (const RegisteredTool& one : registry_.tools()) {
        const std::string name(one.tool.name);
        if (one.tool.effect != Effect::reads || kNoList.contains(name)) continue;
        const json& properties = (*one.input_schema)["properties"];
        for (const char* bound : {"limit", "cursor", "budget_tokens"})
            EXPECT_TRUE(properties.contains(bound)) << name << " has no " << bound;
    }
}

TEST_F(Tools, EveryToolThatKnowsFormatsAnswersInEachOfThem) {
    const std::string tea = stored("Tea", {{"content", "Green, in the morning"}});
    const std::map<std::string, json> known{{"memory_recall", {{"context", "tea"}}},
                                            {"memory_search", {{"query", "tea"}}},
                                            {"memory_list", json::object()},
                                            {"memory_get_many", {{"ids", {tea}}}},
                                            {"memory_session_start", json::object()}};
    for (const RegisteredTool& one : registry_.tools()) {
        const std::string name(one.tool.name);
        const json properties = one.input_schema->value("properties", json::object());
        ASSERT_EQ(properties.contains("format"), known.contains(name)) << name;
        if (!known.contains(name)) continue;
        std::set<std::string> texts;
        for (const char* format : {"json", "toon", "toon_compact"}) {
            json arguments = known.at(name);
            arguments["format"] = format;
            const json got = result(name, arguments);
            const std::string text = got["content"][0]["text"];
            texts.insert(text);
            EXPECT_NE(text.find("Green, in the morning"), std::string::npos) << name << format;
            EXPECT_EQ(json::accept(text), format == std::string("json")) << text;
            EXPECT_EQ(got["structuredContent"]["count"], 1) << "whole in every format";
        }
        EXPECT_EQ(texts.size(), 3U) << name;
    }
}

}  // namespace
}  // namespace aimem::mcp::test
