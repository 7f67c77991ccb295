#include "store/query/recall.h"

#include "store/query/fts_query.h"
#include "store/query/similar_titles.h"
#include "store/query/viewer.h"
#include "tests/store/query/shelf.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace aimem::query {
namespace {

using test::ids_of;
using test::kDay;
using test::kNow;
using test::Shelf;
using test::time_at;
using Ids = std::vector<std::string>;

Ids recalled(Shelf& shelf, const RecallQuery& query) {
    const auto answer = recall(shelf.db(), query, kNow);
    if (!answer) return {"error: " + answer.error().message};
    Ids ids;
    for (const Hit& hit : answer->hits) ids.push_back(hit.memory.id);
    return ids;
}

Ids searched(Shelf& shelf, const SearchQuery& query) {
    const auto found = search(shelf.db(), query, kNow);
    return found ? ids_of(*found) : Ids{"error: " + found.error().message};
}

Ids sorted(Ids ids) {
    std::sort(ids.begin(), ids.end());
    return ids;
}

TEST(Recall, FindsAnyWordInTitleContentAndTags) {
    Shelf shelf;
    shelf.add({.id = "t", .title = "kestrel nest"});
    shelf.add({.id = "c", .title = "one", .content = "seen: a kestrel, hovering"});
    shelf.add({.id = "g", .title = "two", .tags = {"birds", "Kestrel"}});
    shelf.add({.id = "n", .title = "three", .content = "falcon"});
    EXPECT_EQ(sorted(recalled(shelf, {.context = "where is the kestrel?"})), (Ids{"c", "g", "t"}));
    EXPECT_EQ(sorted(recalled(shelf, {.context = "kestrel falcon"})), (Ids{"c", "g", "n", "t"}));
}

TEST(Recall, ScoresAreFts5sOwnBm25AndTheFormula) {
    Shelf shelf;
    for (int i = 0; i < 40; ++i)
        shelf.add({.title = "filler " + std::to_string(i), .content = "words of no account"});
    shelf.add({.id = "a",
               .tier = Tier::long_term,
               .title = "kestrel kestrel",
               .content = "a runner pool called kestrel, and other things besides",
               .tags = {"kestrel"},
               .priority = 8,
               .confidence = 0.75,
               .access_count = 3,
               .updated_at = time_at(-10 * kDay)});
    shelf.add({.id = "b", .title = "runner", .content = "kestrel"});
    double expected = 0.0;
    {
        auto row = shelf.db()
                       .sql(
                           "SELECT -bm25(memories_fts, 1, 1, 1, 0, 0) FROM memories_fts WHERE "
                           "memories_fts MATCH 'kestrel OR runner' AND rowid = (SELECT rowid FROM "
                           "memories WHERE id = 'a')")
                       .bind();
        ASSERT_TRUE(row.step());
        expected = row.real(0) + 4.0 + 0.3 + 1.5 + 3.0 + 0.5;
    }
    const auto answer = recall(shelf.db(), {.context = "kestrel runner"}, kNow);
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->hits.size(), 2u);
    EXPECT_EQ(answer->hits[0].memory.id, "a");
    // FTS5 counts the hidden columns as text too, so its lengths differ a little from ours.
    EXPECT_NEAR(answer->hits[0].score, expected, 0.5);
    EXPECT_EQ(answer->mode, "keyword");
}

TEST(Recall, BetterRowsComeFirst) {
    Shelf shelf;
    shelf.add({.id = "plain", .title = "kestrel one", .content = "x"});
    shelf.add({.id = "important", .title = "kestrel two", .content = "x", .priority = 9});
    shelf.add({.id = "used", .title = "kestrel three", .content = "x", .access_count = 15});
    shelf.add({.id = "unsure", .title = "kestrel four", .content = "x", .confidence = 0.1});
    shelf.add(
        {.id = "old", .title = "kestrel five", .content = "x", .updated_at = time_at(-100 * kDay)});
    shelf.add({.id = "long",
               .tier = Tier::long_term,
               .title = "kestrel six",
               .content = "x",
               .priority = 6});
    EXPECT_EQ(recalled(shelf, {.context = "kestrel"}),
              (Ids{"long", "important", "used", "plain", "old", "unsure"}));
    EXPECT_EQ(searched(shelf, {.query = "kestrel"}),
              (Ids{"important", "used", "long", "plain", "old", "unsure"}));
    EXPECT_EQ(recalled(shelf, {.context = "kestrel", .limit = 2}), (Ids{"long", "important"}));
    EXPECT_EQ(recalled(shelf, {.context = "kestrel", .limit = 0}), Ids{});
}

