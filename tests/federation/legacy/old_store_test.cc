// The node of 0.6.3 in our tests behaves as facts/federation.md says, quirks included; what rests
// on it is worth as much as this is true.
#include "tests/support/old_store.h"

#include "store/base/time_text.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem::test {
namespace {

using nlohmann::json;

class Old : public testing::Test {
protected:
    json push(json lists) {
        json body{{"sender_agent_id", "host:a"}, {"memories", json::array()}};
        body.update(lists);
        const auto [status, text] = old.push(json_text(body), kNoon);
        EXPECT_EQ(status, 200) << text;
        return json::parse(text);
    }
    static json row(const std::string& id, const std::string& title, const std::string& content,
                    std::int64_t stamp, Tier tier = Tier::mid, int priority = 5) {
        Memory memory = a_memory(title, content);
        memory.id = id;
        memory.tier = tier;
        memory.priority = priority;
        memory.created_at = memory.updated_at = time_text(stamp);
        return to_json(memory);
    }
    json push_row(const json& row) { return push({{"memories", json::array({row})}}); }

    OldStore old;
};

TEST_F(Old, AKnownIdUnderAnotherTitleIsSkippedAndAnsweredWith200) {
    push_row(row("a", "A", "one", kNoon));
    const auto answer = push_row(row("a", "B", "two", kNoon + kSecond));
    EXPECT_EQ(answer["skipped"], 1);
    EXPECT_EQ(answer["applied"], 0);
    EXPECT_EQ(old.live("a")->title, "A");
}

TEST_F(Old, ATitleKeepsItsIdAndTakesTheNewerText) {
    push_row(row("a", "A", "one", kNoon));
    EXPECT_EQ(push_row(row("b", "A", "two", kNoon + kSecond))["applied"], 1);
    EXPECT_EQ(push_row(row("c", "A", "zero", kNoon - kSecond))["applied"],
              1);  // counted all the same
    EXPECT_FALSE(old.live("b"));
    EXPECT_EQ(old.live("a")->content, "two");
}

TEST_F(Old, TierAndPriorityOnlyRiseAndAnOldExpiryOverrides) {
    json first = row("a", "A", "one", kNoon, Tier::short_term, 9);
    first["expires_at"] = "2030-01-01T00:00:00+00:00";
    push_row(first);
    json older = row("a", "A", "zero", kNoon - kSecond, Tier::mid, 2);
    older["expires_at"] = "2029-01-01T00:00:00+00:00";
    push_row(older);
    EXPECT_EQ(old.live("a")->tier, Tier::mid);
    EXPECT_EQ(old.live("a")->priority, 9);
    EXPECT_EQ(old.live("a")->expires_at, "2029-01-01T00:00:00+00:00");
    EXPECT_EQ(old.live("a")->content, "one");
}

TEST_F(Old, DeletionsLeaveNothingAndCountOnlyWhatWasThere) {
    push_row(row("a", "A", "one", kNoon));
    EXPECT_EQ(push({{"deletions", {"a", "b"}}})["noop"], 1);
    push_row(row("a", "A", "one", kNoon));
    EXPECT_TRUE(old.live("a"));  // it came back
}

TEST_F(Old, MemoriesAreAppliedBeforeDeletions) {
    push_row(row("a", "A", "one", kNoon));
    push(
        {{"memories", json::array({row("b", "A", "two", kNoon + kSecond)})}, {"deletions", {"a"}}});
    EXPECT_FALSE(old.by_title("global", "A"));  // merged into a, and deleted with it
}

TEST_F(Old, ADeletionTakesLinksAndStandardsAlong) {
    push_row(row("a", "A", "one", kNoon));
    push_row(row("b", "B", "one", kNoon));
    EXPECT_EQ(push({{"links", json::array({{{"source_id", "a"},
                                            {"target_id", "b"},
                                            {"relation", "related_to"},
                                            {"created_at", "x"}}})}})["links_applied"],
              1);
    push({{"namespace_meta", json::array({{{"namespace", "n"}, {"standard_id", "a"}}})}});
    EXPECT_EQ(old.standard_of("n"), "a");
    push({{"deletions", json::array({"a"})}});
    EXPECT_FALSE(old.linked("a", "b"));
    EXPECT_EQ(old.standard_of("n"), "");
}

TEST_F(Old, ARestoreIsLongAndNewAndSkippedOverALiveRow) {
    push_row(row("a", "A", "one", kNoon - kHour, Tier::short_term));
    EXPECT_EQ(push({{"archives", json::array({"a"})}})["archived"], 1);
    EXPECT_EQ(push({{"restores", json::array({"a"})}})["restored"], 1);
    EXPECT_EQ(old.live("a")->tier, Tier::long_term);
    EXPECT_EQ(old.live("a")->updated_at, time_text(kNoon));
    push({{"archives", json::array({"a"})}});
    push_row(row("a", "A", "one", kNoon));  // live and archived at once
    EXPECT_EQ(push({{"restores", json::array({"a"})}})["skipped"], 1);
}

TEST_F(Old, APendingIsTakenAsItComesAndADecisionCarriedOutUnderAnIdOfItsOwn) {
    const json pending{{"id", "p"},
                       {"action_type", "store"},
                       {"memory_id", nullptr},
                       {"namespace", "global"},
                       {"payload", row("asked", "A", "one", kNoon)},
                       {"requested_by", "ai:x"},
                       {"requested_at", time_text(kNoon)},
                       {"status", "pending"}};
    const json decision{{"id", "p"}, {"approved", true}, {"decider", "ai:y"}};
    EXPECT_EQ(push({{"pending_decisions", json::array({decision})}})["noop"], 1);
    push({{"pendings", json::array({pending})}});
    EXPECT_EQ(push({{"pending_decisions", json::array({decision})}})["pending_decisions_applied"],
              1);
    EXPECT_NE(old.by_title("global", "A")->id, "asked");
    push({{"pendings", json::array({pending})}});
    EXPECT_EQ(old.status_of("p"), "pending");  // open again
}

TEST_F(Old, OneWrongElementRefusesThePushAndTooManyAreRefusedByName) {
    EXPECT_EQ(old.push(R"({"sender_agent_id":"h","memories":[{"id":"a"}]})", kNoon).first, 422);
    EXPECT_EQ(old.push(R"({"sender_agent_id":"h","memories":[],"deletions":null})", kNoon).first,
              422);
    EXPECT_EQ(old.push("{", kNoon).first, 400);
    const json many(std::vector<std::string>(1001, "a"));
    const json body{{"sender_agent_id", "h"}, {"memories", json::array()}, {"deletions", many}};
    EXPECT_EQ(old.push(json_text(body), kNoon).first, 400);
}

TEST_F(Old, TheFifthRecallMakesARowLongAndNew) {
    push_row(row("a", "A", "one", kNoon));
    for (int i = 0; i < 4; ++i) old.recall("a", kNoon + kHour);
    EXPECT_EQ(old.live("a")->updated_at, time_text(kNoon));
    old.recall("a", kNoon + kHour);
    EXPECT_EQ(old.live("a")->updated_at, time_text(kNoon + kHour));
    EXPECT_EQ(old.live("a")->tier, Tier::long_term);
}

}  // namespace
}  // namespace aimem::test
