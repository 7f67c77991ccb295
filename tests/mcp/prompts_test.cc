// Prompts: the strings that users of 0.6.3 rely on, and what is refused. SPDX-License-Identifier:
// Apache-2.0
#include "mcp/prompts.h"

#include "tests/mcp/fixture.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

std::string text_of_prompt(const json& params) {
    const auto result = prompt_text(params);
    EXPECT_TRUE(result) << params;
    if (!result) return {};
    const json message = json::parse(*result)["messages"][0];
    EXPECT_EQ(message["role"], "user");
    EXPECT_EQ(message["content"]["type"], "text");
    return message["content"]["text"];
}

TEST(Prompts, AreTwoWithTheirArguments) {
    const json list = json::parse(prompts_text())["prompts"];
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0]["name"], "recall-first");
    EXPECT_EQ(list[0]["arguments"][0]["name"], "namespace");
    EXPECT_EQ(list[0]["arguments"][0]["required"], false);
    EXPECT_EQ(list[1]["name"], "memory-workflow");
    EXPECT_FALSE(list[1].contains("arguments"));
}

TEST(Prompts, RecallFirstNamesWhatItIsGiven) {
    const std::string plain = text_of_prompt({{"name", "recall-first"}});
    for (const char* word : {"RECALL FIRST", "TOON", "memory_recall", "memory_store", "DEDUP"})
        EXPECT_NE(plain.find(word), std::string::npos) << word;
    const std::string given = text_of_prompt(
        {{"name", "recall-first"}, {"arguments", {{"namespace", "infra/{}"}, {"tag", "ci"}}}});
    EXPECT_NE(given.find("infra/{}"), std::string::npos);
    EXPECT_NE(given.find("\"ci\""), std::string::npos);
}

TEST(Prompts, TheWorkflowIsAPageOfVerbs) {
    const std::string text = text_of_prompt({{"name", "memory-workflow"}});
    for (const char* word : {"STORE", "RECALL", "SEARCH", "CONSOLIDATE", "TOON"})
        EXPECT_NE(text.find(word), std::string::npos) << word;
}

TEST(Prompts, WhatTheyDoNotTakeIsNamed) {
    const std::vector<std::pair<json, std::string>> table{
        {json::object(), "name"},
        {{{"name", 5}}, "name"},
        {{{"name", "dream"}}, "dream"},
        {{{"name", "recall-first"}, {"arguments", "x"}}, "arguments"},
        {{{"name", "recall-first"}, {"arguments", {{"colour", "red"}}}}, "colour"},
        {{{"name", "recall-first"}, {"arguments", {{"namespace", 5}}}}, "namespace"},
        {{{"name", "recall-first"}, {"arguments", {{"tag", std::string(600, 'x')}}}}, "tag"},
        {{{"name", "memory-workflow"}, {"arguments", {{"namespace", "x"}}}}, "no arguments"},
    };
    for (const auto& [params, fragment] : table) {
        const auto result = prompt_text(params);
        ASSERT_FALSE(result) << params;
        EXPECT_EQ(result.error().code, -32602) << params;
        EXPECT_NE(result.error().message.find(fragment), std::string::npos)
            << result.error().message;
    }
}

TEST(Prompts, AreServedInBothEras) {
    TextServer server;
    const json modern = server.reply(request(1, "prompts/list", modern_params()))["result"];
    EXPECT_EQ(modern["prompts"].size(), 2U);
    EXPECT_EQ(modern["cacheScope"], "public");
    server.initialize("2025-06-18");
    const json legacy = server.reply(request(2, "prompts/list"))["result"];
    EXPECT_EQ(legacy["prompts"].size(), 2U);
    EXPECT_FALSE(legacy.contains("ttlMs"));
    EXPECT_EQ(server.reply(request(3, "prompts/list", {{"cursor", "x"}}))["error"]["code"], -32602);
    EXPECT_EQ(
        server.reply(request(4, "prompts/get", {{"name", "recall-first"}}))["result"]["messages"]
            .size(),
        1U);
}

}  // namespace
}  // namespace aimem::mcp::test
