// Reading the rows of a node of 0.6.3: which page is asked for when, and that every row arrives
// whatever their times are.
#include "federation/legacy/pull.h"

#include "federation/legacy/puller.h"
#include "store/base/time_text.h"
#include "store/model/json_text.h"
#include "tests/store/core/node.h"
#include "tests/support/old_store.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>

namespace aimem::test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::int64_t kDay = 86'400 * kNsPerSecond;

// The machine against the old store, and a node of ours that takes what comes.
class PullFromOld : public testing::Test {
protected:
    void begin(std::size_t page_rows = limits::since_rows, PullMark mark = {}) {
        OldPullOptions options;
        options.page_rows = page_rows;
        pull_.emplace(options, std::move(mark));
    }
    void reach(bool answers = true, bool settled = true) { pull_->peer_is(answers, settled, now_); }
    void pass(std::chrono::seconds time) {
        now_ += time;
        wall_ += std::chrono::nanoseconds(time).count();
    }
    std::optional<OldAsk> next() { return pull_->next(now_, wall_); }

    // Asks until nothing more is due; how often it asked.
    std::size_t round() {
        for (std::size_t asked = 0;; ++asked) {
            const auto ask = next();
            if (!ask) return asked;
            if (asked > 200) {
                ADD_FAILURE() << "it never ends";
                return asked;
            }
            asked_.push_back(*ask);
            const std::string body =
                ask->everything ? old_.exported() : old_.since(ask->since, ask->limit);
            auto rows = decode_old_rows(body, ask->limit, "http://old");
            take(rows);
            pull_->got(rows->page, now_, wall_);
            if (auto mark = pull_->take_mark()) mark_ = *mark;
        }
    }
    void take(const Result<OldRows>& rows) {
        ASSERT_TRUE(rows) << rows.error().message;
        for (const LegacyPush& push : rows->pushes) {
            node_.committer().begin();
            node_.committer().accept(push);
            node_.committer().commit();
        }
    }
    void there(const std::string& title, std::int64_t at) {
        Memory memory = a_memory(title);
        old_.store(memory, at);
    }
    std::size_t here() {
        return static_cast<std::size_t>(node_.count("SELECT count(*) FROM memories"));
    }

    OldStore old_{};
    Node node_{};
    std::optional<OldPull> pull_{};
    Instant now_{seconds(1000)};
    std::int64_t wall_ = kNoon;
    std::vector<OldAsk> asked_{};
    PullMark mark_{};
};

TEST_F(PullFromOld, AsksNobodyWhoDoesNotAnswerAndWaitsForTheEchoToPass) {
    begin();
    EXPECT_FALSE(next());
    reach(false);
    EXPECT_FALSE(next());
    reach(true, false);
    EXPECT_FALSE(next()) << "it has yet to hear what was deleted here";
    pass(seconds(31));
    EXPECT_TRUE(next()) << "not for ever";
    EXPECT_FALSE(next()) << "one at a time";
}

TEST_F(PullFromOld, EverythingAtFirstThenWhatIsNewEachHourAndEverythingOnceADay) {
    there("one", wall_ - kNsPerSecond);
    begin();
    reach();
    EXPECT_EQ(round(), 1U);
    EXPECT_EQ(asked_.back().since, "");
    EXPECT_EQ(here(), 1U);
    pass(seconds(3599));
    EXPECT_EQ(round(), 0U);
    there("two", wall_);
    pass(seconds(1));
    EXPECT_EQ(round(), 1U);
    EXPECT_NE(asked_.back().since, "");
    EXPECT_EQ(here(), 2U);
    there("late", wall_ - kDay / 2);  // from elsewhere, with the time it was written at
    pass(hours(1));
    round();
    EXPECT_EQ(here(), 2U) << "the control: behind the mark";
    for (int hour = 0; hour < 22; ++hour) {
        pass(hours(1));
        round();
    }
    EXPECT_EQ(here(), 3U);
    EXPECT_EQ(asked_.back().since, "");
}

TEST_F(PullFromOld, WhenItIsBackAtOnce) {
    begin();
    reach();
    round();
    there("while it was away", wall_);
    reach(false);
    pass(seconds(5));
    reach();
    EXPECT_EQ(round(), 1U);
    EXPECT_EQ(here(), 1U);
    there("while nobody looked", wall_);
    EXPECT_EQ(round(), 0U);
    pull_->back(now_);  // it was away between two looks
    EXPECT_EQ(round(), 1U);
    EXPECT_EQ(here(), 2U);
}