TEST(Recall, AQuestionWithoutAWordMatchesNothing) {
    Shelf shelf;
    shelf.add({.title = "empty", .content = "empty _empty_ AND OR"});
    for (const char* context : {"***", "AND OR", "\"\"", "\xe2\x80\x94"}) {
        EXPECT_EQ(recalled(shelf, {.context = context}), Ids{}) << context;
        EXPECT_EQ(searched(shelf, {.query = context}), Ids{}) << context;
    }
    EXPECT_EQ(recalled(shelf, {.context = "  "}), Ids{"error: context cannot be empty"});
    EXPECT_EQ(searched(shelf, {.query = ""}), Ids{"error: query cannot be empty"});
}

TEST(Recall, NothingACallerWritesIsSyntax) {
    Shelf shelf;
    shelf.add({.id = "k", .title = "kestrel"});
    for (const char* word :
         {"\"", "kestrel\"", "NEAR(kestrel x)", "title:kestrel", "-kestrel", "^kestrel", "kes*",
          "(((((", "kestrel AND NOT", "'; DROP TABLE memories; --", "a\"\"\"b", "{title}:x",
          "aim0n676c6f62616c", "\xff\xff"}) {
        const auto answer = recall(shelf.db(), {.context = word}, kNow);
        EXPECT_TRUE(answer) << word;
        EXPECT_TRUE(search(shelf.db(), {.query = word}, kNow)) << word;
    }
    EXPECT_EQ(recalled(shelf, {.context = "kestrel"}), Ids{"k"});
}

TEST(Recall, LooksInTheNamespaceAndAboveItButNotBelowOrBeside) {
    Shelf shelf;
    for (const char* ns : {"a", "a/b", "a/b/c", "a/b/c/d", "a/x", "b", "global"})
        shelf.add({.id = ns, .ns = ns, .title = "kestrel"});
    EXPECT_EQ(recalled(shelf, {.context = "kestrel", .filter = {.ns = "a/b/c"}}),
              (Ids{"a/b/c", "a/b", "a"}));
    EXPECT_EQ(recalled(shelf, {.context = "kestrel", .filter = {.ns = "a"}}), Ids{"a"});
    EXPECT_EQ(recalled(shelf, {.context = "kestrel"}).size(), 7u);
    EXPECT_EQ(searched(shelf, {.query = "kestrel", .filter = {.ns = "a/b/c"}}), Ids{"a/b/c"});
}

TEST(Recall, TheOwnNamespaceIsNotCutAwayByAncestors) {
    Shelf shelf;
    for (int i = 0; i < 20; ++i)
        shelf.add({.ns = "a", .title = "kestrel " + std::to_string(i), .priority = 6});
    shelf.add({.id = "own", .ns = "a/b", .title = "kestrel here", .priority = 5});
    const auto ids = recalled(shelf, {.context = "kestrel", .filter = {.ns = "a/b"}, .limit = 5});
    ASSERT_EQ(ids.size(), 5u);
    EXPECT_EQ(ids.front(), "own");
}

TEST(Recall, HidesExpiredRows) {
    Shelf shelf;
    shelf.add({.id = "gone", .title = "kestrel 1", .expires_at = time_at(0)});
    shelf.add(
        {.id = "short fraction", .title = "kestrel 2", .expires_at = "2026-09-21T14:13:20+00:00"});
    shelf.add({.id = "there", .title = "kestrel 3", .expires_at = time_at(1)});
    ASSERT_EQ(time_at(0), "2026-09-21T14:13:20.000000000+00:00");
    EXPECT_EQ(recalled(shelf, {.context = "kestrel"}), Ids{"there"});
    EXPECT_EQ(searched(shelf, {.query = "kestrel"}), Ids{"there"});
}

