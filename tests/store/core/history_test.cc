// Overwritten versions: what is kept, for how long, and what is not. SPDX-License-Identifier:
// Apache-2.0
#include "store/log/history.h"

#include "store/base/time_text.h"
#include "store/log/upkeep.h"
#include "store/model/json.h"
#include "store/query/history.h"
#include "tests/store/core/node.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace aimem {
namespace {

using query::VersionSeen;
using test::a_memory;
using test::dead_change;
using test::kHour;
using test::kNoon;
using test::live_change;
using test::merged_change;
using test::Node;

using Words = std::vector<std::string>;

class HistoryTest : public testing::Test {
protected:
    void TearDown() override { EXPECT_EQ(test::contradiction(node.db()), ""); }

    std::string store(const std::string& title, const std::string& content) {
        StoreMemory op{.title = title, .content = content, .agent_id = "ai:alice"};
        return node.must(op).id;
    }
    void update(const std::string& id, const std::string& content,
                const std::string& agent = "ai:bob") {
        UpdateMemory op;
        op.id = id;
        op.content = content;
        op.agent_id = agent;
        node.must(op);
    }
    std::vector<VersionSeen> versions(const std::string& id) {
        const auto found = query::history(node.db(), id);
        EXPECT_TRUE(found) << found.error().message;
        return found ? found->versions : std::vector<VersionSeen>{};
    }
    std::int64_t lines() { return node.count("SELECT count(*) FROM repl_history"); }
    std::int64_t readable() {
        return node.count(
            "SELECT count(*) FROM repl_history WHERE shown IS NOT NULL OR content IS NOT NULL");
    }

    Node node;
};

TEST_F(HistoryTest, ANewMemoryKeepsNothing) {
    store("a", "x");
    node.accept({live_change("p1", a_memory("b"), kNoon)});
    EXPECT_EQ(lines(), 0);
}

TEST_F(HistoryTest, AnUpdateKeepsWhatItReplacedAndWhoWroteEither) {
    const std::string id = store("a", "first");
    const std::int64_t before = node.stamp_of("m:" + id);
    update(id, "second");
    const auto seen = versions(id);
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].said->content, "second");
    EXPECT_EQ(seen[0].writer, "ai:bob");
    EXPECT_EQ(seen[0].author, "ai:alice");
    EXPECT_EQ(seen[0].changed, Words{"content"});
    EXPECT_EQ(seen[0].until, 0);
    EXPECT_EQ(seen[1].said->content, "first");
    EXPECT_EQ(seen[1].said->title, "a");
    EXPECT_EQ(seen[1].writer, "ai:alice");
    EXPECT_EQ(seen[1].stamp, before);
    EXPECT_EQ(seen[1].until, seen[0].stamp);
    EXPECT_FALSE(seen[1].from_peer);
}

TEST_F(HistoryTest, TheWriterIsNamedWhereHeIsNotTheAuthorAndCannotBeForged) {
    StoreMemory op{.title = "a", .content = "x", .agent_id = "ai:alice"};
    op.metadata = R"({"written_by":"ai:mallory","mine":1})";
    const std::string id = node.must(op).id;
    const auto writer = [&] {
        return metadata_text(node.memory(id).metadata, "written_by");
    };
    EXPECT_EQ(writer(), "");
    update(id, "y");
    EXPECT_EQ(writer(), "ai:bob");
    EXPECT_EQ(metadata_text(node.memory(id).metadata, "agent_id"), "ai:alice");
    UpdateMemory forged;
    forged.id = id;
    forged.metadata = R"({"written_by":"ai:mallory"})";
    forged.agent_id = "ai:bob";
    node.must(forged);
    EXPECT_EQ(writer(), "ai:bob");
    update(id, "z", "ai:alice");
    EXPECT_EQ(writer(), "");
    node.must(ArchiveMemory{id, "done", "ai:carol"});
    const auto seen = versions(id);
    EXPECT_EQ(seen[0].state, State::archived);
    EXPECT_EQ(seen[0].writer, "ai:carol");
    EXPECT_EQ(seen[0].said->archive_reason, "done");
    EXPECT_EQ(seen[1].writer, "ai:alice");
}

