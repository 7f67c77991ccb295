#include "store/query/score.h"

#include "tests/store/query/shelf.h"

#include <gtest/gtest.h>

namespace aimem::query {
namespace {

using test::kDay;
using test::kNow;

TEST(Score, IsTheReferencesSum) {
    // The worked example of facts/mcp-tools.md 5.4.
    const Features row{.relevance = 2.10,
                       .priority = 8,
                       .access_count = 3,
                       .confidence = 1.0,
                       .tier = Tier::long_term,
                       .updated_ns = kNow - 10 * kDay};
    EXPECT_NEAR(recall_score(row, kNow), 11.9, 1e-9);
    EXPECT_NEAR(search_score(row, kNow), 8.9, 1e-9);
}

TEST(Score, EachPartCountsAsItShould) {
    const Features plain{.priority = 1, .confidence = 0.0, .updated_ns = kNow};
    const double base = search_score(plain, kNow);
    EXPECT_NEAR(base, 0.5 + 1.0, 1e-9);
    const auto gain = [&](auto change) {
        Features row = plain;
        change(row);
        return search_score(row, kNow) - base;
    };
    EXPECT_NEAR(gain([](Features& r) { r.relevance = 3.5; }), 3.5, 1e-9);
    EXPECT_NEAR(gain([](Features& r) { r.priority = 10; }), 4.5, 1e-9);
    EXPECT_NEAR(gain([](Features& r) { r.access_count = 50; }), 5.0, 1e-9);
    EXPECT_NEAR(gain([](Features& r) { r.access_count = 1'000'000; }), 5.0, 1e-9) << "bounded";
    EXPECT_NEAR(gain([](Features& r) { r.confidence = 0.5; }), 1.0, 1e-9);
    EXPECT_NEAR(gain([](Features& r) { r.updated_ns = kNow - 30 * kDay; }), 0.25 - 1.0, 1e-9);
    EXPECT_NEAR(gain([](Features& r) { r.updated_ns = kNow + 10 * kDay; }), 0.0, 1e-9)
        << "a time in the future counts as now";
    EXPECT_NEAR(gain([](Features& r) { r.tier = Tier::long_term; }), 0.0, 1e-9);
}

TEST(Score, TiersAddToRecallOnly) {
    const auto bonus = [](Tier tier) {
        const Features row{.tier = tier, .updated_ns = kNow};
        return recall_score(row, kNow) - search_score(row, kNow);
    };
    EXPECT_NEAR(bonus(Tier::short_term), 0.0, 1e-9);
    EXPECT_NEAR(bonus(Tier::mid), 1.0, 1e-9);
    EXPECT_NEAR(bonus(Tier::long_term), 3.0, 1e-9);
}

TEST(Proximity, FallsWithEachLevelAbove) {
    EXPECT_DOUBLE_EQ(proximity("a/b/c", "a/b/c"), 1.0);
    EXPECT_NEAR(proximity("a/b/c", "a/b"), 0.769, 1e-3);
    EXPECT_NEAR(proximity("a/b/c", "a"), 0.625, 1e-3);
    EXPECT_NEAR(proximity("a/b/c/d", "a"), 0.526, 1e-3);
    EXPECT_DOUBLE_EQ(proximity("a", "a/b"), 1.0);
    EXPECT_DOUBLE_EQ(proximity("a", "a"), 1.0);
}

TEST(Ancestors, NearestFirst) {
    EXPECT_EQ(with_ancestors("a/b/c"), (std::vector<std::string>{"a/b/c", "a/b", "a"}));
    EXPECT_EQ(with_ancestors("a"), (std::vector<std::string>{"a"}));
    EXPECT_TRUE(with_ancestors("").empty());
}

struct Seen {
    const char* position;
    const char* memory_ns;
    const char* scope;
    bool allowed;
};

TEST(Visibility, FollowsTheScopes) {
    const Seen table[] = {
        {"a/b/c/d", "x/y", "collective", true},
        {"a", "x", "collective", true},
        {"a/b/c/d", "a/b/c/d", "private", true},
        {"a/b/c/d", "a/b/c/d/e", "private", false},
        {"a/b/c/d", "a/b/c", "private", false},
        {"a/b/c/d", "a/b/c", "team", true},
        {"a/b/c/d", "a/b/c/x", "team", true},
        {"a/b/c/d", "a/b/c/d", "team", true},
        {"a/b/c/d", "a/b/cc", "team", false},
        {"a/b/c/d", "a/b", "team", false},
        {"a/b/c/d", "a/b", "unit", true},
        {"a/b/c/d", "a/b/x/y", "unit", true},
        {"a/b/c/d", "a", "unit", false},
        {"a/b/c/d", "a", "org", true},
        {"a/b/c/d", "a/x", "org", true},
        {"a/b/c/d", "b", "org", false},
        {"a/b/c", "a/b/c", "org", false},
        {"a", "a", "private", true},
        {"a", "a", "team", false},
        {"a/b", "a", "team", true},
        {"a/b", "a", "unit", false},
        {"a/b", "A", "team", false},
        {"a/b", "a", "Team", false},
        {"a/b", "a/b", "everyone", false},
        {"a/b", "a/b", "", false},
    };
    for (const Seen& row : table)
        EXPECT_EQ(Visibility(row.position).allows(row.memory_ns, row.scope), row.allowed)
            << row.position << " sees " << row.scope << " of " << row.memory_ns;
}

TEST(Visibility, AMemoryWithoutScopeIsPrivate) {
    EXPECT_EQ(scope_of("{}"), "private");
    EXPECT_EQ(scope_of(R"({"scope":null})"), "private");
    EXPECT_EQ(scope_of(R"({"scope":"team"})"), "team");
    EXPECT_EQ(scope_of(R"({"scope":7})"), "unknown");
    EXPECT_EQ(scope_of("broken"), "private");
}

Hit hit(const std::string& id, std::size_t tokens) {
    return {.memory = {.id = id,
                       .title = std::string(4, 't'),
                       .content = std::string((tokens - 1) * 4, 'c')}};
}

TEST(Budget, PassesOverWhatDoesNotFitAndGoesOn) {
    std::vector<Hit> hits{hit("big", 50), hit("a", 10), hit("b", 8), hit("c", 2)};
    EXPECT_EQ(keep_within_budget(hits, 12), 12u);
    ASSERT_EQ(hits.size(), 2u);
    EXPECT_EQ(hits[0].memory.id, "a");
    EXPECT_EQ(hits[1].memory.id, "c");
}

TEST(Budget, ExactlyFullStillFits) {
    std::vector<Hit> hits{hit("a", 10), hit("b", 2)};
    EXPECT_EQ(keep_within_budget(hits, 10), 10u);
    EXPECT_EQ(hits.size(), 1u);
    EXPECT_EQ(keep_within_budget(hits, 9), 0u);
    EXPECT_TRUE(hits.empty());
}

TEST(Budget, WithoutOneAllFitAndAreCounted) {
    std::vector<Hit> hits{hit("a", 10), hit("b", 2)};
    EXPECT_EQ(keep_within_budget(hits, std::nullopt), 12u);
    EXPECT_EQ(hits.size(), 2u);
}

TEST(Budget, ATokenIsFourBytesRoundedDown) {
    EXPECT_EQ(tokens_of({.title = "abc", .content = "defgh"}), 2u);
    EXPECT_EQ(tokens_of({.title = "abc", .content = "def"}), 1u);
}

}  // namespace
}  // namespace aimem::query
