// What is answered without a language model, and says so. SPDX-License-Identifier: Apache-2.0
#include "tests/mcp/tools_fixture.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

bool has(const json& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

TEST_F(Tools, ExpandQueryKnowsWordsThatGoTogether) {
    for (int i = 0; i < 3; ++i)
        stored("Deploy pipeline step " + std::to_string(i), {{"tags", {"release"}}});
    stored("Kitchen tea");
    const json answer = good("memory_expand_query", {{"query", "the deploy"}});
    EXPECT_EQ(answer["original"], "the deploy");
    EXPECT_EQ(answer["method"], "keyword");
    EXPECT_TRUE(has(answer["expanded_terms"], "pipeline")) << answer;
    EXPECT_TRUE(has(answer["expanded_terms"], "release")) << answer;
    EXPECT_FALSE(has(answer["expanded_terms"], "deploy"));
    EXPECT_FALSE(has(answer["expanded_terms"], "kitchen"));
    EXPECT_EQ(good("memory_expand_query", {{"query", "the deploy"}, {"limit", 1}})["expanded_terms"]
                  .size(),
              1U);
    EXPECT_TRUE(good("memory_expand_query", {{"query", "***"}})["expanded_terms"].empty());
    const json first = good("memory_expand_query", {{"query", "the deploy"}, {"limit", 1}});
    const json second =
        good("memory_expand_query",
             {{"query", "the deploy"}, {"limit", 1}, {"cursor", first["next_cursor"]}});
    EXPECT_EQ(second["expanded_terms"].size(), 1U);
    EXPECT_NE(first["expanded_terms"], second["expanded_terms"]);
    EXPECT_EQ(good("memory_expand_query", {{"query", "the deploy"}, {"budget_tokens", 1}})["count"],
              1);
}

TEST_F(Tools, AutoTagAddsTellingWordsOnce) {
    for (int i = 0; i < 5; ++i) stored("common words here " + std::to_string(i));
    const std::string id =
        stored("Kestrel runners", {{"content", "kestrel kestrel common words"}, {"tags", {"ci"}}});
    const json answer = good("memory_auto_tag", {{"id", id}, {"limit", 2}});
    EXPECT_TRUE(has(answer["new_tags"], "kestrel")) << answer;
    EXPECT_EQ(answer["new_tags"].size(), 2U);
    EXPECT_EQ(answer["method"], "keyword");
    EXPECT_TRUE(has(answer["all_tags"], "ci"));
    EXPECT_EQ(good("memory_get", {{"id", id}})["tags"], answer["all_tags"]);
    EXPECT_TRUE(good("memory_auto_tag", {{"id", id}, {"limit", 2}})["new_tags"].empty());
}

TEST_F(Tools, ContradictionsNeedOneTopicAndADifference) {
    const std::string a = stored("Deploy day", {{"content", "We deploy on Fridays at 17"}});
    const std::string b =
        stored("Deploy day rule", {{"content", "We never deploy on Fridays at 17"}});
    const std::string c = stored("Tea", {{"content", "Green in the morning"}});
    const json seen = good("memory_detect_contradiction", {{"id_a", a}, {"id_b", b}});
    EXPECT_EQ(seen["contradicts"], true);
    EXPECT_EQ(seen["method"], "keyword");
    EXPECT_EQ(seen["memory_a"], (json{{"id", a}, {"title", "Deploy day"}}));
    EXPECT_TRUE(has(seen["reasons"], "one denies"));
    EXPECT_EQ(good("memory_detect_contradiction", {{"id_a", a}, {"id_b", c}})["contradicts"],
              false);
    EXPECT_EQ(good("memory_detect_contradiction", {{"id_a", a}, {"id_b", a}})["contradicts"],
              false);
}

}  // namespace
}  // namespace aimem::mcp::test
