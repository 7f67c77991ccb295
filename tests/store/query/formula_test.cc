// Recall against the formula of facts/mcp-tools.md 5.4, worked out here row by row without the text
// index: the same rows in the same order where every match is looked at, and never a score that is
// not the formula's. SPDX-License-Identifier: Apache-2.0
#include "store/query/recall.h"
#include "store/query/score.h"
#include "tests/store/query/shelf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>

namespace aimem::query {
namespace {

using test::kDay;
using test::kNow;
using test::Shelf;
using test::time_at;

constexpr double kHair = 1e-4;  // words in more than half of all rows weigh less than this

std::uint64_t seed_of_test() {
    if (const char* given = std::getenv("AIMEM_TEST_SEED"))
        return std::strtoull(given, nullptr, 10);
    return std::random_device{}();
}

struct Row {
    std::string id{};
    std::string ns{};
    std::map<std::string, int> words{};
    double tokens = 0;
    double rest = 0;  // what does not come from the words
};

// Words by Zipf: the first in nearly every row, the last in hardly any.
class World {
public:
    // One row in `used` has been used.
    World(std::uint64_t seed, std::size_t rows, std::uint64_t used) : random_(seed), used_(used) {
        shelf_.exec("BEGIN");
        for (std::size_t i = 0; i < rows; ++i) add(i);
        shelf_.exec("COMMIT");
    }

    // At most six words: of more, the frequent ones are estimated and not counted.
    std::string question() {
        std::string out = word();
        int more = 5;
        for (const auto& [one, times] : rows_[random_() % rows_.size()].words)
            if (random_() % 4 == 0 && more-- > 0) out += " " + one;
        return out;
    }

    std::size_t matching(const std::string& question, const std::string& ns) const {
        const auto asked = asked_words(question);
        return static_cast<std::size_t>(std::count_if(
            rows_.begin(), rows_.end(),
            [&](const Row& r) { return (ns.empty() || r.ns == ns) && relevance(r, asked) > 0; }));
    }

    double score(const Row& row, const std::string& question) const {
        return relevance(row, asked_words(question)) + row.rest;
    }

