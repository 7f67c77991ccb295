// Words without a model, names to complete, small counts, and SHA-256. SPDX-License-Identifier:
// Apache-2.0
#include "store/query/words.h"

#include "store/query/completion.h"
#include "store/query/counts.h"
#include "tests/store/query/shelf.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace aimem::query {
namespace {

using test::kDay;
using test::kNow;
using test::Shelf;
using test::time_at;

TEST(Likeness, IsOneForTheSameWordsAndNothingForOthers) {
    EXPECT_NEAR(likeness("Green tea, daily", "daily green TEA"), 1.0, 1e-9);
    EXPECT_EQ(likeness("green tea", "black coffee"), 0.0);
    EXPECT_EQ(likeness("", "tea"), 0.0);
    EXPECT_NEAR(likeness("tea cup", "tea pot"), 0.5, 1e-9);
}

TEST(Contrast, NeedsOneTopicAndADifference) {
    const Memory base{.title = "Port of the service", .content = "It listens on port 8080"};
    Memory other = base;
    EXPECT_FALSE(contrast(base, other).contradicts);
    other.content = "It listens on port 9090";
    EXPECT_TRUE(contrast(base, other).numbers_differ);
    EXPECT_TRUE(contrast(base, other).contradicts);
    other.content = "It does not listen on port 8080";
    EXPECT_TRUE(contrast(base, other).negation_differs);
    EXPECT_TRUE(contrast(base, other).contradicts);
    other.title = "Lunch";
    other.content = "Soup on Monday";
    EXPECT_FALSE(contrast(base, other).contradicts);
}

TEST(Nearest, StaysInTheNamespaceAndSkipsTheExpired) {
    Shelf shelf;
    shelf.add({.id = "a", .ns = "x", .title = "green tea", .content = "daily"});
    shelf.add({.id = "b", .ns = "y", .title = "green tea", .content = "daily"});
    shelf.add({.id = "c",
               .ns = "x",
               .title = "green teas",
               .content = "green tea daily",
               .expires_at = time_at(-kDay)});
    const auto found = nearest(shelf.db(), "green tea", "daily", "x", kNow);
    ASSERT_TRUE(found);
    ASSERT_TRUE(found->memory);
    EXPECT_EQ(found->memory->id, "a");
    EXPECT_EQ(found->scanned, 1u);
    EXPECT_NEAR(found->likeness, 1.0, 1e-9);
    EXPECT_FALSE(nearest(shelf.db(), "***", "---", {}, kNow)->memory);
}

TEST(TellingWords, AreFrequentHereAndRareElsewhere) {
    Shelf shelf;
    for (int i = 0; i < 20; ++i)
        shelf.add({.id = "n" + std::to_string(i), .title = "server note " + std::to_string(i)});
    const auto words = telling_words(shelf.db(), "The server kestrel and the merlin kestrel 42", 2);
    ASSERT_TRUE(words);
    EXPECT_EQ(*words, (std::vector<std::string>{"kestrel", "merlin"}));
}

TEST(Completion, GivesNamesInOrder) {
    Shelf shelf;
    shelf.add({.id = "1",
               .ns = "alpha",
               .title = "1",
               .tags = {"red", "ruby"},
               .metadata = R"({"agent_id":"ann"})"});
    shelf.add({.id = "2",
               .ns = "alpha/b",
               .title = "2",
               .tags = {"red"},
               .metadata = R"({"agent_id":"bob"})"});
    shelf.add({.id = "3", .ns = "beta", .title = "3"});
    EXPECT_EQ(*namespaces_like(shelf.db(), "al", 10), (Names{"alpha", "alpha/b"}));
    EXPECT_EQ(*namespaces_like(shelf.db(), "", 2), (Names{"alpha", "alpha/b"}));
    EXPECT_EQ(*tags_like(shelf.db(), "r", 10), (Names{"red", "ruby"}));
    EXPECT_EQ(*authors_like(shelf.db(), "", 10), (Names{"ann", "bob"}));
    EXPECT_TRUE(authors_like(shelf.db(), "c", 10)->empty());
}

TEST(Counts, KnowTheExpiredAndTheArchive) {
    Shelf shelf;
    shelf.add({.id = "1", .title = "1", .expires_at = time_at(-1)});
    shelf.add({.id = "2", .title = "2", .expires_at = time_at(kDay)});
    shelf.archive({.memory = {.id = "3", .ns = "n", .title = "3"}, .archived_at = time_at(0)});
    EXPECT_EQ(*expired_count(shelf.db(), kNow), 1);
    const auto archive = archive_by_namespace(shelf.db());
    ASSERT_EQ(archive->size(), 1u);
    EXPECT_EQ(archive->front().name, "n");
    EXPECT_EQ(record_counts(shelf.db())->subscriptions, 0);
}

}  // namespace
}  // namespace aimem::query