TEST(Recall, EveryFilterNarrows) {
    Shelf shelf;
    shelf.add({.id = "yes",
               .tier = Tier::short_term,
               .title = "kestrel 1",
               .tags = {"c++", "big bird"},
               .priority = 7,
               .created_at = time_at(-2 * kDay),
               .metadata = R"({"agent_id":"ai:me@host/x"})"});
    shelf.add({.id = "no",
               .title = "kestrel 2",
               .tags = {"big", "bird", "c"},
               .metadata = R"({"agent_id":"ai:me@host"})"});
    const auto only_yes = [&](const Filter& filter) {
        EXPECT_EQ(recalled(shelf, {.context = "kestrel", .filter = filter}), Ids{"yes"});
        EXPECT_EQ(searched(shelf, {.query = "kestrel", .filter = filter}), Ids{"yes"});
    };
    only_yes({.tier = Tier::short_term});
    only_yes({.tag = "c++"});
    only_yes({.tag = "big bird"});
    only_yes({.agent_id = "ai:me@host/x"});
    only_yes({.min_priority = 7});
    only_yes({.until = time_at(-kDay)});
    only_yes({.until = time_at(-2 * kDay)});
    EXPECT_EQ(recalled(shelf, {.context = "kestrel", .filter = {.since = time_at(-kDay)}}),
              Ids{"no"});
    EXPECT_EQ(recalled(shelf, {.context = "kestrel", .filter = {.since = time_at(0)}}), Ids{"no"});
    EXPECT_EQ(recalled(shelf, {.context = "kestrel", .filter = {.tag = "***"}}), Ids{});
    EXPECT_EQ(recalled(shelf, {.context = "kestrel", .filter = {.since = "yesterday"}}),
              Ids{"error: since must be an RFC 3339 timestamp such as 2026-05-01T10:00:00+00:00"});
}

TEST(Recall, OtherOffsetsAndFractionsAreTheSameInstant) {
    Shelf shelf;
    shelf.add({.id = "k", .title = "kestrel", .created_at = "2026-05-01T10:00:00+00:00"});
    const auto seen = [&](const Filter& filter) {
        return recalled(shelf, {.context = "kestrel", .filter = filter}).size();
    };
    EXPECT_EQ(seen({.since = "2026-05-01T10:00:00Z"}), 1u);
    EXPECT_EQ(seen({.since = "2026-05-01T12:00:00.000+02:00"}), 1u);
    EXPECT_EQ(seen({.since = "2026-05-01T10:00:00.000000001Z"}), 0u);
    EXPECT_EQ(seen({.until = "2026-05-01T10:00:00.000000000Z"}), 1u);
    EXPECT_EQ(seen({.until = "2026-05-01T09:59:59.999Z"}), 0u);
}

TEST(Recall, ScopesCountOnlyForACallerWithAPosition) {
    Shelf shelf;
    const auto add = [&](const std::string& ns, const std::string& scope) {
        shelf.add({.id = scope + " of " + ns,
                   .ns = ns,
                   .title = "kestrel " + scope + ns,
                   .metadata = R"({"scope":")" + scope + R"("})"});
    };
    add("a/b/c", "private");
    add("a/b", "private");
    add("a/b/x", "team");
    add("a/x", "team");
    add("a/x", "unit");
    add("z", "unit");
    add("z", "collective");
    shelf.add({.id = "unscoped", .ns = "a/b/c", .title = "kestrel unscoped"});
    EXPECT_EQ(recalled(shelf, {.context = "kestrel"}).size(), 8u);
    const Ids seen{"collective of z", "private of a/b/c", "team of a/b/x", "unit of a/x",
                   "unscoped"};
    const ReadAs reader({{}, "a/b/c"});
    EXPECT_EQ(sorted(recalled(shelf, {.context = "kestrel"})), seen);
    EXPECT_EQ(sorted(searched(shelf, {.query = "kestrel"})), seen);
}