TEST_F(HistoryTest, ContentThatDidNotChangeIsKeptOnce) {
    const std::string id = store("a", "the text");
    for (int priority = 1; priority <= 3; ++priority) {
        UpdateMemory op;
        op.id = id;
        op.priority = priority;
        node.must(op);
    }
    EXPECT_EQ(node.count("SELECT count(content) FROM repl_history"), 0);
    update(id, "another");
    EXPECT_EQ(node.count("SELECT count(content) FROM repl_history"), 1);
    const auto seen = versions(id);
    ASSERT_EQ(seen.size(), 5U);
    EXPECT_EQ(seen[0].said->content, "another");
    for (std::size_t i = 1; i < seen.size(); ++i) EXPECT_EQ(seen[i].said->content, "the text") << i;
    EXPECT_EQ(seen[1].said->priority, 3);
    EXPECT_EQ(seen[1].changed, Words{"priority"});
    EXPECT_EQ(seen[4].said->priority, 5);
}

TEST_F(HistoryTest, LongContentIsCutBetweenCharactersAndSaysHowLongItWas) {
    const std::string text = "x" + std::string(kVersionContentMax / 2, 'y');
    std::string umlauts = "x";
    while (umlauts.size() < kVersionContentMax + 10) umlauts += "\xc3\xa4";
    const std::string id = store("a", umlauts);
    update(id, text);
    const auto seen = versions(id);
    EXPECT_EQ(seen[0].said->content, text);
    EXPECT_EQ(seen[1].said->content, umlauts.substr(0, kVersionContentMax - 1));
    EXPECT_EQ(seen[1].said->content_bytes, static_cast<std::int64_t>(umlauts.size()));
    EXPECT_EQ(beginning_of("\xc3\xa4", 1), "");
    EXPECT_EQ(beginning_of("ab", 2), "ab");
}

TEST_F(HistoryTest, AReceivedVersionKeepsWhatItReplacesAndOneThatLosesKeepsNothing) {
    const std::string id = store("a", "mine");
    const std::int64_t mine = node.stamp_of("m:" + id);
    node.accept({live_change(id, a_memory("a", "theirs"), mine + kHour)});
    EXPECT_EQ(lines(), 1);
    node.accept({live_change(id, a_memory("a", "too late"), mine + 1000)});
    node.accept({live_change(id, a_memory("a", "theirs"), mine + kHour)});
    EXPECT_EQ(lines(), 1);
    update(id, "mine again");
    const auto seen = versions(id);
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[1].said->content, "theirs");
    EXPECT_TRUE(seen[1].from_peer);
    EXPECT_EQ(seen[2].said->content, "mine");
    EXPECT_FALSE(seen[2].from_peer);
}

TEST_F(HistoryTest, OfWhatIsDeletedStaysWhoAndWhenAndNothingOfWhatItSaid) {
    const std::string id = store("a", "secret");
    update(id, "secret too");
    node.must(DeleteMemory{id, "ai:carol"});
    EXPECT_EQ(readable(), 0);
    auto seen = versions(id);
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[0].state, State::dead);
    EXPECT_EQ(seen[0].writer, "ai:carol");
    EXPECT_EQ(seen[1].writer, "ai:bob");
    EXPECT_EQ(seen[2].writer, "ai:alice");
    for (const VersionSeen& one : seen) EXPECT_FALSE(one.said);
    // It comes back: what was deleted does not.
    node.accept({live_change(id, a_memory("a", "anew"), seen[0].stamp + kHour)});
    seen = versions(id);
    ASSERT_EQ(seen.size(), 4U);
    EXPECT_EQ(seen[0].said->content, "anew");
    EXPECT_EQ(seen[1].state, State::dead);
    EXPECT_EQ(seen[1].writer, "ai:carol");
    EXPECT_EQ(seen[1].until, seen[0].stamp);
    EXPECT_EQ(readable(), 0);
}

TEST_F(HistoryTest, APeersDeletionAndAPurgeTakeTheContentToo) {
    const std::string id = store("a", "secret");
    update(id, "secret too");
    node.accept({dead_change(id, node.stamp_of("m:" + id) + kHour)});
    EXPECT_EQ(readable(), 0);
    EXPECT_EQ(versions(id).size(), 3U);
    const std::string other = store("b", "secret");
    node.must(ForgetMemories{.ns = "global", .agent_id = "ai:alice"});
    EXPECT_EQ(readable(), 1) << "what is forgotten lies in the archive";
    node.must(PurgeArchive{{}, {}, "ai:alice"});
    EXPECT_EQ(readable(), 0);
    EXPECT_EQ(versions(other).front().writer, "ai:alice");
}

TEST_F(HistoryTest, ACollectedTombstoneTakesAllOfIt) {
    const std::string id = store("a", "x");
    update(id, "y");
    node.must(DeleteMemory{id, "ai:alice"});
    ASSERT_GT(lines(), 0);
    const Change dead = node.change("m:" + id);
    node.committer().begin();
    forget(node.committer().registers(), {{dead.key, dead.version}});
    node.committer().commit();
    EXPECT_EQ(lines(), 0);
}

