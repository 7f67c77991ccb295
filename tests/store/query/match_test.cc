#include "store/query/match.h"

#include "store/query/recall.h"
#include "tests/store/query/shelf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace aimem::query {
namespace {

using test::kNow;
using test::Shelf;

// 600 rows: "common" in all, "frequent" in every second, "sparse" in every twentieth.
class Crowd : public ::testing::Test {
protected:
    Crowd() {
        shelf.exec("BEGIN");
        for (int i = 0; i < 600; ++i) {
            std::string content = "common";
            if (i % 2 == 0) content += " frequent";
            if (i % 20 == 0) content += " sparse";
            if (i % 3 == 0) content += " third";
            shelf.add({.ns = i % 100 == 7 ? "small" : "big",
                       .title = "row " + std::to_string(i),
                       .content = content,
                       .priority = i < 5 ? 9 : 5});
        }
        shelf.exec("COMMIT");
    }

    // Numbers of the rows found, ascending.
    std::vector<int> found(const Question& question) {
        std::vector<int> rows;
        for (const Match& match : best_matches(shelf.db(), question))
            rows.push_back(static_cast<int>(match.rowid) - 1);
        std::sort(rows.begin(), rows.end());
        EXPECT_EQ(std::adjacent_find(rows.begin(), rows.end()), rows.end()) << "a row came twice";
        EXPECT_LE(rows.size(), question.rows_max);
        return rows;
    }