    const std::vector<Row>& rows() const { return rows_; }
    sqlite::Database& db() { return shelf_.db(); }
    std::uint64_t next(std::uint64_t below) { return random_() % below; }

private:
    std::string word() {
        const double at = std::uniform_real_distribution<double>(0, 1)(random_);
        return "w" + std::to_string(static_cast<int>(std::pow(3'000.0, at)));
    }

    void add(std::size_t number) {
        Memory memory;
        memory.id = memory.title = "row" + std::to_string(number);
        memory.ns = random_() % 20 == 0 ? "small" : "big";
        memory.tier = static_cast<Tier>(random_() % 3);
        memory.priority = static_cast<int>(1 + random_() % 10);
        memory.confidence = static_cast<double>(random_() % 11) / 10.0;
        memory.access_count =
            random_() % used_ == 0 ? static_cast<std::int64_t>(random_() % 70) : 0;
        const auto days = static_cast<std::int64_t>(random_() % 100);
        memory.updated_at = time_at(-days * kDay);
        memory.created_at = memory.updated_at;
        Row row{memory.id, memory.ns, {}, 1, 0};
        for (std::size_t words = 5 + random_() % 30; words > 0; --words) {
            const std::string one = word();
            memory.content += one + " ";
            row.words[one] += 1;
            row.tokens += 1;
        }
        row.rest = 0.5 * memory.priority +
                   0.1 * static_cast<double>(std::min<std::int64_t>(memory.access_count, 50)) +
                   2.0 * memory.confidence + 1.0 / (1.0 + 0.1 * static_cast<double>(days)) +
                   (memory.tier == Tier::long_term ? 3.0
                    : memory.tier == Tier::mid     ? 1.0
                                                   : 0.0);
        tokens_ += row.tokens;
        for (const auto& [one, times] : row.words) rows_with_[one] += 1;
        rows_.push_back(std::move(row));
        shelf_.add(std::move(memory));
    }

    static std::set<std::string> asked_words(const std::string& question) {
        std::set<std::string> out;
        for (std::size_t at = 0; at < question.size();) {
            const std::size_t end = std::min(question.find(' ', at), question.size());
            out.insert(question.substr(at, end - at));
            at = end + 1;
        }
        return out;
    }

    double relevance(const Row& row, const std::set<std::string>& asked) const {
        const double all = static_cast<double>(rows_.size());
        const double length = 1.2 * (0.25 + 0.75 * row.tokens / (tokens_ / all));
        double out = 0;
        for (const std::string& one : asked) {
            const auto found = row.words.find(one);
            if (found == row.words.end()) continue;
            const double with = rows_with_.at(one);
            const double idf = std::max(1e-6, std::log((all - with + 0.5) / (with + 0.5)));
            out += idf * 2.2 * found->second / (found->second + length);
        }
        return out;
    }

    std::mt19937_64 random_;
    std::uint64_t used_;
    Shelf shelf_{};
    std::vector<Row> rows_{};
    std::map<std::string, double> rows_with_{};
    double tokens_ = 0;
};

class Formula : public ::testing::Test {
protected:
    // The best scores by the formula, and those of what recall found.
    void compare(World& world, const std::string& question, const std::string& ns) {
        SCOPED_TRACE(question + " in " + (ns.empty() ? "all" : ns));
        RecallQuery query{.context = question, .limit = 20};
        if (!ns.empty()) query.filter.ns = ns;
        const auto answer = recall(world.db(), query, kNow);
        ASSERT_TRUE(answer);
        std::map<std::string, const Row*> by_id;
        std::vector<double> best;
        for (const Row& row : world.rows()) {
            by_id[row.id] = &row;
            const double score = world.score(row, question);
            if (score > row.rest && (ns.empty() || row.ns == ns)) best.push_back(score);
        }
        std::sort(best.rbegin(), best.rend());
        const bool all_looked_at = world.matching(question, ns) <= kLookedAt;
        if (all_looked_at) {
            ASSERT_EQ(answer->hits.size(), std::min<std::size_t>(best.size(), 20));
            complete_ += 1;
        }
        for (std::size_t i = 0; i < answer->hits.size(); ++i) {
            const Hit& hit = answer->hits[i];
            EXPECT_NEAR(hit.score, world.score(*by_id.at(hit.memory.id), question), kHair);
            if (i > 0) {
                EXPECT_LE(hit.score, answer->hits[i - 1].score);
            }
            if (all_looked_at) {
                EXPECT_NEAR(hit.score, best[i], kHair) << "place " << i;
            }
        }
        found_ += answer->hits.empty() ? 0 : answer->hits.front().score;
        possible_ += best.empty() ? 0 : best.front();
    }

    static constexpr std::size_t kLookedAt = 800;
    int complete_ = 0;
    double found_ = 0;  // of the first places
    double possible_ = 0;
};

TEST_F(Formula, HoldsForEveryRowThatIsFoundAndForAllWhereTheyFit) {
    const std::uint64_t seed = seed_of_test();
    std::cout << "AIMEM_TEST_SEED=" << seed << '\n';
    SCOPED_TRACE("AIMEM_TEST_SEED=" + std::to_string(seed));
    constexpr int questions = 10;
    // Where few rows have been used recall knows which; where many have, it knows only the first.
    for (const std::uint64_t used : {1U, 20U}) {
        World world(seed, 2'000, used);
        for (int i = 0; i < questions; ++i) {
            compare(world, world.question(), "");
            compare(world, world.question(), "small");
            compare(world, "w" + std::to_string(20 + world.next(2'900)), "");
        }
    }
    EXPECT_GE(complete_, 2 * questions) << "small and single words fit";
    EXPECT_LT(complete_, 6 * questions) << "some questions must not fit, or the rest is untested";
    EXPECT_GE(found_, 0.97 * possible_) << "the best is nearly always among what is looked at";
}

}  // namespace
}  // namespace aimem::query
