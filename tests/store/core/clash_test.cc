#include "store/log/clash.h"

#include "store/base/time_text.h"
#include "store/model/json.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace aimem {
namespace {

Memory member(const std::string& id, std::int64_t created, std::int64_t stamp,
              const std::string& author) {
    Memory memory = test::a_memory("T", "of " + id);
    memory.id = id;
    memory.created_at = time_text(created);
    memory.updated_at = time_text(stamp);
    if (!author.empty()) memory.metadata = R"({"agent_id":")" + author + R"("})";
    return memory;
}

TEST(Clash, ShowsTheOldestMemberWithTheContentOfTheNewest) {
    Memory old = member("b", 100, 1000, "alice");
    Memory fresh = member("a", 200, 5000, "bob");
    fresh.priority = 9;
    fresh.tags = {"x"};
    fresh.expires_at = time_text(9000);
    fresh.tier = Tier::short_term;
    const Memory shown = visible_of({old, fresh});
    EXPECT_EQ(shown.id, "b");
    EXPECT_EQ(shown.created_at, old.created_at);
    EXPECT_EQ(metadata_text(shown.metadata, "agent_id"), "alice");
    EXPECT_EQ(shown.content, "of a");
    EXPECT_EQ(shown.updated_at, fresh.updated_at);
    EXPECT_EQ(shown.priority, 9);
    EXPECT_EQ(shown.tags, fresh.tags);
    EXPECT_EQ(shown.expires_at, fresh.expires_at);
    EXPECT_EQ(shown.tier, Tier::short_term);
}

TEST(Clash, AgeIsTimeNotText) {
    Memory early = member("z", 0, 1000, "");
    Memory late = member("a", 0, 2000, "");
    early.created_at = "2026-05-01T13:00:00+02:00";  // eleven o'clock, but the greater text
    late.created_at = "2026-05-01T12:00:00+00:00";
    EXPECT_EQ(visible_of({early, late}).id, "z");
    EXPECT_EQ(visible_of({late, early}).id, "z");
}

TEST(Clash, EqualAgesAreDecidedByTheId) {
    EXPECT_EQ(visible_of({member("b", 1, 9, ""), member("a", 1, 5, "")}).id, "a");
    EXPECT_EQ(visible_of({member("a", 1, 5, ""), member("b", 1, 9, "")}).id, "a");
}

TEST(Clash, EqualStampsAreDecidedByTheId) {
    EXPECT_EQ(visible_of({member("a", 1, 5, ""), member("b", 2, 5, "")}).content, "of b");
    EXPECT_EQ(visible_of({member("b", 2, 5, ""), member("a", 1, 5, "")}).content, "of b");
}

TEST(Clash, AnOldestMemberWithoutAuthorTakesNothingAway) {
    const Memory shown = visible_of({member("a", 1, 5, ""), member("b", 2, 9, "bob")});
    EXPECT_EQ(metadata_text(shown.metadata, "agent_id"), "bob");
}

TEST(Clash, OneMemberIsShownAsItIs) {
    Memory only = member("a", 1, 5, "alice");
    EXPECT_EQ(visible_of({only}), only);
}

TEST(Clash, TheOrderOfTheMembersDoesNotMatter) {
    std::mt19937_64 random(test::test_seed());
    SCOPED_TRACE(test::test_seed());
    for (int round = 0; round < 300; ++round) {
        std::vector<Memory> members;
        const auto count = 2 + random() % 4;
        for (std::size_t i = 0; i < count; ++i)
            members.push_back(member(std::string(1, static_cast<char>('a' + i)),
                                     static_cast<std::int64_t>(random() % 3),
                                     static_cast<std::int64_t>(random() % 3),
                                     random() % 2 == 0 ? "" : std::to_string(i)));
        const Memory expected = visible_of(members);
        for (int i = 0; i < 6; ++i) {
            std::shuffle(members.begin(), members.end(), random);
            ASSERT_EQ(visible_of(members), expected);
        }
    }
}

}  // namespace
}  // namespace aimem