TEST_F(PullFromOld, ManyRowsOfOneInstantAcrossThePages) {
    for (int i = 0; i < 95; ++i) there(fmt::format("row {}", i), wall_ - kDay + (i / 7) * 1000);
    begin(10);
    reach();
    round();
    EXPECT_EQ(here(), 95U);
    for (const OldAsk& ask : asked_) EXPECT_FALSE(ask.everything);
}

TEST_F(PullFromOld, AnInstantThatFillsAPageIsReadByTheExport) {
    for (int i = 0; i < 5; ++i) there(fmt::format("before {}", i), wall_ - kDay);
    for (int i = 0; i < 25; ++i) there(fmt::format("bulk {}", i), wall_ - kDay / 2);
    for (int i = 0; i < 5; ++i) there(fmt::format("behind {}", i), wall_ - kDay / 4);
    begin(10);
    reach();
    round();
    EXPECT_EQ(here(), 35U);
    EXPECT_TRUE(asked_.back().everything);
}

TEST_F(PullFromOld, ARowFromTheFutureHidesNothing) {
    there("2036", wall_ + 3650 * kDay);
    begin();
    reach();
    round();
    there("now", wall_ + kNsPerSecond);
    pass(hours(1));
    round();
    EXPECT_EQ(here(), 2U);
}

TEST_F(PullFromOld, GoesOnAfterARestartWhereItWas) {
    there("one", wall_ - kDay);
    begin();
    reach();
    round();
    begin(limits::since_rows, mark_);
    reach();
    EXPECT_EQ(round(), 1U);
    EXPECT_NE(asked_.back().since, "");
    node_.committer().begin();
    note_pull(node_.committer().registers(), "http://old", mark_);
    node_.committer().commit();
    EXPECT_EQ(pull_mark(node_.db(), "http://old").since, mark_.since);
    EXPECT_EQ(pull_mark(node_.db(), "http://old").full_at, mark_.full_at);
    EXPECT_EQ(pull_mark(node_.db(), "http://other").since, "");
}

TEST_F(PullFromOld, WhatIsMissingThereIsNotDeletedHere) {
    there("kept", wall_ - kDay);
    begin();
    reach();
    round();
    const auto id = old_.by_title("global", "kept")->id;
    old_.remove(id);
    pass(hours(25));
    round();
    EXPECT_EQ(here(), 1U);
}

TEST_F(PullFromOld, AnAnswerThatIsTooLargeIsAskedForInSmallerPages) {
    begin(1000);
    reach();
    ASSERT_TRUE(next());
    pull_->failed(OldPull::Failure::too_large, now_);
    auto ask = next();
    ASSERT_TRUE(ask);
    EXPECT_EQ(ask->limit, 500U);
    for (int i = 0; i < 3; ++i) {
        pull_->failed(OldPull::Failure::too_large, now_);
        ask = next();
        ASSERT_TRUE(ask);
    }
    EXPECT_EQ(ask->limit, 100U);
    pull_->failed(OldPull::Failure::too_large, now_);
    EXPECT_FALSE(next()) << "not again and again";
    pass(hours(1));
    EXPECT_TRUE(next());
    pull_->failed(OldPull::Failure::unreachable, now_);
    EXPECT_FALSE(next());
    pass(seconds(30));
    EXPECT_TRUE(next());
}

TEST(OldRows, BrokenRowsSpoilNothing) {
    const auto rows = decode_old_rows(
        R"({"memories":[1,{"id":"x"},{"id":"a","tier":"mid","namespace":"n","title":"t","content":"c",
            "tags":[],"priority":5,"confidence":1.0,"source":"api","access_count":0,
            "created_at":"2026-05-01T10:00:00+00:00","updated_at":"2026-05-01T10:00:00+00:00"}],"limit":7})",
        10, "http://old");
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->malformed, 2U);
    EXPECT_EQ(rows->page.rows, 3U);
    EXPECT_EQ(rows->page.limit, 7U);
    EXPECT_EQ(rows->page.last, "2026-05-01T10:00:00+00:00");
    ASSERT_EQ(rows->pushes.size(), 1U);
    EXPECT_EQ(rows->pushes[0].memories.size(), 1U);
    EXPECT_EQ(rows->pushes[0].sender, "http://old");
    EXPECT_FALSE(decode_old_rows("<html>", 10, ""));
    EXPECT_FALSE(decode_old_rows(R"({"memories":{}})", 10, ""));
}

}  // namespace
}  // namespace aimem::test
