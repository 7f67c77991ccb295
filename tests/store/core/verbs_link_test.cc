// archive, restore, link, unlink through the committer. SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/model/json.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>

namespace aimem {
namespace {

using test::a_memory;
using test::archived_change;
using test::dead_change;
using test::kHour;
using test::kNoon;
using test::link_change;
using test::live_change;
using test::Node;

class LinkVerbs : public testing::Test {
protected:
    void SetUp() override {
        a = node.store("A");
        b = node.store("B");
        c = node.store("C");
    }
    void TearDown() override { EXPECT_EQ(test::contradiction(node.db()), ""); }

    void link(const std::string& from, const std::string& to,
              const std::string& relation = "related_to") {
        node.must(LinkMemories{from, to, relation});
    }
    std::int64_t links() { return node.count("SELECT count(*) FROM memory_links"); }

    Node node;
    std::string a, b, c;
};

TEST_F(LinkVerbs, LinkShowsARowAndSaysWhatItDid) {
    const auto done = node.must(LinkMemories{a, b, "supersedes"});
    EXPECT_FALSE(done.existed);
    EXPECT_EQ(done.affected, 1);
    EXPECT_EQ(node.text("SELECT source_id, target_id, relation FROM memory_links"),
              a + "|" + b + "|supersedes\n");
    const auto again = node.must(LinkMemories{a, b, "supersedes"});
    EXPECT_TRUE(again.existed);
    EXPECT_EQ(links(), 1);
    link(b, a, "supersedes");
    link(a, b, "contradicts");
    EXPECT_EQ(links(), 3);
}

TEST_F(LinkVerbs, WhoClosedALinkIsKnownEverywhereAndForgottenWhenItIsOpenAgain) {
    link(a, b);
    node.must(InvalidateLink{a, b, "related_to", "2026-06-01T00:00:00Z", "ai:carol"});
    const auto closed = [](Node& where) {
        return where.text("SELECT closed_by, closed_at FROM memory_links");
    };
    const std::string key = link_key(a, b, "related_to");
    const std::string when = time_text(node.stamp_of(key));
    EXPECT_EQ(closed(node), "ai:carol|" + when + "\n");
    Node other;
    other.accept(node.changes());
    EXPECT_EQ(closed(other), closed(node));
    EXPECT_EQ(other.digest().sum, node.digest().sum);
    link(a, b);
    EXPECT_EQ(closed(node), "NULL|NULL\n");
    EXPECT_EQ(node.change(key).body.find("closed"), std::string::npos);
}

TEST_F(LinkVerbs, WhoMakesALinkThatIsClosedClosesItAndAnImportSaysWhoDid) {
    LinkMemories op{a, b, "related_to", {}, "2026-06-01T00:00:00Z", "ai:dan"};
    node.must(op);
    EXPECT_EQ(node.text("SELECT closed_by FROM memory_links"), "ai:dan\n");
    op.closed_by = "ai:carol";
    op.closed_at = "2026-05-01T00:00:00Z";
    node.must(op);
    EXPECT_EQ(node.text("SELECT closed_by, closed_at FROM memory_links"),
              "ai:carol|2026-05-01T00:00:00.000000000+00:00\n");
    op.closed_at = "may";
    EXPECT_EQ(node.execute(op).error().message.substr(0, 9), "closed_at");
}

TEST_F(LinkVerbs, AProgramThatOpensALinkInTheTableTakesTheCloserAway) {
    node.must(LinkMemories{a, b, "related_to", {}, "2026-06-01T00:00:00Z", "ai:dan"});
    node.another_program("UPDATE memory_links SET valid_until = NULL");
    node.idle_commit();
    EXPECT_EQ(node.change(link_key(a, b, "related_to")).body.find("closed"), std::string::npos);
}

TEST_F(LinkVerbs, ALinkToItselfOrOfAnUnknownKindIsRefused) {
    EXPECT_EQ(node.execute(LinkMemories{a, a, "related_to"}).error().code, Errc::invalid_argument);
    EXPECT_EQ(node.execute(LinkMemories{a, b, "likes"}).error().code, Errc::invalid_argument);
    EXPECT_EQ(node.execute(LinkMemories{a, a.substr(0, 30), "related_to"}).error().code,
              Errc::invalid_argument)
        << "also when a prefix leads to itself";
}

TEST_F(LinkVerbs, UnlinkTakesOneRelationOrAll) {
    link(a, b);
    link(a, b, "supersedes");
    link(b, a);
    EXPECT_EQ(node.must(UnlinkMemories{a, b, "supersedes"}).affected, 1);
    EXPECT_EQ(links(), 2);
    EXPECT_EQ(node.must(UnlinkMemories{a, b, "supersedes"}).affected, 0);
    link(a, b, "contradicts");
    EXPECT_EQ(node.must(UnlinkMemories{a, b, {}}).affected, 2);
    EXPECT_EQ(links(), 1) << "the other direction stays";
    link(a, b);
    EXPECT_EQ(links(), 2) << "an unlinked pair can be linked again";
}

TEST_F(LinkVerbs, UnlinkDominatesTheLinkItRemoves) {
    link(a, b);
    const auto key = link_key(a, b, "related_to");
    const auto before = node.stamp_of(key);
    const auto old = node.change(key);
    node.must(UnlinkMemories{a, b, {}});
    EXPECT_GT(node.stamp_of(key), before);
    EXPECT_EQ(node.accept({old}).noop, 1u);
    EXPECT_EQ(links(), 0);
}

TEST_F(LinkVerbs, ArchivingAnEndHidesTheLinkAndRestoringShowsIt) {
    link(a, b);
    const auto created = node.text("SELECT created_at FROM memory_links");
    const auto stamp = node.stamp_of(link_key(a, b, "related_to"));
    node.must(ArchiveMemory{b, "archive"});
    EXPECT_EQ(links(), 0);
    EXPECT_EQ(node.execute(LinkMemories{a, b, "related_to"}).error().code, Errc::not_found);
    node.must(RestoreMemory{b});
    EXPECT_EQ(links(), 1);
    EXPECT_EQ(node.text("SELECT created_at FROM memory_links"), created);
    EXPECT_EQ(node.stamp_of(link_key(a, b, "related_to")), stamp) << "no new version needed";
}

TEST_F(LinkVerbs, ADeletedEndHidesTheLink) {
    link(a, b);
    link(c, a);
    node.must(DeleteMemory{a});
    EXPECT_EQ(links(), 0);
}

TEST_F(LinkVerbs, ALinkThatComesBeforeItsEndsWaits) {
    node.accept({link_change("x", "y", kNoon)});
    EXPECT_EQ(links(), 0);
    node.accept({live_change("y", a_memory("Y"), kNoon)});
    EXPECT_EQ(links(), 0);
    node.accept({live_change("x", a_memory("X"), kNoon)});
    EXPECT_EQ(links(), 1);
}

TEST_F(LinkVerbs, UnlinkFindsALinkMadeUnderAnotherName) {
    Memory old = a_memory("Same");
    old.created_at = time_text(kNoon - 9 * kHour);
    node.accept({live_change("x-old", old, kNoon), live_change("x-new", a_memory("Same"), kNoon),
                 link_change("x-new", a, kNoon)});
    EXPECT_EQ(node.text("SELECT source_id FROM memory_links"), "x-old\n");
    UpdateMemory settle;
    settle.id = "x-old";
    node.must(settle);
    EXPECT_EQ(node.text("SELECT source_id FROM memory_links"), "x-old\n");
    EXPECT_EQ(node.must(UnlinkMemories{"x-old", a, {}}).affected, 1);
    EXPECT_EQ(links(), 0);
}

TEST_F(LinkVerbs, ALinkBetweenTwoNamesOfOneMemoryIsNotShown) {
    Memory old = a_memory("Same");
    old.created_at = time_text(kNoon - 9 * kHour);
    node.accept({live_change("x-old", old, kNoon), live_change("x-new", a_memory("Same"), kNoon),
                 link_change("x-new", "x-old", kNoon)});
    EXPECT_EQ(links(), 0);
    node.accept({live_change("x-new", a_memory("Another"), kNoon + 1)});
    EXPECT_EQ(links(), 1);
}

TEST_F(LinkVerbs, TheSameLinkUnderTwoNamesIsOneRow) {
    Memory old = a_memory("Same");
    old.created_at = time_text(kNoon - 9 * kHour);
    node.accept({live_change("x-old", old, kNoon), live_change("x-new", a_memory("Same"), kNoon),
                 link_change("x-new", a, kNoon), link_change("x-old", a, kNoon + 5)});
    EXPECT_EQ(links(), 1);
    EXPECT_EQ(node.must(UnlinkMemories{"x-new", a, {}}).affected, 2);
    EXPECT_EQ(links(), 0);
}

TEST_F(LinkVerbs, ArchiveKeepsEverythingAndSaysWhenAndWhy) {
    StoreMemory op;
    op.title = "Full";
    op.content = "words";
    op.tags = {"t"};
    op.priority = 7;
    op.metadata = R"({"k":[1,2]})";
    op.expires_at = "2030-01-01T00:00:00Z";
    const auto id = node.must(op).id;
    const auto before = node.memory(id);
    const auto done = node.must(ArchiveMemory{id, "forget"});
    EXPECT_EQ(done.memory, before);
    EXPECT_FALSE(node.live(id));
    EXPECT_EQ(node.text("SELECT archive_reason, archived_at = updated_at FROM archived_memories"),
              "forget|1\n");
    EXPECT_NE(node.store("Full"), id) << "the title is free while it is archived";
    const auto refused = node.execute(RestoreMemory{id});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_EQ(node.count("SELECT count(*) FROM archived_memories"), 1);
    node.must(
        DeleteMemory{node.text("SELECT id FROM memories WHERE title = 'Full'").substr(0, 36)});
    auto restored = *node.must(RestoreMemory{id}).memory;
    EXPECT_EQ(restored, node.memory(id));
    EXPECT_GT(restored.updated_at, before.updated_at);
    restored.updated_at = before.updated_at;
    EXPECT_EQ(restored, before);
    EXPECT_EQ(node.count("SELECT count(*) FROM archived_memories"), 0);
    EXPECT_EQ(node.execute(RestoreMemory{id}).error().code, Errc::not_found);
}

TEST_F(LinkVerbs, ALifeThatRanOutInTheArchiveBeginsAnew) {
    node.must(ArchiveMemory{a, "archive"});
    node.clock.now += 30 * 24 * kHour;
    node.must(RestoreMemory{a});
    EXPECT_EQ(node.memory(a).expires_at, time_text(node.clock.now + 7 * 24 * kHour));
}

TEST_F(LinkVerbs, AnArchivedMemoryCanBeDeletedByAPeerAndStaysDead) {
    node.must(ArchiveMemory{a, "archive"});
    node.accept({dead_change(a, node.stamp_of("m:" + a) + 1)});
    EXPECT_EQ(node.count("SELECT count(*) FROM archived_memories"), 0);
    EXPECT_EQ(node.execute(RestoreMemory{a}).error().code, Errc::not_found);
}

TEST_F(LinkVerbs, AnArchiveFromAPeerTakesALiveRowOutOfSight) {
    node.accept({archived_change(a, node.memory(a), node.stamp_of("m:" + a) + 1)});
    EXPECT_FALSE(node.live(a));
    EXPECT_EQ(node.count("SELECT count(*) FROM archived_memories"), 1);
    node.accept({archived_change("never-seen", a_memory("N"), kNoon)});
    EXPECT_EQ(node.count("SELECT count(*) FROM archived_memories"), 2);
    EXPECT_EQ(node.must(RestoreMemory{"never-seen"}).id, "never-seen");
}

}  // namespace
}  // namespace aimem
