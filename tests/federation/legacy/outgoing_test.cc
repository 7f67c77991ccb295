// The bodies a peer of 0.6.3 is sent, as values.
#include "federation/legacy/outgoing.h"

#include "federation/legacy/bodies.h"
#include "store/base/time_text.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem {
namespace {

using nlohmann::json;
using test::a_memory;
using test::kNoon;

json parsed(const LegacyBody& body) {
    return json::parse("{" + body.json + "}");
}

TEST(LegacyBodies, NoListIsLongerThanItTakes) {
    LegacyBodies out;
    for (int i = 0; i < 2500; ++i)
        out.add(LegacyList::deletions, std::to_string(i), std::to_string(i));
    const auto bodies = out.take();
    ASSERT_EQ(bodies.size(), 3U);
    EXPECT_EQ(bodies[0].items, 1000U);
    EXPECT_EQ(bodies[2].items, 500U);
    EXPECT_EQ(parsed(bodies[2])["memories"], json::array());
    EXPECT_EQ(parsed(bodies[2])["deletions"][0], "2000");
}

TEST(LegacyBodies, NoBodyIsLargerThanItTakes) {
    LegacyBodies out;
    for (int i = 0; i < 4; ++i) out.add(LegacyList::memories, std::string(1'000'000, 'x'), "a");
    EXPECT_EQ(out.take().size(), 4U);
}

TEST(LegacyBodies, WhatIsLenientEndsWithTheBody) {
    LegacyBodies out;
    out.lenient();
    out.add(LegacyList::restores, "a", "a");
    out.close();
    out.add(LegacyList::deletions, "a", "a");
    const auto bodies = out.take();
    ASSERT_EQ(bodies.size(), 2U);
    EXPECT_FALSE(bodies[0].strict);
    EXPECT_TRUE(bodies[1].strict);
}

FeedRow row_of(Change change) {
    return {1, std::move(change)};
}

TEST(LegacyBodies, NothingToSayIsStillOneBody) {
    const auto bodies = legacy_bodies({row_of(test::unlink_change("a", "b", kNoon))}, {});
    ASSERT_EQ(bodies.size(), 1U);
    EXPECT_EQ(bodies[0].json, "\"memories\":[]");
    EXPECT_EQ(bodies[0].items, 0U);
}

TEST(LegacyBodies, WhatADecisionMadeIsToldAndNeverTheDecisionItself) {
    std::map<std::string, RowNote> notes;
    PendingState state;
    state.action = {"p1", "store", std::nullopt, "team", "{}", "ai:x", time_text(kNoon)};
    state.status = "approved";
    notes["x:p1"].pending = notes["p:p1"].pending = state;
    const std::vector<FeedRow> rows{row_of({"p:p1", State::live, {kNoon, 0}, "{}", {}}),
                                    row_of({"x:p1", State::live, {kNoon, 0}, "{}", {}})};
    const auto bodies = legacy_bodies(rows, notes);
    ASSERT_EQ(bodies.size(), 1U);
    const json body = parsed(bodies[0]);
    EXPECT_FALSE(body.contains("pending_decisions"));
    ASSERT_EQ(body["pendings"].size(), 1U);
    EXPECT_EQ(body["pendings"][0]["status"], "approved");
}

TEST(LegacyBodies, ASourceItDoesNotKnowIsNotSent) {
    Memory memory = a_memory("A");
    memory.source = "ai-memory curator (autonomy)";
    const auto bodies = legacy_bodies({row_of(test::live_change("a", memory, kNoon))}, {});
    EXPECT_EQ(parsed(bodies.at(0))["memories"][0]["source"], "api");
}

TEST(LegacyBodies, AStrangerIsToldOnlyWhatMeansTheSameWhateverItHas) {
    Memory memory = a_memory("A");
    memory.created_at = time_text(kNoon);
    const auto first = encode_shared(row_of(test::live_change("a", memory, kNoon)));
    const auto later = encode_shared(row_of(test::live_change("a", memory, kNoon + 1000)));
    const auto gone = encode_shared(row_of(test::dead_change("b", kNoon)));
    EXPECT_TRUE(legacy_body_for_stranger({first}));
    EXPECT_FALSE(legacy_body_for_stranger({later}));
    EXPECT_FALSE(legacy_body_for_stranger({first, gone}));
}

}  // namespace
}  // namespace aimem
