// What a comparison of digests concludes.
#include "federation/replication/repair.h"

#include <gtest/gtest.h>

namespace aimem::repl {
namespace {

Listed version_of(const std::string& key, std::int64_t stamp, std::int64_t sig = 1) {
    return {key, State::live, {stamp, sig}, 0, false};
}
Listed dead(Listed row) {
    row.state = State::dead;
    row.version.sig = kPlainTombstone;
    return row;
}
Listed foreign(Listed row) {
    row.foreign = true;
    return row;
}

using Keys = std::vector<std::string>;

Verdict judged(const std::vector<Listed>& ours, const std::vector<Listed>& theirs,
               const VerdictRules& rules = {}) {
    Verdict out;
    judge(ours, theirs, rules, out);
    return out;
}

TEST(Repair, SendsWhatThePeerLacksOrHasOlderAndFetchesTheRest) {
    const std::vector<Listed> ours{version_of("m:a", 5), version_of("m:b", 5), version_of("m:c", 5),
                                   version_of("m:d", 5, 2)};
    const std::vector<Listed> theirs{version_of("m:a", 5), version_of("m:b", 4),
                                     version_of("m:bb", 9), version_of("m:d", 5, 1)};
    const Verdict here = judged(ours, theirs);
    EXPECT_EQ(here.send, (Keys{"m:b", "m:c", "m:d"}));
    EXPECT_EQ(here.fetch, Keys{"m:bb"});
    EXPECT_TRUE(here.forget.empty());
    const Verdict there = judged(theirs, ours);
    EXPECT_EQ(there.send, here.fetch);
    EXPECT_EQ(there.fetch, here.send);
    const Verdict equal = judged(ours, ours);
    EXPECT_TRUE(equal.send.empty() && equal.fetch.empty() && equal.forget.empty());
}

TEST(Repair, ACollectedTombstoneIsNeitherSentBackNorFetchedBack) {
    const std::vector<Listed> tombstones{dead(version_of("m:a", 5)), dead(version_of("m:b", 7))};
    VerdictRules rules;
    rules.peer_horizon = 5;
    EXPECT_EQ(judged(tombstones, {}, rules).send, Keys{"m:b"});
    EXPECT_EQ(judged({}, tombstones, rules).fetch, (Keys{"m:a", "m:b"}));
    rules = {};
    rules.our_horizon = 5;
    EXPECT_EQ(judged(tombstones, {}, rules).send, (Keys{"m:a", "m:b"}));
    EXPECT_EQ(judged({}, tombstones, rules).fetch, Keys{"m:b"});
    EXPECT_EQ(judged({version_of("m:a", 4)}, tombstones, rules).fetch, (Keys{"m:a", "m:b"}))
        << "who still shows the memory needs the tombstone however old";
}

TEST(Repair, AStaleNodeLetsGoOfWhatOthersMayHaveDeletedButNotOfItsOwnNews) {
    std::vector<Listed> ours{foreign(version_of("m:a", 4)), version_of("m:b", 4),
                             version_of("m:c", 4), foreign(version_of("m:d", 9))};
    ours[1].seq = 10;
    ours[2].seq = 11;
    VerdictRules rules;
    rules.peer_horizon = 5;
    rules.acknowledged = 10;
    EXPECT_EQ(judged(ours, {}, rules).send.size(), 4U);
    rules.stale = true;
    const Verdict found = judged(ours, {}, rules);
    ASSERT_EQ(found.forget.size(), 2U);
    EXPECT_EQ(found.forget[0].key, "m:a");
    EXPECT_EQ(found.forget[1].key, "m:b");
    EXPECT_EQ(found.send, (Keys{"m:c", "m:d"}));
}

TEST(Repair, ListsSmallRangesAndSplitsLargeOnes) {
    const std::vector<DigestPart> theirs{
        {"", "m:b", {1, 10}}, {"m:b", "m:c", {2, 10}}, {"m:c", "", {3, 5000}}};
    const auto found = differences(theirs, {{1, 10}, {9, 10}, {9, 10}});
    ASSERT_EQ(found.to_list.size(), 1U);
    EXPECT_EQ(found.to_list[0].lo, "m:b");
    ASSERT_EQ(found.to_split.size(), 1U);
    EXPECT_EQ(found.to_split[0].lo, "m:c");
}

TEST(Repair, AnAnswerThatIsNoDigestIsAnError) {
    EXPECT_TRUE(decode_digest(R"({"digest":"00ff","count":3})"));
    for (const char* body : {"", "[]", "{}", R"({"digest":"xyz","count":3})", R"({"digest":"ff"})",
                             R"({"digest":"","count":1})"})
        EXPECT_FALSE(decode_digest(body)) << body;
    EXPECT_FALSE(decode_parts(R"({"parts":5})"));
    EXPECT_FALSE(decode_parts(R"({"parts":[5]})"));
    EXPECT_TRUE(decode_parts(R"({"parts":[{"lo":"","hi":"","digest":"f","count":1}]})"));
    EXPECT_FALSE(decode_listing(R"({"rows":[{"k":"m:a"}]})"));
    EXPECT_FALSE(decode_listing(R"({"rows":[],"more":true})")) << "no way on from there";
    EXPECT_TRUE(decode_listing(R"({"rows":[{"k":"m:a","st":1,"ts":"5","sig":"6"}]})"));
    EXPECT_FALSE(decode_listing(
        R"({"rows":[{"k":"m:b","st":1,"ts":"5","sig":"6"},{"k":"m:a","st":1,"ts":"5","sig":"6"}]})"));
    EXPECT_FALSE(decode_rows(R"({"ops":[]})"));
    EXPECT_FALSE(decode_keys(R"({"keys":[5]})"));
}

TEST(Repair, BodiesComeBackAsTheyWent) {
    DigestAnswer answer;
    answer.node = {"n", "e", 3, 1LL << 60, 7, true, 8, 9};
    answer.digest = {0xfedcba9876543210ULL, 12};
    answer.cut = 8;
    answer.now = 5;
    answer.owes = 6;
    answer.behind = true;
    answer.you = {"e1", 77, "m:k", 78};
    const auto back = decode_digest(encode_digest(answer));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->node.next_seq, answer.node.next_seq);
    EXPECT_EQ(back->node.base, 7);
    EXPECT_TRUE(back->node.recovering);
    EXPECT_EQ(back->node.horizon, 8);
    EXPECT_EQ(back->node.fresh, 9);
    EXPECT_EQ(back->digest.sum, answer.digest.sum);
    EXPECT_EQ(back->owes, 6);
    EXPECT_TRUE(back->behind);
    EXPECT_EQ(back->you.epoch, "e1");
    EXPECT_EQ(back->you.seen, 77);
    EXPECT_EQ(back->you.key, "m:k");
    EXPECT_EQ(back->you.stamp, 78);
    const auto keys = decode_keys(encode_keys({"m:a", "m:\"b"}));
    ASSERT_TRUE(keys);
    EXPECT_EQ(*keys, (Keys{"m:a", "m:\"b"}));
}

}  // namespace
}  // namespace aimem::repl
