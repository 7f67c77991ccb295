// No read may walk a table: what SQLite plans for the statements that the queries really run.
#include "store/query/listing.h"
#include "store/query/recall.h"
#include "store/query/sight.h"
#include "store/query/similar_titles.h"
#include "tests/store/query/shelf.h"

#include <gtest/gtest.h>

namespace aimem::query {
namespace {

using test::kNow;
using test::Shelf;
using test::time_at;

class QueryPlan : public ::testing::Test {
protected:
    QueryPlan() {
        shelf.exec("BEGIN");
        for (int i = 0; i < 1'200; ++i) shelf.add({.title = "row " + std::to_string(i)});
        shelf.exec("COMMIT");
    }

    // The plans of what `work` ran: no scan of a table, no sort.
    void expect_indexed(const std::function<void()>& work, const std::string& index) {
        const std::string plan = shelf.plans_of(work);
        EXPECT_EQ(plan.find("SCAN memories\n"), std::string::npos) << plan;
        EXPECT_EQ(plan.find("SCAN memory_links\n"), std::string::npos) << plan;
        EXPECT_EQ(plan.find("SCAN archived_memories\n"), std::string::npos) << plan;
        EXPECT_NE(plan.find(index), std::string::npos) << plan;
    }

    Shelf shelf;
};

TEST_F(QueryPlan, GetSearchesTheKeyAndARangeOfIt) {
    expect_indexed([&] { (void)get(shelf.db(), "row 7"); }, "(id=?)");
    expect_indexed([&] { (void)get(shelf.db(), "row 77"); }, "(id=?)");
    expect_indexed([&] { (void)get(shelf.db(), "row 11999"); }, "(id>? AND id<?)");
}

TEST_F(QueryPlan, ListSkipsAlongACoveringIndexWithoutSorting) {
    const auto plan = shelf.plans_of([&] {
        (void)list(shelf.db(), {.offset = 700}, kNow);
        (void)list(shelf.db(), {.filter = {.ns = "global"}}, kNow);
        (void)list(shelf.db(), {.filter = {.ns = "global", .tier = Tier::mid}}, kNow);
    });
    EXPECT_NE(plan.find("SEARCH memories USING COVERING INDEX idx_memories_rank (priority>?)"),
              std::string::npos)
        << plan;
    EXPECT_NE(plan.find("USING COVERING INDEX idx_memories_ns_rank (namespace=? AND priority>?)"),
              std::string::npos)
        << plan;
    EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("SCAN memories\n"), std::string::npos) << plan;
}

TEST_F(QueryPlan, ListWithOtherFiltersWalksOrLooksUp) {
    expect_indexed([&] { (void)list(shelf.db(), {.filter = {.tag = "x"}}, kNow); }, "memories_fts");
    expect_indexed([&] { (void)list(shelf.db(), {.filter = {.since = time_at(0)}}, kNow); },
                   "idx_memories_rank (priority>?)");
    expect_indexed([&] { (void)list(shelf.db(), {.filter = {.since = time_at(1)}}, kNow); },
                   "idx_memories_created (created_at>? AND created_at<?)");
}

TEST_F(QueryPlan, ChangesSinceFollowTheirIndexWithoutSorting) {
    const auto plan = shelf.plans_of([&] { (void)updated_since(shelf.db(), time_at(-1), 10); });
    EXPECT_NE(plan.find("idx_memories_updated (updated_at>?)"), std::string::npos) << plan;
    EXPECT_NE(plan.find("idx_memories_updated (updated_at=?)"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
}

TEST_F(QueryPlan, LinksAndArchiveHaveTheirIndexes) {
    expect_indexed([&] { (void)links_of(shelf.db(), "row 7"); }, "idx_links_target (target_id=?)");
    expect_indexed([&] { (void)links_of(shelf.db(), "row 7"); }, "(source_id=?)");
    expect_indexed([&] { (void)archived(shelf.db(), {}); }, "idx_archived_at");
    expect_indexed([&] { (void)archived(shelf.db(), {.ns = "a"}); },
                   "idx_archived_ns_at (namespace=?)");
}

TEST_F(QueryPlan, WordsAreFoundInTheTextIndexAndRowsByTheirNumber) {
    for (const char* context : {"row", "row 7"}) {
        expect_indexed([&] { (void)recall(shelf.db(), {.context = context}, kNow); },
                       "USING INTEGER PRIMARY KEY (rowid=?)");
        expect_indexed([&] { (void)search(shelf.db(), {.query = context}, kNow); },
                       "SCAN memories_fts VIRTUAL TABLE INDEX");
    }
    expect_indexed([&] { (void)similar_titles(shelf.db(), "row 7", "global", kNow); },
                   "SCAN memories_fts VIRTUAL TABLE INDEX");
}

TEST_F(QueryPlan, CountsReadIndexesOnly) {
    const auto plan = shelf.plans_of([&] { (void)stats(shelf.db(), kNow); });
    EXPECT_EQ(plan.find("SCAN memories\n"), std::string::npos) << plan;
    EXPECT_NE(plan.find("idx_memories_expires (expires_at>? AND expires_at<?)"), std::string::npos)
        << plan;
}

// The views stand between, and INDEXED BY is left out: the indexes are still found.
TEST_F(QueryPlan, AViewerFindsHisRowsByTheSameIndexes) {
    const std::optional<Sight> sight(Viewer{"ai:me", std::nullopt});
    show_only(shelf.db(), sight);
    expect_indexed([&] { (void)get(shelf.db(), "row 7"); }, "(id=?)");
    expect_indexed([&] { (void)links_of(shelf.db(), "row 7"); }, "(source_id=?)");
    for (const char* used : {"USING INTEGER PRIMARY KEY (rowid=?)", "idx_memories_used"})
        expect_indexed([&] { (void)recall(shelf.db(), {.context = "row 7"}, kNow); }, used);
    const auto plan = shelf.plans_of([&] {
        (void)list(shelf.db(), {.offset = 700}, kNow);
        (void)list(shelf.db(), {.filter = {.ns = "global"}}, kNow);
    });
    EXPECT_NE(plan.find("idx_memories_rank (priority>?)"), std::string::npos) << plan;
    EXPECT_NE(plan.find("idx_memories_ns_rank (namespace=? AND priority>?)"), std::string::npos)
        << plan;
    EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
}

}  // namespace
}  // namespace aimem::query
