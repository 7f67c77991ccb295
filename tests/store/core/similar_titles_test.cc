// What a writer keeps in memory of the newest titles finds what the text index finds, whatever was
// written, renamed, deleted and rolled back meanwhile. SPDX-License-Identifier: Apache-2.0
#include "store/query/similar_titles.h"

#include "tests/store/core/node.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace aimem {
namespace {

using test::Node;

constexpr std::size_t kCallsUntilLoaded = 10;
constexpr const char* kWords[] = {"kestrel", "database", "port", "limits", "tenant", "rotation"};

StoreMemory store_of(std::string title) {
    StoreMemory op;
    op.title = std::move(title);
    op.content = "text";
    op.find_similar = true;
    return op;
}

void load(Node& node) {
    for (std::size_t i = 0; i < kCallsUntilLoaded; ++i)
        node.must(store_of("unlike " + std::to_string(i)));
}

TEST(RecentTitles, FindsWhatTheTextIndexFinds) {
    const std::uint32_t seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 dice(seed);
    Node node;
    load(node);
    std::vector<std::string> ids;
    const auto some_title = [&] {
        std::string title;
        for (int words = 0; words < 4; ++words) title += std::string(kWords[dice() % 6]) + " ";
        return title + std::to_string(dice() % 5);
    };
    for (int round = 0; round < 300; ++round) {
        const std::string title = some_title();
        if (!ids.empty() && dice() % 4 == 0) {
            UpdateMemory renamed;
            renamed.id = ids[dice() % ids.size()];
            renamed.title = some_title();
            (void)node.execute(renamed);
        }
        if (!ids.empty() && dice() % 6 == 0)
            (void)node.execute(DeleteMemory{ids[dice() % ids.size()]});
        auto expected = query::similar_titles(node.db(), title, "global", node.clock.now_ns());
        const Committed stored = node.must(store_of(title));
        std::erase(expected, stored.id);
        // The index looks at eight titles only and goes by row, memory goes by the last write.
        for (const std::string& id : stored.similar) EXPECT_TRUE(node.live(id)) << title;
        if (stored.similar.size() == 5) expected.clear();
        for (const std::string& id : expected)
            EXPECT_NE(std::find(stored.similar.begin(), stored.similar.end(), id),
                      stored.similar.end())
                << title << " does not find " << node.memory(id).title;
        ids.push_back(stored.id);
    }
}

TEST(RecentTitles, AreFoundWithinOneTransactionAndAfterOneThatFailed) {
    Node node;
    load(node);
    const auto both = node.execute_all({store_of("falcon nests"), store_of("falcon nests again")});
    ASSERT_TRUE(both[1]);
    EXPECT_EQ(both[1]->similar, std::vector<std::string>{both[0]->id});

    StoreMemory taken = store_of("falcon nests");
    taken.on_conflict = OnConflict::error;
    ASSERT_FALSE(node.execute(taken));
    node.committer().begin();
    ASSERT_TRUE(node.committer().execute(store_of("gull colony")));
    ASSERT_TRUE(node.committer().execute(store_of("tern colony")));
    node.committer().rollback();
    const std::string osprey = node.must(store_of("osprey at sea")).id;
    const Committed after = node.must(store_of("osprey on land"));
    EXPECT_EQ(after.similar, std::vector<std::string>{osprey});
}

TEST(RecentTitles, KnowWhatOtherProcessesWrite) {
    const test::TempDir dir;
    Node node(dir / "memory.db", 1);
    load(node);
    Node other(dir / "memory.db", 1);
    const std::string theirs = other.store("harrier over fields");
    EXPECT_EQ(node.must(store_of("harrier over woods")).similar, std::vector<std::string>{theirs});
}

// What another process might have written: "kestrel number17 among".
void write_rows(sqlite::Database& db, int first, int count) {
    const std::string rows = "WITH RECURSIVE n(value) AS (SELECT " + std::to_string(first) +
                             " UNION ALL SELECT value + 1 FROM n LIMIT " + std::to_string(count) +
                             ") ";
    db.exec(
        rows +
        "INSERT INTO memories(id, tier, title, content, created_at, updated_at) SELECT 'row' || "
        "value, 'long', 'kestrel number' || value || ' among', '', '2026', '2026' FROM n");
    db.exec(rows +
            "INSERT INTO repl_row SELECT 'm:row' || value, 1, value + 1000000, 0, (SELECT max(seq) "
            "FROM repl_row) + value, 1 FROM n");
}

TEST(RecentTitles, ForgetsTheOldestOfManyAndFindsTheRest) {
    Node node;
    load(node);
    query::RecentTitles titles;
    const auto found = [&](int row) {
        const std::string title = "number" + std::to_string(row) + " kestrelwards";
        return titles.similar(node.db(), title, "global", node.clock.now_ns());
    };
    for (std::size_t i = 0; i <= kCallsUntilLoaded; ++i) EXPECT_TRUE(found(1).empty());
    constexpr int kStep = 6'000;
    for (int first = 1; first < 5 * kStep; first += kStep) {
        write_rows(node.db(), first, kStep);
        for (const int row : {first, first + kStep / 2, first + kStep - 1})
            EXPECT_EQ(found(row), std::vector<std::string>{"row" + std::to_string(row)});
    }
    EXPECT_FALSE(found(5 * kStep - 8'000).empty());
    EXPECT_TRUE(found(5 * kStep - 9'000).empty());
    EXPECT_EQ(titles.similar(node.db(), "kestrel among", "global", node.clock.now_ns()).size(), 5U);
}

// A word that everybody uses must not make every store look at everything.
TEST(RecentTitles, LooksNoFurtherThanTheNewestThatShareAWord) {
    Node node;
    const std::string alike = node.store("kestrels breeding");
    query::RecentTitles titles;
    const auto found = [&] {
        return titles.similar(node.db(), "kestrels breeding in june", "global",
                              node.clock.now_ns());
    };
    for (std::size_t i = 0; i < kCallsUntilLoaded; ++i) (void)found();
    for (int i = 0; i < 60; ++i) node.store("kestrels " + std::to_string(i));
    EXPECT_EQ(found(), std::vector<std::string>{alike});
    for (int i = 0; i < 10; ++i) {
        node.store("kestrels 59", std::to_string(i));
        EXPECT_EQ(found(), std::vector<std::string>{alike}) << "one of them, written once more";
    }
    for (int i = 60; i < 70; ++i) node.store("kestrels " + std::to_string(i));
    EXPECT_TRUE(found().empty());
}

TEST(RecentTitles, OfOtherNamespacesAndExpiredOnesAreNotTold) {
    Node node;
    load(node);
    StoreMemory elsewhere = store_of("merlin count");
    elsewhere.ns = "b";
    node.must(elsewhere);
    StoreMemory brief = store_of("merlin counted");
    brief.ttl_secs = 60;
    node.must(brief);
    node.clock.now += test::kHour;
    EXPECT_TRUE(node.must(store_of("merlin tally")).similar.empty());
}

}  // namespace
}  // namespace aimem
