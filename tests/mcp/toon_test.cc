// SPDX-License-Identifier: Apache-2.0
#include "mcp/toon.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

json memory() {
    return {{"id", "5b1f"},
            {"title", "CI hosts: arm64 | 16 cores"},
            {"tier", "long"},
            {"namespace", "infra/ci"},
            {"priority", 8},
            {"confidence", 1.0},
            {"score", 11.9},
            {"access_count", 3},
            {"tags", {"ci", "hardware"}},
            {"source", "user"},
            {"created_at", "2026-02-10T08:15:30+00:00"},
            {"updated_at", "2026-02-10T08:15:30+00:00"},
            {"content", "two\nlines \\ and\rmore"},
            {"metadata", {{"agent_id", "ai:builder@kestrel"}}}};
}

TEST(Toon, CompactRowsCarryTheContent) {
    const json answer{{"memories", {memory()}},
                      {"count", 1},
                      {"mode", "keyword"},
                      {"tokens_used", 17},
                      {"budget_tokens", 200}};
    EXPECT_EQ(
        toon_text(answer, ToonColumns::compact),
        "count:1|mode:keyword|tokens_used:17|budget_tokens:200\n"
        "memories[id|title|tier|namespace|priority|score|tags|agent_id|content]:\n"
        "5b1f|CI hosts\\: arm64 \\| 16 cores|long|infra/ci|8|11.9|ci,hardware|ai\\:builder@kestrel|"
        "two\\nlines \\\\ and\\rmore\n");
}

TEST(Toon, FullRowsCarryEveryField) {
    const std::string text = toon_text({{"results", {memory()}}, {"count", 1}}, ToonColumns::full);
    EXPECT_EQ(text.substr(0, text.find("5b1f")),
              "count:1\nmemories[id|title|tier|namespace|priority|confidence|score|access_count|"
              "tags|source|"
              "created_at|updated_at|metadata|content]:\n");
    EXPECT_NE(text.find("|{\"agent_id\"\\:\"ai\\:builder@kestrel\"}|two"), std::string::npos)
        << text;
}

TEST(Toon, MissingFieldsAreEmptyAndNothingIsNoRow) {
    EXPECT_EQ(
        toon_text({{"memories", {{{"title", "t"}, {"metadata", json::object()}}}}, {"count", 1}},
                  ToonColumns::compact),
        "count:1\nmemories[id|title|tier|namespace|priority|score|tags|agent_id|content]:\n|t||||||"
        "|\n");
    EXPECT_EQ(toon_text({{"memories", json::array()}, {"count", 0}}, ToonColumns::compact),
              "count:0\nmemories[id|title|tier|namespace|priority|score|tags|agent_id|content]:\n");
}

}  // namespace
}  // namespace aimem::mcp::test