    Shelf shelf;
};

TEST_F(Crowd, AllMatchesComeWhenTheyFit) {
    EXPECT_EQ(found({.terms = {"sparse"}, .rows_max = 30}).size(), 30u);
    EXPECT_EQ(found({.terms = {"sparse", "absent"}, .rows_max = 100}).size(), 30u);
    EXPECT_EQ(found({.terms = {"common"}, .rows_max = 600}).size(), 600u);
    EXPECT_TRUE(found({.terms = {"absent"}, .rows_max = 100}).empty());
    EXPECT_TRUE(found({.terms = {}, .rows_max = 100}).empty());
    EXPECT_TRUE(found({.terms = {"common"}, .rows_max = 0}).empty());
}

TEST_F(Crowd, RareWordsChooseAndCommonOnesAddToTheScore) {
    const auto rows =
        best_matches(shelf.db(), {.terms = {"common", "third", "sparse"}, .rows_max = 40});
    std::set<std::int64_t> ids;
    double with_third = 0.0;
    double without = 0.0;
    for (const Match& match : rows) {
        ids.insert(match.rowid - 1);
        if (match.rowid - 1 == 60) with_third = match.relevance;
        if (match.rowid - 1 == 20) without = match.relevance;
    }
    for (int i = 0; i < 600; i += 20) EXPECT_TRUE(ids.contains(i)) << i;
    EXPECT_GT(without, 0.0);
    EXPECT_GT(with_third, without + 0.1);
}

TEST_F(Crowd, RowsWithTwoCommonWordsComeBeforeOthers) {
    const auto rows = found({.terms = {"frequent", "third"}, .rows_max = 100});
    ASSERT_EQ(rows.size(), 100u);
    for (const int row : rows) EXPECT_EQ(row % 6, 0) << row;
}

TEST_F(Crowd, OfCommonRowsTheImportantAndTheNewestCome) {
    const auto rows = found({.terms = {"common"}, .rows_max = 50});
    ASSERT_EQ(rows.size(), 50u);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(rows[static_cast<std::size_t>(i)], i) << "important";
    EXPECT_EQ(rows.back(), 599);
    EXPECT_EQ(rows[5], 555) << "the newest 45";
}

TEST_F(Crowd, ASmallNamespaceIsNotCrowdedOut) {
    const Expression small = in_namespaces({"small"});
    EXPECT_EQ(found({.terms = {"common"}, .narrowed = small, .rows_max = 20}),
              (std::vector<int>{7, 107, 207, 307, 407, 507}));
    EXPECT_EQ(found({.terms = {"common"}, .narrowed = small, .rows_max = 3}),
              (std::vector<int>{307, 407, 507}));
}

TEST_F(Crowd, EveryWordIsNeededThenToo) {
    for (const int row :
         found({.terms = {"common", "frequent"}, .need = Need::every_word, .rows_max = 50}))
        EXPECT_EQ(row % 2, 0);
    EXPECT_EQ(
        found({.terms = {"common", "sparse"}, .need = Need::every_word, .rows_max = 50}).size(),
        30u);
}

TEST_F(Crowd, WeightIsWhatPriorityAndTierAdd) {
    shelf.add({.tier = Tier::long_term, .title = "zebra", .priority = 9});
    shelf.add({.tier = Tier::short_term, .title = "zebra two", .priority = 1});
    std::multiset<double> weights;
    for (const Match& match : best_matches(shelf.db(), {.terms = {"zebra"}, .rows_max = 9}))
        weights.insert(match.weight);
    EXPECT_EQ(weights, (std::multiset<double>{0.5, 7.5}));
}

TEST_F(Crowd, RelevanceIsBm25) {
    // "sparse" is in 30 of 600 rows, once in each; the rows have 4, 5 or 6 words and one tag list.
    const auto rows = best_matches(shelf.db(), {.terms = {"sparse"}, .rows_max = 30});
    ASSERT_FALSE(rows.empty());
    double tokens = 0;
    for (int i = 0; i < 600; ++i)
        tokens += 3 + (i % 2 == 0 ? 1 : 0) + (i % 20 == 0 ? 1 : 0) + (i % 3 == 0 ? 1 : 0);
    const double idf = std::log((600 - 30 + 0.5) / (30 + 0.5));
    for (const Match& match : rows) {
        const double length = 5 + ((match.rowid - 1) % 3 == 0 ? 1 : 0);
        const double expected = idf * 2.2 / (1 + 1.2 * (0.25 + 0.75 * length / (tokens / 600)));
        EXPECT_NEAR(match.relevance, expected, 1e-9) << match.rowid;
    }
}

// Four words too common to look at all their rows: the commonest is not asked about, but counts.
TEST(Pairs, TheWordsThatAreNotAskedAboutAddToTheScore) {
    Shelf shelf;
    shelf.exec("BEGIN");
    for (int i = 0; i < 600; ++i) {
        std::string content = "row";
        if (i % 3 == 0) content += " often";
        if (i % 4 == 0) content += " oak";
        if (i % 5 == 0) content += " elm";
        if (i % 7 == 0) content += " yew";
        shelf.add({.title = "row " + std::to_string(i), .content = content});
    }
    shelf.exec("COMMIT");
    std::map<std::int64_t, double> relevance;
    for (const Match& match :
         best_matches(shelf.db(), {.terms = {"oak", "often", "elm", "yew"}, .rows_max = 20}))
        relevance[match.rowid - 1] = match.relevance;
    ASSERT_TRUE(relevance.contains(420) && relevance.contains(560)) << "all three of the rarest";
    EXPECT_GT(relevance[420], relevance[560] + 0.1);
    ASSERT_TRUE(relevance.contains(588) && relevance.contains(595)) << "two of them";
    EXPECT_GT(relevance[588], relevance[595]) << "though oak is commoner than elm";
}

// So many that they are estimated: 1,400 of 6,000, but every one of the first 1,400 or the last.
TEST(Estimate, AWordThatCameAllAtOnceIsNotTakenForOneThatIsEverywhere) {
    for (const char* when : {"value <= 1400", "value > 4600", "value BETWEEN 3000 AND 4399"}) {
        Shelf shelf;
        shelf.exec(
            std::string("WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n "
                        "LIMIT 6000) INSERT INTO memories(id, tier, title, content, created_at, "
                        "updated_at) SELECT 'r' || value, 'mid', 't' || value, CASE WHEN ") +
            when + " THEN 'billing' ELSE 'other' END, '2026', '2026' FROM n");
        const auto rows = best_matches(shelf.db(), {.terms = {"billing"}, .rows_max = 50});
        ASSERT_FALSE(rows.empty());
        const double idf = std::log((6000 - 1400 + 0.5) / (1400 + 0.5));
        EXPECT_NEAR(rows.front().relevance / idf, 1.0, 0.2) << when;
    }
}

TEST(Recall, AgreesWithTheFullFormulaWhileMatchesFit) {
    Shelf shelf;
    std::uint64_t state = 42;  // of a small generator: the same rows every time
    const auto next = [&state](std::uint64_t n) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return (state >> 33u) % n;
    };
    for (int i = 0; i < 500; ++i) {
        std::string content;
        for (int k = 0; k < 20; ++k) content += "w" + std::to_string(next(40) * next(3)) + " ";
        shelf.add({.tier = static_cast<Tier>(next(3)),
                   .title = "row " + std::to_string(i),
                   .content = content,
                   .priority = static_cast<int>(1 + next(10)),
                   .access_count = static_cast<std::int64_t>(next(60))});
    }
    const auto answer = recall(shelf.db(), {.context = "w7 w14 w22", .limit = 50}, kNow);
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->hits.size(), 50u);
    std::vector<double> expected;
    for (const Match& match :
         best_matches(shelf.db(), {.terms = {"w7", "w14", "w22"}, .rows_max = 500})) {
        auto row =
            shelf.db()
                .sql(
                    "SELECT 0.5 * priority + 0.1 * min(access_count, 50) + 2.0 * confidence "
                    "+ CASE tier WHEN 'long' THEN 3.0 WHEN 'mid' THEN 1.0 ELSE 0.0 END + 1.0 "
                    "FROM memories WHERE rowid = ?1")
                .bind(match.rowid);
        ASSERT_TRUE(row.step());
        expected.push_back(match.relevance + row.real(0));
    }
    std::sort(expected.rbegin(), expected.rend());
    for (std::size_t i = 0; i < 50; ++i)
        EXPECT_NEAR(answer->hits[i].score, expected[i], 1e-9) << "place " << i;
}

}  // namespace
}  // namespace aimem::query
