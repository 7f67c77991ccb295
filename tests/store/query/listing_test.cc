#include "store/query/listing.h"

#include "store/query/viewer.h"
#include "tests/store/query/shelf.h"

#include <gtest/gtest.h>

namespace aimem::query {
namespace {

using test::ids_of;
using test::kDay;
using test::kNow;
using test::Shelf;
using test::time_at;
using Ids = std::vector<std::string>;

Ids listed(Shelf& shelf, const ListQuery& query) {
    const auto page = list(shelf.db(), query, kNow);
    return page ? ids_of(*page) : Ids{"error: " + page.error().message};
}

TEST(Get, TakesAnIdOrAPrefixThatFitsOne) {
    Shelf shelf;
    for (const char* id : {"abc-1", "abc-2", "abd", "b%c", "b_c", "bxc"})
        shelf.add({.id = id, .title = id});
    EXPECT_EQ(get(shelf.db(), "abc-1")->id, "abc-1");
    EXPECT_EQ(get(shelf.db(), "abd")->id, "abd");
    EXPECT_EQ(get(shelf.db(), "bx")->id, "bxc");
    EXPECT_EQ(get(shelf.db(), "b_")->id, "b_c");
    EXPECT_FALSE(get(shelf.db(), "ab"));
}

TEST(Get, AnswersWithTheWholeMemory) {
    Shelf shelf;
    const Memory memory{.id = "x",
                        .tier = Tier::long_term,
                        .ns = "a/b",
                        .title = "t",
                        .content = "c",
                        .tags = {"one", "two"},
                        .priority = 9,
                        .confidence = 0.25,
                        .source = "user",
                        .access_count = 3,
                        .created_at = time_at(-kDay),
                        .updated_at = time_at(-1),
                        .last_accessed_at = time_at(-2),
                        .expires_at = time_at(kDay),
                        .metadata = R"({"k":1})"};
    shelf.add(memory);
    EXPECT_EQ(get(shelf.db(), "x").value(), memory);
}

TEST(Get, NamesTheCandidatesOfAnAmbiguousPrefixAndNoMore) {
    Shelf shelf;
    for (int i = 0; i < 25; ++i)
        shelf.add({.id = "id-" + std::to_string(100 + i), .title = "t" + std::to_string(i)});
    const auto memory = get(shelf.db(), "id-");
    ASSERT_FALSE(memory);
    EXPECT_EQ(memory.error().code, Errc::invalid_argument);
    EXPECT_NE(memory.error().message.find("ambiguous ID prefix"), std::string::npos);
    EXPECT_NE(memory.error().message.find("id-109"), std::string::npos);
    EXPECT_EQ(memory.error().message.find("id-110"), std::string::npos);
    EXPECT_EQ(get(shelf.db(), "id-124")->id, "id-124");
}

TEST(Get, PrefixesAreNoPatterns) {
    Shelf shelf;
    shelf.add({.id = "abc", .title = "t"});
    for (const char* id : {"%", "_bc", "a%", "ABC", "abcd", "abb", "\xf4\x8f\xbf\xbf"}) {
        const auto memory = get(shelf.db(), id);
        ASSERT_FALSE(memory) << id;
        EXPECT_EQ(memory.error().code, Errc::not_found) << id;
    }
    EXPECT_EQ(get(shelf.db(), "").error().code, Errc::invalid_argument);
    EXPECT_EQ(get(shelf.db(), std::string(200, 'x')).error().code, Errc::invalid_argument);
}

TEST(Get, ShowsExpiredRowsAndLinksBothWays) {
    Shelf shelf;
    shelf.add({.id = "a", .title = "a", .expires_at = time_at(-kDay)});
    shelf.add({.id = "b", .title = "b"});
    shelf.link("b", "a", time_at(-1));
    shelf.link("a", "b", time_at(-2));
    const auto found = get_with_links(shelf.db(), "a");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->memory.id, "a");
    ASSERT_EQ(found->links.size(), 2u);
    EXPECT_EQ(found->links[0].source_id, "a");
    EXPECT_EQ(found->links[1].source_id, "b");
    EXPECT_EQ(found->links[1].relation, "related_to");
    EXPECT_TRUE(links_of(shelf.db(), "nobody")->empty());
    EXPECT_FALSE(get_with_links(shelf.db(), "nobody"));
}

TEST(Get, FollowsAnIdThatLeadsOn) {
    Shelf shelf;
    shelf.add({.id = "kept", .ns = "n", .title = "t"});
    shelf.add({.id = "other", .title = "other"});
    shelf.link("kept", "other", time_at(0));
    shelf.exec("INSERT INTO repl_body VALUES ('m:clash', 'n', 't', '{}')");
    shelf.exec("INSERT INTO repl_body VALUES ('m:merged', NULL, 'clash', '{\"into\":\"clash\"}')");
    EXPECT_EQ(get(shelf.db(), "clash")->id, "kept");
    EXPECT_EQ(get(shelf.db(), "merged")->id, "kept");
    EXPECT_EQ(links_of(shelf.db(), "merged")->size(), 1u);
}

TEST(List, PriorityFirstThenNewest) {
    Shelf shelf;
    shelf.add({.id = "old", .title = "1", .updated_at = time_at(-5)});
    shelf.add({.id = "new", .title = "2", .updated_at = time_at(-1)});
    shelf.add({.id = "top", .title = "3", .priority = 9, .updated_at = time_at(-9)});
    shelf.add({.id = "low", .title = "4", .priority = 1});
    shelf.add({.id = "gone", .title = "5", .priority = 10, .expires_at = time_at(0)});
    EXPECT_EQ(listed(shelf, {}), (Ids{"top", "new", "old", "low"}));
    EXPECT_EQ(listed(shelf, {.limit = 2}), (Ids{"top", "new"}));
    EXPECT_EQ(listed(shelf, {.limit = 2, .offset = 1}), (Ids{"new", "old"}));
    EXPECT_EQ(listed(shelf, {.limit = 0}), Ids{});
    EXPECT_EQ(listed(shelf, {.offset = 4}), Ids{});
    EXPECT_EQ(listed(shelf, {.offset = SIZE_MAX}), Ids{});
    EXPECT_EQ(listed(shelf, {.filter = {.min_priority = 5}}), (Ids{"top", "new", "old"}));
}

// The same answer whether a filter leaves few rows or many, page by page.
TEST(List, FiltersAgreeWithAPlainScanOnEveryPath) {
    Shelf shelf;
    shelf.exec("BEGIN");
    for (int i = 0; i < 3'000; ++i)
        shelf.add(
            {.tier = i % 7 == 0 ? Tier::short_term : Tier::long_term,
             .ns = i % 2 == 0 ? "a" : "a/b",
             .title = "row " + std::to_string(i),
             .tags = {i % 2 == 0 ? "even" : "odd", i % 500 == 0 ? "rare tag" : "usual"},
             .priority = 1 + i % 10,
             .created_at = time_at(-i * kDay / 24),
             .updated_at = time_at(-(i * 7919 % 300)),  // ten rows each
             .expires_at = i % 11 == 0 ? std::optional(time_at(-1)) : std::nullopt,
             .metadata = i % 300 == 0 ? R"({"agent_id":"rare"})" : R"({"agent_id":"usual"})"});
    shelf.exec("COMMIT");
    struct Case {
        Filter filter;
        std::string where;
        std::optional<std::string> position{};
    };
    const std::vector<Case> cases{
        {{}, "1"},
        {{.ns = "a"}, "namespace = 'a'"},
        {{.ns = "a/b", .min_priority = 9}, "namespace = 'a/b' AND priority >= 9"},
        {{.tier = Tier::short_term}, "tier = 'short'"},
        {{.tier = Tier::long_term}, "tier = 'long'"},
        {{.ns = "a", .tier = Tier::long_term}, "namespace = 'a' AND tier = 'long'"},
        {{.tag = "even"}, "tags LIKE '%\"even\"%'"},
        {{.tag = "rare tag"}, "tags LIKE '%\"rare tag\"%'"},
        {{.tag = "rare"}, "0"},
        {{.agent_id = "rare"}, "metadata LIKE '%\"rare\"%'"},
        {{.ns = "a", .agent_id = "usual"}, "namespace = 'a' AND metadata LIKE '%\"usual\"%'"},
        {{.since = time_at(-kDay)}, "created_at >= '" + time_at(-kDay) + "'"},
        {{.since = time_at(-100 * kDay), .until = time_at(-2 * kDay)},
         "created_at >= '" + time_at(-100 * kDay) + "' AND created_at <= '" + time_at(-2 * kDay) +
             "'"},
        {{.until = time_at(-124 * kDay)}, "created_at <= '" + time_at(-124 * kDay) + "'"},
        {{.tag = "odd", .until = time_at(-kDay)},
         "tags LIKE '%\"odd\"%' AND created_at <= '" + time_at(-kDay) + "'"},
        {{}, "namespace = 'a/b'", "a/b"},
    };
    for (const Case& one : cases) {
        Ids expected;
        sqlite::Statement scan(
            shelf.db().handle(),
            "SELECT id FROM memories WHERE (expires_at IS NULL OR expires_at > '" + time_at(0) +
                "') AND " + one.where +
                " ORDER BY priority DESC, updated_at DESC, tier DESC, expires_at DESC, rowid DESC");
        for (auto row = scan.bind(); row.step();) expected.push_back(row.string(0));
        Ids all;
        const ReadAs reader({{}, one.position});
        for (std::size_t offset = 0; offset <= expected.size(); offset += 700) {
            const auto page = listed(shelf, {.filter = one.filter, .limit = 700, .offset = offset});
            all.insert(all.end(), page.begin(), page.end());
        }
        EXPECT_EQ(all, expected) << one.where;
    }
}

TEST(List, LimitsAreClampedAndBadTimesRefused) {
    Shelf shelf;
    shelf.exec("BEGIN");
    for (int i = 0; i < 1'100; ++i) shelf.add({.title = std::to_string(i)});
    shelf.exec("COMMIT");
    EXPECT_EQ(listed(shelf, {.limit = SIZE_MAX}).size(), 1'000u);
    EXPECT_EQ(listed(shelf, {.filter = {.until = "soon"}}),
              Ids{"error: until must be an RFC 3339 timestamp such as 2026-05-01T10:00:00+00:00"});
}

TEST(UpdatedSince, AscendsFromAfterTheInstant) {
    Shelf shelf;
    for (int i = 0; i < 6; ++i)
        shelf.add({.title = std::to_string(i),
                   .updated_at = time_at(i * 10),
                   .expires_at = i == 4 ? std::optional(time_at(-kDay)) : std::nullopt});
    const auto since = [&](const std::optional<std::string>& text, std::size_t rows_max) {
        const auto page = updated_since(shelf.db(), text, rows_max);
        return page ? ids_of(*page) : Ids{"error"};
    };
    EXPECT_EQ(since(std::nullopt, 100), (Ids{"0", "1", "2", "3", "4", "5"}));
    EXPECT_EQ(since("", 100).size(), 6u);
    EXPECT_EQ(since(time_at(20), 100), (Ids{"3", "4", "5"}));
    EXPECT_EQ(since(time_at(20), 2), (Ids{"3", "4"}));
    EXPECT_EQ(since(time_at(50), 100), Ids{});
    EXPECT_EQ(since(time_at(20), 0), Ids{});
    EXPECT_EQ(since("whenever", 100), Ids{"error"});
}

TEST(UpdatedSince, OtherFormsOfTheInstantAreNormalised) {
    Shelf shelf;
    shelf.add({.title = "seed", .updated_at = "2026-05-01T10:00:00+00:00"});
    shelf.add({.title = "ours", .updated_at = "2026-05-01T10:00:00.000000001+00:00"});
    for (const char* since :
         {"2026-05-01T10:00:00Z", "2026-05-01T12:00:00+02:00", "2026-05-01T10:00:00.000Z"})
        EXPECT_EQ(ids_of(*updated_since(shelf.db(), since, 9)), Ids{"ours"}) << since;
}

TEST(UpdatedSince, APageNeverEndsInsideOneInstant) {
    Shelf shelf;
    for (int i = 0; i < 4; ++i)
        shelf.add({.title = "a" + std::to_string(i), .updated_at = time_at(1)});
    for (int i = 0; i < 5; ++i)
        shelf.add({.title = "b" + std::to_string(i), .updated_at = time_at(2)});
    shelf.add({.title = "c", .updated_at = time_at(3)});
    const auto page = updated_since(shelf.db(), std::nullopt, 6);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->size(), 9u);
    const auto rest = updated_since(shelf.db(), page->back().updated_at, 6);
    EXPECT_EQ(ids_of(*rest), Ids{"c"});
    EXPECT_EQ(updated_since(shelf.db(), std::nullopt, 1)->size(), 4u);
}

TEST(Archive, LatestFirst) {
    Shelf shelf;
    for (int i = 0; i < 4; ++i)
        shelf.archive({.memory = {.id = std::to_string(i),
                                  .ns = i == 2 ? "b" : "a",
                                  .title = "t",
                                  .content = "c"},
                       .archived_at = time_at(i),
                       .reason = "why"});
    const auto ids = [&](const ArchiveQuery& query) {
        Ids out;
        const auto rows = archived(shelf.db(), query);
        for (const auto& row : *rows) out.push_back(row.memory.id);
        return out;
    };
    EXPECT_EQ(ids({}), (Ids{"3", "2", "1", "0"}));
    EXPECT_EQ(ids({.limit = 2, .offset = 1}), (Ids{"2", "1"}));
    EXPECT_EQ(ids({.ns = "a"}), (Ids{"3", "1", "0"}));
    EXPECT_EQ(ids({.ns = "a", .limit = 1, .offset = 1}), Ids{"1"});
    EXPECT_EQ(archived(shelf.db(), {})->front().reason, "why");
    EXPECT_EQ(archived(shelf.db(), {})->front().archived_at, time_at(3));
}

TEST(Stats, CountEverything) {
    Shelf shelf;
    EXPECT_EQ(stats(shelf.db(), kNow)->total, 0);
    EXPECT_TRUE(stats(shelf.db(), kNow)->by_tier.empty());
    shelf.add({.id = "a", .tier = Tier::long_term, .ns = "x", .title = "1"});
    shelf.add({.id = "b", .tier = Tier::long_term, .ns = "y", .title = "2"});
    shelf.add({.id = "c", .ns = "y", .title = "3", .expires_at = time_at(kDay / 48)});
    shelf.add({.id = "d", .ns = "y", .title = "4", .expires_at = time_at(-1)});
    shelf.add(
        {.id = "e", .tier = Tier::long_term, .ns = "y", .title = "5", .expires_at = time_at(kDay)});
    shelf.link("a", "b", time_at(0));
    shelf.archive({.memory = {.id = "z", .title = "t", .content = "c"}, .archived_at = time_at(0)});
    const auto counted = stats(shelf.db(), kNow);
    ASSERT_TRUE(counted);
    EXPECT_EQ(counted->total, 5);
    ASSERT_EQ(counted->by_tier.size(), 2u);
    EXPECT_EQ(counted->by_tier[0].name, "long");
    EXPECT_EQ(counted->by_tier[0].count, 3);
    EXPECT_EQ(counted->by_tier[1].count, 2);
    ASSERT_EQ(counted->by_namespace.size(), 2u);
    EXPECT_EQ(counted->by_namespace[0].name, "y");
    EXPECT_EQ(counted->by_namespace[0].count, 4);
    EXPECT_EQ(counted->expiring_soon, 1);
    EXPECT_EQ(counted->links_count, 1);
    EXPECT_EQ(counted->archived_total, 1);
    EXPECT_GT(counted->db_size_bytes, 0);
}

}  // namespace
}  // namespace aimem::query
