// forget, expire, purge, consolidate, import, and what messages and entities promise.
// SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/upkeep.h"
#include "store/model/json.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>

namespace aimem {
namespace {

using test::kHour;
using test::Node;

StoreMemory brief(const std::string& title, std::int64_t ttl_secs) {
    StoreMemory op;
    op.title = title;
    op.content = "text";
    op.ttl_secs = ttl_secs;
    op.agent_id = "ai:a";
    return op;
}

TEST(Expiry, TwoNodesComeToTheSameVersionByThemselves) {
    Node one(1);
    Node two(2);
    const auto id = one.must(brief("T", 60)).id;
    for (auto& change : one.changes()) two.accept({change});
    one.clock.now += kHour;
    two.clock.now += 3 * kHour;
    EXPECT_EQ(one.must(ExpireMemories{}).affected, 1);
    EXPECT_EQ(two.must(ExpireMemories{}).affected, 1);
    EXPECT_EQ(one.digest().sum, two.digest().sum);
    EXPECT_EQ(one.tables(), two.tables());
    EXPECT_EQ(one.text("SELECT archive_reason FROM archived_memories"), "ttl_expired\n");
    EXPECT_EQ(one.must(ExpireMemories{}).affected, 0);
    EXPECT_FALSE(one.live(id));
}

// By hand as well: what a machine with a fast clock archives is archived in the whole mesh.
TEST(Expiry, WaitsForTheSlowestClockOfThePeers) {
    Node node;
    const auto id = node.must(brief("T", 60)).id;
    const auto note = [&](std::int64_t lead) {
        node.committer().begin();
        note_clock_lead(node.committer().registers(), lead);
        node.committer().commit();
    };
    note(kHour);
    node.clock.now += kHour;
    EXPECT_EQ(node.must(ExpireMemories{}).affected, 0);
    EXPECT_TRUE(node.live(id));
    node.clock.now += 61 * test::kSecond;
    EXPECT_EQ(node.must(ExpireMemories{}).affected, 1);
    const auto next = node.must(brief("U", 60)).id;
    node.clock.now += 61 * test::kSecond;
    EXPECT_EQ(node.must(ExpireMemories{}).affected, 0);
    note(0);
    EXPECT_EQ(node.must(ExpireMemories{}).affected, 1);
    EXPECT_FALSE(node.live(next));
}

TEST(Expiry, AnExtensionMadeElsewhereInTimeWins) {
    Node one(1);
    Node two(2);
    const auto id = one.must(brief("T", 60)).id;
    for (auto& change : one.changes()) two.accept({change});
    two.clock.now += 120 * test::kSecond;  // it has not heard of the expiry yet
    UpdateMemory longer;
    longer.id = id;
    longer.expires_at = "";
    two.must(longer);
    one.clock.now += kHour;
    one.must(ExpireMemories{});
    for (auto& change : one.changes()) two.accept({change});
    for (auto& change : two.changes()) one.accept({change});
    EXPECT_TRUE(one.live(id));
    EXPECT_EQ(one.digest().sum, two.digest().sum);
    EXPECT_EQ(test::contradiction(one.db()), "");
}

TEST(Expiry, AWriteMadeElsewhereBeforeTheEndWins) {
    Node one(1);
    Node two(2);
    const auto id = one.must(brief("T", 60)).id;
    for (auto& change : one.changes()) two.accept({change});
    two.clock.now += 10 * test::kSecond;
    UpdateMemory longer;
    longer.id = id;
    longer.content = "newer";
    longer.expires_at = "";
    two.must(longer);
    one.clock.now += kHour;  // it has not heard of that
    EXPECT_EQ(one.must(ExpireMemories{}).affected, 1);
    for (auto& change : one.changes()) two.accept({change});
    for (auto& change : two.changes()) one.accept({change});
    ASSERT_TRUE(one.live(id));
    EXPECT_EQ(one.memory(id).content, "newer");
    EXPECT_EQ(one.digest().sum, two.digest().sum);
}

TEST(Forget, NeedsAFilterAndAWord) {
    Node node;
    node.store("empty words");
    EXPECT_EQ(node.execute(ForgetMemories{}).error().code, Errc::invalid_argument);
    ForgetMemories stars;
    stars.pattern = "***";
    EXPECT_EQ(node.execute(stars).error().code, Errc::invalid_argument);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories"), 1);
}

TEST(Forget, ArchivesWithEverythingKept) {
    Node node;
    StoreMemory op = brief("T", 999);
    op.metadata = R"({"k":"v"})";
    const auto id = node.must(op).id;
    EXPECT_EQ(node.must(ForgetMemories{"global", std::nullopt, std::nullopt, {}}).affected, 1);
    const auto restored = node.must(RestoreMemory{id, {}});
    EXPECT_EQ(metadata_text(restored.memory->metadata, "k"), "v");
    EXPECT_EQ(restored.memory->tier, Tier::mid);
    EXPECT_TRUE(restored.memory->expires_at);
}

TEST(Purge, TakesOnlyWhatIsOldEnough) {
    Node node;
    const auto old = node.store("old");
    node.must(ArchiveMemory{old, "archive", {}});
    node.clock.now += 48 * kHour;
    const auto fresh = node.store("fresh");
    node.must(ArchiveMemory{fresh, "archive", {}});
    EXPECT_EQ(node.must(PurgeArchive{1, std::nullopt, {}}).affected, 1);
    EXPECT_EQ(node.text("SELECT id FROM archived_memories"), fresh + "\n");
    EXPECT_EQ(node.must(PurgeArchive{std::nullopt, std::nullopt, {}}).affected, 1);
    EXPECT_EQ(node.execute(PurgeArchive{-1, std::nullopt, {}}).error().code,
              Errc::invalid_argument);
}

TEST(Consolidate, TheTitleOfASourceIsFreeAndAnothersIsNot) {
    Node node;
    const auto a = node.store("A");
    const auto b = node.store("B");
    node.store("C");
    EXPECT_EQ(node.execute(ConsolidateMemories{{a, b}, "C", "sum", {}, {}}).error().code,
              Errc::conflict);
    EXPECT_TRUE(node.live(a));
    const auto done = node.must(ConsolidateMemories{{a, b}, "A", "sum", {}, "ai:x"});
    EXPECT_EQ(done.affected, 2);
    EXPECT_EQ(node.memory(done.id).content, "sum");
    EXPECT_EQ(node.count("SELECT count(*) FROM archived_memories"), 2);
    EXPECT_EQ(test::contradiction(node.db()), "");
    EXPECT_EQ(node.execute(ConsolidateMemories{{a}, "X", "s", {}, {}}).error().code,
              Errc::invalid_argument);
    const auto c = node.store("D");
    EXPECT_EQ(node.execute(ConsolidateMemories{{c, c}, "X", "s", {}, {}}).error().code,
              Errc::invalid_argument);
}

TEST(Consolidate, ArrivesWholeOrNotAtAll) {
    Node node(1);
    const auto a = node.store("A");
    const auto b = node.store("B");
    const auto done = node.must(ConsolidateMemories{{a, b}, "AB", "sum", {}, {}});
    ASSERT_EQ(done.rows.size(), 3u);
    const auto head = std::find_if(done.rows.begin(), done.rows.end(), [&](const FeedRow& row) {
        return row.change.key == memory_key(done.id);
    });
    ASSERT_NE(head, done.rows.end());
    EXPECT_EQ(head->change.group.size(), 2u);
}

TEST(Import, KeepsIdAndTimesAndYieldsToNewer) {
    Node node;
    ImportMemory op;
    op.memory.id = "imported-1";
    op.memory.title = "T";
    op.memory.content = "theirs";
    op.memory.created_at = op.memory.updated_at = "2020-01-01T00:00:00Z";
    EXPECT_EQ(node.must(op).id, "imported-1");
    EXPECT_EQ(node.memory("imported-1").created_at, "2020-01-01T00:00:00.000000000+00:00");
    op.memory.content = "older";
    EXPECT_TRUE(node.must(op).existed);
    EXPECT_EQ(node.memory("imported-1").content, "theirs") << "what is here is newer";
}

TEST(Notify, TwoMessagesOfOneTitleAreTwo) {
    Node node;
    const NotifyAgent message{"ai:a", "ai:b", "Deploy", "one", 5, Tier::mid};
    node.must(message);
    node.must(message);
    EXPECT_EQ(node.count("SELECT count(*) FROM memories WHERE namespace = '_messages/ai:b'"), 2);
    for (const auto& sent : node.execute_all({message, message})) {
        ASSERT_TRUE(sent);
        EXPECT_EQ(node.memory(sent->id).title, "Deploy [" + sent->id.substr(28) + "]")
            << "the beginning of an id is that of its neighbours";
    }
    NotifyAgent bad = message;
    bad.to = "../x";
    EXPECT_EQ(node.execute(bad).error().code, Errc::invalid_argument);
}

TEST(Entity, NamesAddUpAndAnotherMemoryIsLeftAlone) {
    Node node;
    const auto first = node.must(RegisterEntity{"Kes", "global", {"k1", "k1", " "}, {}, "ai:a"});
    EXPECT_EQ(first.aliases, (std::vector<std::string>{"k1"}));
    const auto again = node.must(RegisterEntity{"Kes", "global", {"k2"}, {}, "ai:b"});
    EXPECT_TRUE(again.existed);
    EXPECT_EQ(again.id, first.id);
    EXPECT_EQ(again.aliases, (std::vector<std::string>{"k1", "k2"}));
    node.store("Taken");
    EXPECT_EQ(node.execute(RegisterEntity{"Taken", "global", {}, {}, {}}).error().code,
              Errc::conflict);
}

TEST(Links, AClosedLinkOpensWhenItIsMadeAgain) {
    Node node;
    const auto a = node.store("A");
    const auto b = node.store("B");
    node.must(LinkMemories{a, b, "related_to", {}, {}, "ai:x"});
    const auto closed = node.must(InvalidateLink{a, b, "related_to", "2026-06-01T00:00:00Z", {}});
    EXPECT_EQ(closed.affected, 1);
    EXPECT_FALSE(closed.previous);
    EXPECT_EQ(node.text("SELECT valid_until, observed_by FROM memory_links"),
              "2026-06-01T00:00:00.000000000+00:00|ai:x\n");
    EXPECT_TRUE(node.must(InvalidateLink{a, b, "related_to", std::nullopt, {}}).previous);
    node.must(LinkMemories{a, b, "related_to", {}, {}, {}});
    EXPECT_EQ(node.count("SELECT count(*) FROM memory_links WHERE valid_until IS NULL"), 1);
    EXPECT_EQ(node.must(InvalidateLink{a, b, "supersedes", std::nullopt, {}}).affected, 0);
}

}  // namespace
}  // namespace aimem
