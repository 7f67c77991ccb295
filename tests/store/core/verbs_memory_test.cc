// store, update, promote, delete through the committer. SPDX-License-Identifier: Apache-2.0
#include "store/base/time_text.h"
#include "store/log/memory_rows.h"
#include "store/model/json.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>

namespace aimem {
namespace {

using test::a_memory;
using test::kHour;
using test::kNoon;
using test::kSecond;
using test::live_change;
using test::Node;

class MemoryVerbs : public testing::Test {
protected:
    void TearDown() override { EXPECT_EQ(test::contradiction(node.db()), ""); }
    Node node;
};

StoreMemory store_of(const std::string& title, const std::string& content = "text") {
    StoreMemory op;
    op.title = title;
    op.content = content;
    return op;
}

UpdateMemory update_of(const std::string& id) {
    UpdateMemory op;
    op.id = id;
    return op;
}

std::string later(std::int64_t ns) {
    return time_text(kNoon + ns);
}

TEST_F(MemoryVerbs, StoreMakesAMemoryWithDefaults) {
    auto op = store_of("T", "words");
    op.agent_id = "alice";
    const auto done = node.must(op);
    EXPECT_FALSE(done.existed);
    ASSERT_TRUE(done.memory);
    const auto row = node.memory(done.id);
    EXPECT_EQ(*done.memory, row) << "what is answered is what is stored";
    EXPECT_EQ(row.tier, Tier::mid);
    EXPECT_EQ(row.ns, "global");
    EXPECT_EQ(row.priority, 5);
    EXPECT_EQ(row.confidence, 1.0);
    EXPECT_EQ(row.created_at, row.updated_at);
    EXPECT_EQ(row.updated_at, time_text(node.stamp_of("m:" + done.id)));
    EXPECT_EQ(row.expires_at, later(7 * 24 * kHour));
    EXPECT_EQ(metadata_text(row.metadata, "agent_id"), "alice");
    ASSERT_EQ(done.rows.size(), 1u);
    EXPECT_EQ(done.rows[0].change, node.change("m:" + done.id));
    EXPECT_EQ(done.rows[0].seq, 1);
}

TEST_F(MemoryVerbs, TheTierGivesTheLife) {
    auto op = store_of("short");
    op.tier = Tier::short_term;
    EXPECT_EQ(node.must(op).memory->expires_at, later(6 * kHour));
    op = store_of("long");
    op.tier = Tier::long_term;
    EXPECT_FALSE(node.must(op).memory->expires_at);
    op = store_of("given");
    op.tier = Tier::long_term;
    op.expires_at = "2027-01-01T02:00:00+02:00";
    EXPECT_EQ(node.must(op).memory->expires_at, "2027-01-01T00:00:00.000000000+00:00");
    op = store_of("ttl");
    op.ttl_secs = 10;
    EXPECT_EQ(node.must(op).memory->expires_at, later(10 * kSecond));
}

TEST_F(MemoryVerbs, StoringAgainReplacesWhatIsGivenAndKeepsTheRest) {
    auto op = store_of("T", "first");
    op.tags = {"a"};
    op.priority = 8;
    op.confidence = 0.5;
    op.source = "hook";
    op.agent_id = "alice";
    op.scope = "team";
    const auto first = node.must(op);
    node.clock.now += kHour;
    auto again = store_of("T", "second");
    again.agent_id = "bob";
    const auto second = node.must(again);
    EXPECT_TRUE(second.existed);
    EXPECT_EQ(second.id, first.id);
    const auto row = node.memory(first.id);
    EXPECT_EQ(row.content, "second");
    EXPECT_EQ(row.tags, std::vector<std::string>{"a"});
    EXPECT_EQ(row.priority, 8);
    EXPECT_EQ(row.confidence, 0.5);
    EXPECT_EQ(row.source, "hook");
    EXPECT_EQ(row.created_at, first.memory->created_at);
    EXPECT_EQ(metadata_text(row.metadata, "agent_id"), "alice") << "the author stays";
    EXPECT_EQ(metadata_text(row.metadata, "scope"), "team");
    EXPECT_GT(row.updated_at, first.memory->updated_at);
    again.tags = std::vector<std::string>{};
    again.priority = 2;
    again.confidence = 0.1;
    node.must(again);
    EXPECT_TRUE(node.memory(first.id).tags.empty());
    EXPECT_EQ(node.memory(first.id).priority, 2) << "given fields replace, also downwards";
    EXPECT_EQ(node.memory(first.id).confidence, 0.1);
}

TEST_F(MemoryVerbs, StoringAgainOnlyRaisesTheTierAndRenewsTheLife) {
    auto op = store_of("T");
    const auto id = node.must(op).id;
    op.tier = Tier::short_term;
    node.clock.now += kHour;
    node.must(op);
    EXPECT_EQ(node.memory(id).tier, Tier::mid);
    EXPECT_EQ(node.memory(id).expires_at, later(kHour + 7 * 24 * kHour)) << "renewed";
    auto far = update_of(id);
    far.expires_at = "2030-01-01T00:00:00Z";
    node.must(far);
    node.must(op);
    EXPECT_EQ(node.memory(id).expires_at, "2030-01-01T00:00:00.000000000+00:00")
        << "never shortened";
    op.tier = Tier::long_term;
    node.must(op);
    EXPECT_EQ(node.memory(id).tier, Tier::long_term);
    EXPECT_FALSE(node.memory(id).expires_at);
    op.tier.reset();
    node.must(op);
    EXPECT_FALSE(node.memory(id).expires_at) << "what lives for ever goes on";
}

TEST_F(MemoryVerbs, TheMergeIsByTitleAndNamespace) {
    const auto one = node.store("T");
    auto op = store_of("T");
    op.ns = "other";
    EXPECT_NE(node.must(op).id, one);
    EXPECT_NE(node.store("t"), one) << "titles are compared exactly";
    EXPECT_EQ(node.store("T"), one);
}

TEST_F(MemoryVerbs, AnAuthorCannotBeForgedThroughMetadata) {
    auto op = store_of("T");
    op.agent_id = "alice";
    op.metadata = R"({"agent_id":"mallory","k":1})";
    const auto id = node.must(op).id;
    EXPECT_EQ(metadata_text(node.memory(id).metadata, "agent_id"), "alice");
    op.agent_id = "bob";
    node.must(op);
    EXPECT_EQ(metadata_text(node.memory(id).metadata, "agent_id"), "alice");
    auto change = update_of(id);
    change.metadata = R"({"agent_id":"mallory","x":2})";
    node.must(change);
    EXPECT_EQ(node.memory(id).metadata, R"({"agent_id":"alice","x":2})");
}

TEST_F(MemoryVerbs, UpdateIsExactAlsoDownwards) {
    auto op = store_of("T", "text");
    op.tier = Tier::long_term;
    op.priority = 9;
    op.confidence = 1.0;
    op.tags = {"a", "b"};
    op.expires_at = "2030-01-01T00:00:00Z";
    const auto id = node.must(op).id;
    const auto before = node.stamp_of("m:" + id);
    auto change = update_of(id);
    change.priority = 1;
    change.confidence = 0.1;
    change.tags = std::vector<std::string>{};
    change.content = "other";
    change.expires_at = "";
    const auto done = node.must(change);
    const auto row = node.memory(id);
    EXPECT_EQ(*done.memory, row);
    EXPECT_EQ(row.priority, 1);
    EXPECT_EQ(row.confidence, 0.1);
    EXPECT_TRUE(row.tags.empty());
    EXPECT_EQ(row.content, "other");
    EXPECT_FALSE(row.expires_at);
    EXPECT_EQ(row.tier, Tier::long_term);
    EXPECT_EQ(row.title, "T");
    EXPECT_GT(node.stamp_of("m:" + id), before);
    auto tier = update_of(id);
    tier.tier = Tier::short_term;
    node.must(tier);
    EXPECT_EQ(node.memory(id).tier, Tier::short_term);
    EXPECT_EQ(node.memory(id).expires_at, later(6 * kHour)) << "a new tier gives a new life";
    tier.expires_at = "";
    tier.tier = Tier::mid;
    node.must(tier);
    EXPECT_FALSE(node.memory(id).expires_at) << "the given expiry wins over the tier";
}

TEST_F(MemoryVerbs, ARenameFreesTheOldTitleAndRefusesATakenOne) {
    const auto one = node.store("One");
    const auto two = node.store("Two");
    auto change = update_of(one);
    change.title = "Two";
    const auto digest = node.digest().sum;
    const auto refused = node.execute(change);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_NE(refused.error().message.find(two), std::string::npos) << "names the holder";
    EXPECT_EQ(node.digest().sum, digest);
    change.title = "Three";
    node.must(change);
    const auto fresh = node.store("One");
    EXPECT_NE(fresh, one);
    change.title = "Two";
    change.ns = "elsewhere";
    node.must(change);
    EXPECT_EQ(node.memory(one).ns, "elsewhere");
    EXPECT_EQ(node.memory(one).title, "Two");
}

TEST_F(MemoryVerbs, IdsMayBeUniquePrefixes) {
    node.accept(
        {live_change("abc-1", a_memory("A"), kNoon), live_change("abc-2", a_memory("B"), kNoon),
         live_change("abcd", a_memory("C"), kNoon), live_change("x_1", a_memory("D"), kNoon)});
    auto change = update_of("abc-1");
    EXPECT_EQ(node.must(change).id, "abc-1");
    change.id = "abcd";
    EXPECT_EQ(node.must(change).id, "abcd") << "an exact id is no prefix";
    change.id = "x";
    EXPECT_EQ(node.must(change).id, "x_1");
    for (const char* none : {"y", "ABC-1", "abc-11", "%", "_"}) {
        change.id = none;
        const auto refused = node.execute(change);
        ASSERT_FALSE(refused) << none;
        EXPECT_EQ(refused.error().code, Errc::not_found) << none;
    }
    change.id = "abc-";
    const auto refused = node.execute(change);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_NE(refused.error().message.find("abc-1"), std::string::npos);
    EXPECT_NE(refused.error().message.find("abc-2"), std::string::npos);
    EXPECT_EQ(refused.error().message.find("abcd"), std::string::npos);
}

TEST_F(MemoryVerbs, EveryVerbSaysNotFoundForAnUnknownId) {
    const auto known = node.store("T");
    const std::vector<Op> ops{update_of("none"),
                              PromoteMemory{"none"},
                              DeleteMemory{"none"},
                              ArchiveMemory{"none", "archive"},
                              RestoreMemory{"none"},
                              RestoreMemory{known},
                              LinkMemories{"none", known, "related_to"},
                              LinkMemories{known, "none", "related_to"},
                              UnlinkMemories{"none", known, {}},
                              UnlinkMemories{known, "none", {}}};
    const auto next_seq = node.next_seq();
    for (const Op& op : ops) {
        const auto refused = node.execute(op);
        ASSERT_FALSE(refused) << verb_of(op);
        EXPECT_EQ(refused.error().code, Errc::not_found) << verb_of(op);
    }
    EXPECT_EQ(node.next_seq(), next_seq);
}

TEST_F(MemoryVerbs, EveryVerbRefusesWhatIsNoId) {
    for (const std::string& bad : {std::string(), std::string(200, 'x'), std::string("a\nb")})
        for (const Op& op :
             std::vector<Op>{update_of(bad), PromoteMemory{bad}, DeleteMemory{bad},
                             ArchiveMemory{bad, "archive"}, RestoreMemory{bad},
                             LinkMemories{bad, "x", "related_to"}, UnlinkMemories{"x", bad, {}}}) {
            const auto refused = node.execute(op);
            ASSERT_FALSE(refused) << verb_of(op);
            EXPECT_EQ(refused.error().code, Errc::invalid_argument) << verb_of(op);
        }
}

TEST_F(MemoryVerbs, PromoteGivesAnEndlessLife) {
    const auto id = node.store("T");
    const auto done = node.must(PromoteMemory{id});
    EXPECT_EQ(node.memory(id).tier, Tier::long_term);
    EXPECT_FALSE(node.memory(id).expires_at);
    EXPECT_EQ(*done.memory, node.memory(id));
}

TEST_F(MemoryVerbs, PromotionUpIsRefusedWhereTheTitleIsTakenWhateverItsMetadataSays) {
    for (const char* metadata : {"{}", R"({"promoted_from":5})", R"({"promoted_from":"other"})"}) {
        StoreMemory below = store_of("T");
        below.ns = "home/kitchen";
        StoreMemory above = store_of("T", "another");
        above.ns = "home";
        above.metadata = metadata;
        const auto id = node.must(below).id;
        node.must(above);
        EXPECT_EQ(node.execute(PromoteMemory{id, "home"}).error().code, Errc::conflict) << metadata;
    }
}

TEST_F(MemoryVerbs, DeleteLeavesATombstoneAndShowsWhatWasDeleted) {
    const auto id = node.store("T", "gone");
    const auto before = node.stamp_of("m:" + id);
    const auto done = node.must(DeleteMemory{id});
    EXPECT_EQ(done.id, id);
    EXPECT_EQ(done.memory->content, "gone");
    EXPECT_FALSE(node.live(id));
    const auto tombstone = node.change("m:" + id);
    EXPECT_EQ(tombstone.state, State::dead);
    EXPECT_GT(tombstone.version.stamp, before);
    EXPECT_EQ(tombstone.body, "");
    EXPECT_NE(node.store("T"), id) << "the title is free again";
    EXPECT_EQ(node.execute(DeleteMemory{id}).error().code, Errc::not_found);
}

TEST_F(MemoryVerbs, ALateOldVersionDoesNotRaiseTheDead) {
    const auto id = node.store("T");
    const auto old = node.change("m:" + id);
    node.must(DeleteMemory{id});
    EXPECT_EQ(node.accept({old}).noop, 1u);
    EXPECT_FALSE(node.live(id));
}

TEST_F(MemoryVerbs, AWriteOverAFarFutureRowDominatesItAndNothingElse) {
    const auto far = kNoon + 10 * 365 * 24 * kHour;
    node.accept({live_change("far", a_memory("T"), far)});
    auto change = update_of("far");
    change.content = "mine";
    node.must(change);
    EXPECT_GT(node.stamp_of("m:far"), far);
    EXPECT_EQ(node.memory("far").content, "mine");
    const auto other = node.store("Other");
    EXPECT_LT(node.stamp_of("m:" + other), kNoon + 10 * kSecond);
    node.must(DeleteMemory{"far"});
    EXPECT_FALSE(node.live("far"));
}

TEST_F(MemoryVerbs, AWriteDominatesWhatASkewedPeerWrote) {
    for (const auto skew : {kHour, -kHour, 3 * kSecond}) {
        node.accept({live_change("id", a_memory("T"), kNoon + skew + 999)});
        auto change = update_of("id");
        change.content = "read and changed";
        const auto seen = node.stamp_of("m:id");
        node.must(change);
        EXPECT_GT(node.stamp_of("m:id"), seen) << skew;
    }
}

// A clash is settled by the first local write: one row remains, under one id, and the others lead
// to it.
TEST_F(MemoryVerbs, ATakenTitleIsMergedKeptBesideOrRefusedAsAsked) {
    const std::string first = node.store("T", "one");
    auto op = store_of("T", "two");
    op.on_conflict = OnConflict::error;
    const auto refused = node.execute(op);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_NE(refused.error().message.find(first), std::string::npos) << "it names the other";
    op.on_conflict = OnConflict::version;
    EXPECT_EQ(node.must(op).memory->title, "T (2)");
    EXPECT_EQ(node.must(op).memory->title, "T (3)");
    EXPECT_EQ(node.memory(first).content, "one");
    op.on_conflict = OnConflict::merge;
    EXPECT_EQ(node.must(op).id, first);
    EXPECT_EQ(node.memory(first).content, "two");
    for (const auto choice : {OnConflict::error, OnConflict::version}) {
        op.title = "free " + std::to_string(static_cast<int>(choice));
        op.on_conflict = choice;
        EXPECT_EQ(node.must(op).memory->title, op.title);
    }
}

TEST_F(MemoryVerbs, AVersionOfTheLongestTitleStillFits) {
    std::string title;
    for (int i = 0; i < 512; ++i) title += "\xC3\xA9";
    node.store(title);
    auto op = store_of(title);
    op.on_conflict = OnConflict::version;
    const auto made = node.must(op).memory->title;
    EXPECT_EQ(made, title.substr(0, 2 * 508) + " (2)");
}

TEST_F(MemoryVerbs, AddedTagsJoinThoseThatAreThere) {
    auto op = store_of("T");
    op.tags = {{"a", "b"}};
    const auto id = node.must(op).id;
    auto more = update_of(id);
    more.add_tags = {"b", "c"};
    EXPECT_EQ(node.must(more).memory->tags, (std::vector<std::string>{"a", "b", "c"}));
    more.add_tags = std::vector<std::string>(1, std::string(129, 'x'));
    EXPECT_FALSE(node.execute(more));
    more.add_tags.clear();
    for (int i = 0; i < 60; ++i) more.add_tags.push_back(std::to_string(i));
    EXPECT_FALSE(node.execute(more)) << "no more than 50 in all";
    EXPECT_EQ(node.memory(id).tags.size(), 3u);
}

class ClashVerbs : public MemoryVerbs {
protected:
    void SetUp() override {
        Memory old = a_memory("Same", "of the old one");
        old.created_at = time_text(kNoon - 10 * kHour);
        Memory fresh = a_memory("Same", "of the new one");
        node.accept({live_change("old", old, kNoon), live_change("new", fresh, kNoon + 1000)});
        ASSERT_TRUE(node.live("old"));
        ASSERT_FALSE(node.live("new"));
        ASSERT_EQ(node.memory("old").content, "of the new one");
    }
};

TEST_F(ClashVerbs, UpdateByEitherIdSettlesTheClash) {
    auto change = update_of("new");
    change.priority = 9;
    const auto done = node.must(change);
    EXPECT_EQ(done.id, "old");
    EXPECT_EQ(node.memory("old").content, "of the new one");
    EXPECT_EQ(node.memory("old").priority, 9);
    EXPECT_EQ(node.change("m:new").state, State::dead);
    EXPECT_EQ(merged_into(node.change("m:new").body), "old");
    EXPECT_EQ(node.change("m:old").group,
              (std::vector<GroupMember>{{"m:new", node.stamp_of("m:new")}}));
    EXPECT_EQ(node.count("SELECT count(*) FROM repl_body WHERE a IS NOT NULL"), 0);
    change.priority = 8;
    EXPECT_EQ(node.must(change).id, "old") << "the merged id goes on leading to it";
    EXPECT_EQ(done.rows.size(), 2u);
}

TEST_F(ClashVerbs, StoreAgainSettlesTheClash) {
    const auto done = node.must(store_of("Same", "third"));
    EXPECT_TRUE(done.existed);
    EXPECT_EQ(done.id, "old");
    EXPECT_EQ(node.change("m:new").state, State::dead);
    EXPECT_EQ(node.memory("old").content, "third");
}

TEST_F(ClashVerbs, ARenameTakesBothNamesAlong) {
    auto change = update_of("old");
    change.title = "Renamed";
    node.must(change);
    EXPECT_EQ(node.memory("old").title, "Renamed");
    EXPECT_EQ(node.must(PromoteMemory{"new"}).id, "old");
    EXPECT_NE(node.store("Same"), "old");
}

TEST_F(ClashVerbs, DeleteByEitherIdDeletesTheMemoryNotAMember) {
    const auto done = node.must(DeleteMemory{"new"});
    EXPECT_EQ(done.id, "old");
    EXPECT_EQ(node.text("SELECT id FROM memories"), "");
    EXPECT_EQ(node.change("m:old").state, State::dead);
    EXPECT_EQ(node.change("m:new").state, State::dead);
    EXPECT_EQ(done.rows.size(), 2u);
    EXPECT_EQ(node.change("m:old").group.size() + node.change("m:new").group.size(), 1u);
}

TEST_F(ClashVerbs, ArchiveHidesTheMemoryAndRestoreBringsItBack) {
    const auto done = node.must(ArchiveMemory{"new", "archive"});
    EXPECT_EQ(done.id, "old");
    EXPECT_EQ(node.text("SELECT id FROM memories"), "");
    EXPECT_EQ(node.text("SELECT id, content FROM archived_memories"), "old|of the new one\n");
    EXPECT_EQ(node.must(RestoreMemory{"old"}).id, "old");
    EXPECT_EQ(node.memory("old").content, "of the new one");
}

TEST_F(ClashVerbs, AThirdMemberThatComesLateClashesAnew) {
    node.must(update_of("old"));
    Memory oldest = a_memory("Same", "late");
    oldest.created_at = time_text(kNoon - 100 * kHour);
    node.accept({live_change("third", oldest, kNoon - 5)});
    EXPECT_TRUE(node.live("third"));
    EXPECT_EQ(node.memory("third").content, "of the new one") << "the newest content";
    EXPECT_EQ(node.must(PromoteMemory{"new"}).id, "third") << "over two hops";
    EXPECT_EQ(node.change("m:old").state, State::dead);
}

}  // namespace
}  // namespace aimem