TEST_F(HistoryTest, WhatWasMergedIsAPastOfTheOneThatStays) {
    const std::string id = store("a", "mine");
    const std::int64_t mine = node.stamp_of("m:" + id);
    Memory theirs = a_memory("a", "theirs");
    theirs.created_at = time_text(kNoon + kHour);  // the younger of the two
    node.accept({live_change("other", theirs, mine + kHour)});
    update(id, "settled");
    const auto seen = versions(id);
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(seen[0].said->content, "settled");
    EXPECT_EQ(seen[1].said->content, "theirs");
    EXPECT_EQ(seen[1].said->id, "other");
    EXPECT_EQ(seen[2].said->content, "mine");
    EXPECT_EQ(query::history(node.db(), "other")->id, id) << "the merged id leads there";
    node.must(DeleteMemory{id, "ai:alice"});
    EXPECT_EQ(readable(), 0);
}

TEST_F(HistoryTest, AMergerIntoWhatIsGoneLeavesNothingReadable) {
    node.accept({live_change("loser", a_memory("a", "secret"), kNoon)});
    node.accept({live_change("loser", a_memory("a", "secret too"), kNoon + 1000)});
    node.accept({merged_change("loser", "never seen", kNoon + 2000)});
    EXPECT_EQ(readable(), 0);
    EXPECT_EQ(lines(), 2);
}

TEST_F(HistoryTest, WhatAnotherProgramWroteOverIsNotTakenForTheOldText) {
    const std::string id = store("a", "ours");
    node.another_program("UPDATE memories SET content = 'foreign'");
    node.idle_commit();
    const auto seen = versions(id);
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].said->content, "foreign");
    EXPECT_FALSE(seen[1].said) << "nobody knows any more";
    EXPECT_EQ(seen[1].writer, "ai:alice");
}

TEST_F(HistoryTest, OfOneMemoryTheNewestVersionsAreKept) {
    const std::string id = store("a", "0");
    for (int i = 1; i <= kVersionsKept + 12; ++i) update(id, std::to_string(i));
    EXPECT_LT(lines(), kVersionsKept + 8);
    const auto seen = versions(id);
    EXPECT_EQ(seen.front().said->content, std::to_string(kVersionsKept + 12));
    EXPECT_EQ(seen.back().said->content, "12");
}

TEST_F(HistoryTest, OfAllMemoriesTheNewestVersionsAreKept) {
    const std::string old = store("old", "x");
    update(old, "y");
    const std::string id = store("a", "0");
    update(id, "1");
    // As if that many lines had come between.
    node.db().exec(
        fmt::format("UPDATE repl_history SET n = {} WHERE key = 'm:{}'", kVersionsInAll, id));
    for (int i = 0; i < kVersionsKept; ++i) update(id, std::to_string(i));
    EXPECT_EQ(versions(old).size(), 1U);
    EXPECT_EQ(versions(id).size(), static_cast<std::size_t>(kVersionsKept) + 1);
}

TEST_F(HistoryTest, WhatIsVeryOldGoesWhenNewLinesCome) {
    const std::string old = store("old", "x");
    update(old, "y");
    node.clock.now += kVersionsAge + kHour;
    const std::string id = store("a", "0");
    for (int i = 0; i < kVersionsKept; ++i) update(id, std::to_string(i));
    EXPECT_EQ(versions(old).size(), 1U);
    EXPECT_GT(versions(id).size(), static_cast<std::size_t>(kVersionsKept) / 2);
}

TEST_F(HistoryTest, ItIsOfThisFileAloneAndInNoDigest) {
    const std::string id = store("a", "x");
    update(id, "y");
    Node other;
    other.accept(node.changes());
    EXPECT_EQ(other.digest().sum, node.digest().sum);
    EXPECT_EQ(other.count("SELECT count(*) FROM repl_history"), 0);
    EXPECT_EQ(metadata_text(other.memory(id).metadata, "written_by"), "ai:bob")
        << "who wrote the present version is known everywhere";
}

TEST_F(HistoryTest, WhatDoesNotCommitLeavesNoLine) {
    const std::string id = store("a", "x");
    node.committer().begin();
    UpdateMemory op;
    op.id = id;
    op.content = "y";
    ASSERT_TRUE(node.committer().execute(op));
    node.committer().rollback();
    EXPECT_EQ(lines(), 0);
}

}  // namespace
}  // namespace aimem
