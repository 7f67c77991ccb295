// SPDX-License-Identifier: Apache-2.0
#include "mcp/schema_check.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

const json& schema() {
    static const json value = json::parse(R"({"type":"object","properties":{
        "title":{"type":"string","minLength":1,"maxLength":5},
        "limit":{"type":"integer","minimum":1,"maximum":10},
        "share":{"type":"number","minimum":0,"maximum":1},
        "free":{"type":"integer","minimum":3},
        "few":{"type":"array","maxItems":2,"items":{"type":"string","enum":["a","b"]}},
        "flag":{"type":"boolean"},
        "until":{"type":"string","nullable":true},
        "inner":{"type":"object","properties":{"x":{"type":"integer"}},"required":["x"],"additionalProperties":false},
        "any":{"type":"object"}},
        "required":["title"],"additionalProperties":false})");
    return value;
}

struct Row {
    const char* arguments;
    const char* message;  // null: accepted
};

class SchemaCheck : public testing::TestWithParam<Row> {};

TEST_P(SchemaCheck, AcceptsOrNamesFieldExpectationAndWhatCame) {
    json arguments = json::parse(GetParam().arguments);
    const auto result = check_arguments(schema(), arguments);
    if (GetParam().message == nullptr) {
        EXPECT_TRUE(result.has_value()) << result.error().message;
        return;
    }
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, Errc::invalid_argument);
    EXPECT_EQ(result.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, SchemaCheck,
    testing::Values(
        Row{R"({"title":"x"})", nullptr}, Row{R"({"title":"äöüßé"})", nullptr},
        Row{R"({"title":"x","limit":1,"share":0.5,"few":["a","b"],"flag":false,"any":{"q":[1]}})",
            nullptr},
        Row{R"({"title":"x","limit":10.0})", nullptr}, Row{R"({"title":"x","share":1})", nullptr},
        Row{R"({"title":"x","until":null})", nullptr}, Row{R"({"title":"x","few":[]})", nullptr},
        Row{R"({})", "title: missing; must be a string of 1 to 5 characters"},
        Row{R"({"title":""})", "title: must be a string of 1 to 5 characters, got \"\""},
        Row{R"({"title":"sixsix"})",
            "title: must be a string of 1 to 5 characters, got \"sixsix\""},
        Row{R"({"title":7})", "title: must be a string of 1 to 5 characters, got 7"},
        Row{R"({"title":null})", "title: must be a string of 1 to 5 characters, got null"},
        Row{R"({"title":["x"]})",
            "title: must be a string of 1 to 5 characters, got an array of 1 items"},
        Row{R"({"title":{}})", "title: must be a string of 1 to 5 characters, got an object"},
        Row{R"({"title":"x","limit":0})", "limit: must be an integer from 1 to 10, got 0"},
        Row{R"({"title":"x","limit":11})", "limit: must be an integer from 1 to 10, got 11"},
        Row{R"({"title":"x","limit":"5"})", "limit: must be an integer from 1 to 10, got \"5\""},
        Row{R"({"title":"x","limit":1.5})", "limit: must be an integer from 1 to 10, got 1.5"},
        Row{R"({"title":"x","limit":1e300})", "limit: must be an integer from 1 to 10, got 1e+300"},
        Row{R"({"title":"x","limit":18446744073709551615})",
            "limit: must be an integer from 1 to 10, got 18446744073709551615"},
        Row{R"({"title":"x","limit":true})", "limit: must be an integer from 1 to 10, got true"},
        Row{R"({"title":"x","free":2})", "free: must be an integer of at least 3, got 2"},
        Row{R"({"title":"x","share":1.01})", "share: must be a number from 0 to 1, got 1.01"},
        Row{R"({"title":"x","flag":"true"})", "flag: must be true or false, got \"true\""},
        Row{R"({"title":"x","flag":1})", "flag: must be true or false, got 1"},
        Row{R"({"title":"x","few":["a","b","a"]})",
            "few: must be an array of at most 2 items, each one of a, b, got an array of 3 items"},
        Row{R"({"title":"x","few":["a","c"]})", "few[1]: must be one of a, b, got \"c\""},
        Row{R"({"title":"x","few":"a"})",
            "few: must be an array of at most 2 items, each one of a, b, got \"a\""},
        Row{R"({"title":"x","any":[]})", "any: must be an object, got an array of 0 items"},
        Row{R"({"title":"x","inner":{}})", "inner.x: missing; must be an integer"},
        Row{R"({"title":"x","inner":{"x":"1"}})", "inner.x: must be an integer, got \"1\""},
        Row{R"({"title":"x","inner":{"x":1,"y":2}})", "inner.y: unknown argument; accepted are x"},
        Row{R"({"title":"x","Limit":1})",
            "Limit: unknown argument; accepted are any, few, flag, free, inner, limit, share, "
            "title, until"}));

TEST(SchemaCheckDetail, AnIntegerThatCameAsFloatBecomesOne) {
    json arguments{{"title", "x"}, {"limit", 5.0}};
    ASSERT_TRUE(check_arguments(schema(), arguments).has_value());
    EXPECT_TRUE(arguments["limit"].is_number_integer());
    EXPECT_EQ(arguments["limit"], 5);
}

TEST(SchemaCheckDetail, LongValuesAreNotRepeated) {
    json arguments{{"title", std::string(10'000, 'x')}};
    const auto result = check_arguments(schema(), arguments);
    EXPECT_EQ(result.error().message,
              "title: must be a string of 1 to 5 characters, got a string of 10000 characters");
}

TEST(SchemaCheckDetail, NoArgumentsMeansNone) {
    json arguments{{"x", 1}};
    const auto result =
        check_arguments(json{{"type", "object"}, {"additionalProperties", false}}, arguments);
    EXPECT_EQ(result.error().message, "x: unknown argument; none are accepted");
}

TEST(SchemaCheckDetail, KeywordsItDoesNotEnforceAreReported) {
    EXPECT_TRUE(unknown_keywords(schema()).empty());
    const json other = json::parse(
        R"({"type":"object","properties":{"a":{"type":"string","pattern":"x"},"b":{"items":{"oneOf":[]}}}})");
    EXPECT_EQ(unknown_keywords(other), (std::vector<std::string>{"pattern", "oneOf"}));
}

}  // namespace
}  // namespace aimem::mcp::test
