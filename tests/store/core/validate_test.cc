#include "store/model/validate.h"

#include "store/model/limits.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace aimem {
namespace {

using namespace std::string_literals;

struct Row {
    std::string value;
    bool accepted;
};

template <typename Check>
void expect_table(const std::vector<Row>& table, Check check) {
    for (const Row& row : table)
        EXPECT_EQ(check(row.value).has_value(), row.accepted)
            << row.value.substr(0, 60) << " (" << row.value.size() << " bytes)";
}

std::string many(std::size_t count, const std::string& what) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += what;
    return out;
}

TEST(Validate, Titles) {
    expect_table({{"x", true},
                  {many(512, "\xc3\xa4"), true},
                  {many(513, "\xc3\xa4"), false},
                  {"  " + many(512, "x") + "  ", true},
                  {"two\nlines\tand a tab", true},
                  {"", false},
                  {" \t\n", false},
                  {"a\x01z", false},
                  {"a\0z"s, false},
                  {"a\rz", false},
                  {"a\xc2\x9fz", false},
                  {"a\xffz", false}},
                 [](const auto& text) { return check_title("title", text); });
}

TEST(Validate, Contents) {
    expect_table({{std::string(65'536, 'x'), true},
                  {std::string(65'537, 'x'), false},
                  {many(32'768, "\xc3\xa4"), true},
                  {"  x  ", true},
                  {"   ", false},
                  {"x\x1b", false}},
                 [](const auto& text) { return check_content("content", text); });
}

TEST(Validate, Namespaces) {
    expect_table({{"global", true},
                  {"a/b/c/d/e/f/g/h", true},
                  {"a/b/c/d/e/f/g/h/i", false},
                  {"Gr\xc3\xbc\xc3\x9f/x", true},
                  {"*", true},
                  {"_messages/ai:x@y", true},
                  {std::string(512, 'n'), true},
                  {std::string(513, 'n'), false},
                  {"", false},
                  {"/a", false},
                  {"a/", false},
                  {"a//b", false},
                  {"a/./b", false},
                  {"a/../b", false},
                  {"..", false},
                  {"...", true},
                  {"a b", false},
                  {"a\\b", false},
                  {"a\nb", false},
                  {"a\0b"s, false},
                  {"\xff", false}},
                 [](const auto& text) { return check_namespace("namespace", text); });
}

TEST(Validate, Ids) {
    expect_table({{"x", true},
                  {std::string(128, 'i'), true},
                  {std::string(129, 'i'), false},
                  {"with space", true},
                  {"", false},
                  {"  ", false},
                  {"a\nb", false},
                  {"\xff", false}},
                 [](const auto& text) { return check_id("id", text); });
}

TEST(Validate, AgentIds) {
    expect_table({{"ai:claude@host:pid-1", true},
                  {"a_b-c.d/e", true},
                  {std::string(128, 'a'), true},
                  {std::string(129, 'a'), false},
                  {"", false},
                  {"a b", false},
                  {"a#b", false},
                  {"\xc3\xa4", false}},
                 [](const auto& text) { return check_agent_id("agent_id", text); });
}

TEST(Validate, Tags) {
    EXPECT_TRUE(check_tags({}));
    EXPECT_TRUE(check_tags({"a b", "c,d", std::string(128, 't')}));
    EXPECT_TRUE(check_tags(std::vector<std::string>(50, "t")));
    EXPECT_FALSE(check_tags(std::vector<std::string>(51, "t")));
    EXPECT_FALSE(check_tags({std::string(129, 't')}));
    EXPECT_FALSE(check_tags({"good", ""}));
    EXPECT_FALSE(check_tags({"  "}));
    EXPECT_FALSE(check_tags({"a\nb"}));
    EXPECT_FALSE(check_tags({"\xff"}));
}

TEST(Validate, Numbers) {
    for (const int good : {1, 5, 10}) EXPECT_TRUE(check_priority(good));
    for (const std::int64_t bad : {0LL, 11LL, -1LL, 1LL << 32, (1LL << 32) + 5})
        EXPECT_FALSE(check_priority(bad)) << bad;
    for (const double good : {0.0, 0.5, 1.0}) EXPECT_TRUE(check_confidence(good));
    for (const double bad : {-0.01, 1.01, std::nan(""), std::numeric_limits<double>::infinity()})
        EXPECT_FALSE(check_confidence(bad)) << bad;
}

TEST(Validate, ClosedLists) {
    for (const char* good : {"user", "claude", "hook", "api", "cli", "import", "consolidation",
                             "system", "chaos", "notify"})
        EXPECT_TRUE(check_source(good)) << good;
    EXPECT_FALSE(check_source("Api"));
    EXPECT_FALSE(check_source(""));
    for (const char* good : {"private", "team", "unit", "org", "collective"})
        EXPECT_TRUE(check_scope(good)) << good;
    EXPECT_FALSE(check_scope("public"));
    for (const char* good : {"related_to", "supersedes", "contradicts", "derived_from"})
        EXPECT_TRUE(check_relation(good)) << good;
    EXPECT_FALSE(check_relation("likes"));
}

TEST(Validate, Metadata) {
    const auto nested = [](int levels) {
        return many(static_cast<std::size_t>(levels), R"({"a":)") + "1" +
               std::string(static_cast<std::size_t>(levels), '}');
    };
    expect_table({{"{}", true},
                  {R"({"a":[1,{"b":null}]})", true},
                  {nested(32), true},
                  {nested(33), false},
                  {R"({"a":")" + std::string(65'536 - 8, 'x') + R"("})", true},
                  {R"({"a":")" + std::string(65'536 - 7, 'x') + R"("})", false},
                  {R"({"a":)" + std::string(30'000, '[') + std::string(30'000, ']') + "}", false},
                  {"[]", false},
                  {"null", false},
                  {"", false},
                  {"{", false},
                  {"{} x", false},
                  {"{\"a\":\"\xff\"}", false}},
                 [](const auto& text) { return check_metadata(text); });
}

TEST(Validate, Links) {
    EXPECT_TRUE(check_link("a", "b", "related_to"));
    EXPECT_FALSE(check_link("a", "a", "related_to"));
    EXPECT_FALSE(check_link("", "b", "related_to"));
    EXPECT_FALSE(check_link("a", "", "related_to"));
    EXPECT_FALSE(check_link("a", "b", "likes"));
}

TEST(Validate, AWholeMemoryNamesTheFieldThatIsWrong) {
    Memory good = test::a_memory("T");
    good.id = "i";
    good.source = "of-a-newer-node";
    EXPECT_TRUE(check_memory(good)) << "an unknown source of a newer node is tolerated";
    const auto complains = [&](const char* about, auto spoil) {
        Memory bad = good;
        spoil(bad);
        const auto checked = check_memory(bad);
        return !checked && checked.error().message.find(about) != std::string::npos;
    };
    EXPECT_TRUE(complains("id", [](Memory& m) { m.id = ""; }));
    EXPECT_TRUE(complains("title", [](Memory& m) { m.title = ""; }));
    EXPECT_TRUE(complains("content", [](Memory& m) { m.content = ""; }));
    EXPECT_TRUE(complains("namespace", [](Memory& m) { m.ns = "a b"; }));
    EXPECT_TRUE(complains("tag", [](Memory& m) { m.tags = {""}; }));
    EXPECT_TRUE(complains("priority", [](Memory& m) { m.priority = 0; }));
    EXPECT_TRUE(complains("confidence", [](Memory& m) { m.confidence = 2; }));
    EXPECT_TRUE(complains("created_at", [](Memory& m) { m.created_at = "today"; }));
    EXPECT_TRUE(complains("expires_at", [](Memory& m) { m.expires_at = ""; }));
    EXPECT_TRUE(complains("metadata", [](Memory& m) { m.metadata = "[]"; }));
}

}  // namespace
}  // namespace aimem