TEST(Recall, KeepsToTheBudget) {
    Shelf shelf;
    shelf.add(
        {.id = "big", .title = "kestrel a", .content = std::string(4'000, 'x'), .priority = 10});
    shelf.add({.id = "small", .title = "kestrel b", .content = "tiny"});
    const auto answer = recall(shelf.db(), {.context = "kestrel", .budget_tokens = 20}, kNow);
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->hits.size(), 1u);
    EXPECT_EQ(answer->hits[0].memory.id, "small");
    EXPECT_EQ(answer->tokens_used, 3u);
    const auto none = recall(shelf.db(), {.context = "kestrel", .budget_tokens = 0}, kNow);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Errc::invalid_argument);
    EXPECT_NE(none.error().message.find("budget_tokens"), std::string::npos);
}

TEST(Recall, LimitsAreClamped) {
    Shelf shelf;
    for (int i = 0; i < 80; ++i) shelf.add({.title = "kestrel " + std::to_string(i)});
    EXPECT_EQ(recalled(shelf, {.context = "kestrel", .limit = 1'000'000}).size(), 50u);
    EXPECT_EQ(searched(shelf, {.query = "kestrel", .limit = 1'000'000}).size(), 80u);
    EXPECT_EQ(searched(shelf, {.query = "kestrel", .limit = 0}).size(), 0u);
}

TEST(Recall, WritesNothing) {
    Shelf shelf;
    shelf.add({.title = "kestrel"});
    shelf.exec("PRAGMA query_only = ON");
    EXPECT_EQ(recalled(shelf, {.context = "kestrel"}), Ids{"kestrel"});
    EXPECT_EQ(searched(shelf, {.query = "kestrel"}), Ids{"kestrel"});
}

TEST(Recall, FollowsUpdatesAndDeletesOfRows) {
    Shelf shelf;
    shelf.add({.id = "k", .ns = "a", .title = "kestrel"});
    shelf.exec("UPDATE memories SET title = 'falcon', content = 'falcon', namespace = 'b'");
    EXPECT_EQ(recalled(shelf, {.context = "kestrel"}), Ids{});
    EXPECT_EQ(recalled(shelf, {.context = "falcon", .filter = {.ns = "a"}}), Ids{});
    EXPECT_EQ(recalled(shelf, {.context = "falcon", .filter = {.ns = "b"}}), Ids{"k"});
    shelf.exec("UPDATE memories SET tier = 'long', metadata = '{\"agent_id\":\"me\"}'");
    EXPECT_EQ(searched(shelf, {.query = "falcon", .filter = {.tier = Tier::long_term}}), Ids{"k"});
    EXPECT_EQ(searched(shelf, {.query = "falcon", .filter = {.agent_id = "me"}}), Ids{"k"});
    shelf.exec("UPDATE memories SET metadata = 'not json'");
    EXPECT_EQ(searched(shelf, {.query = "falcon", .filter = {.agent_id = "me"}}), Ids{});
    shelf.exec("INSERT INTO memories_fts(memories_fts) VALUES ('integrity-check')");
    shelf.exec("DELETE FROM memories");
    EXPECT_EQ(recalled(shelf, {.context = "falcon"}), Ids{});
    shelf.exec("INSERT INTO memories_fts(memories_fts) VALUES ('integrity-check')");
}

TEST(Search, NeedsEveryTellingWord) {
    Shelf shelf;
    shelf.add({.id = "both", .title = "kestrel", .content = "runner"});
    shelf.add({.id = "one", .title = "kestrel only"});
    EXPECT_EQ(searched(shelf, {.query = "kestrel runner"}), Ids{"both"});
    EXPECT_EQ(searched(shelf, {.query = "the kestrel and the runner \xe2\x80\x94 ***"}),
              Ids{"both"});
    EXPECT_EQ(searched(shelf, {.query = "kestrel falcon"}), Ids{});
    shelf.add({.id = "foo", .title = "foo-bar"});
    shelf.add({.id = "rab", .title = "bar foo"});
    EXPECT_EQ(searched(shelf, {.query = "foo-bar"}), Ids{"foo"}) << "one phrase";
}

TEST(SimilarTitles, ShareHalfOfTheTellingWords) {
    Shelf shelf;
    shelf.add({.id = "mysql", .title = "The database is MySQL"});
    shelf.add({.id = "port", .title = "Port of the kestrel"});
    shelf.add({.id = "content", .title = "Something", .content = "database postgres"});
    shelf.add({.id = "elsewhere", .ns = "b", .title = "The database is Postgres"});
    shelf.add({.id = "expired", .title = "Our database", .expires_at = time_at(-1)});
    const auto similar = [&](const std::string& title) {
        return similar_titles(shelf.db(), title, "global", kNow);
    };
    EXPECT_EQ(similar("The database is PostgreSQL"), Ids{"mysql"});
    EXPECT_EQ(similar("Database size limits per tenant"), Ids{}) << "one word of five";
    EXPECT_EQ(similar("***"), Ids{});
    for (int i = 0; i < 9; ++i) shelf.add({.title = "database " + std::to_string(i)});
    EXPECT_EQ(similar("database").size(), 5u);
}

}  // namespace
}  // namespace aimem::query
