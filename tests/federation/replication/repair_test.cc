// What a comparison of digests concludes.
#include "federation/replication/repair.h"

#include <gtest/gtest.h>

namespace aimem::repl {
namespace {

Change version_of(const std::string& key, std::int64_t stamp, std::int64_t sig = 1) {
    return {key, State::live, {stamp, sig}, "", {}};
}

TEST(Repair, SendsWhatThePeerLacksOrHasOlder) {
    const std::vector<Change> ours{version_of("m:a", 5), version_of("m:b", 5), version_of("m:c", 5),
                                   version_of("m:d", 5, 2)};
    const std::vector<Change> theirs{version_of("m:a", 5), version_of("m:b", 4),
                                     version_of("m:bb", 9), version_of("m:d", 5, 1)};
    EXPECT_EQ(keys_peer_lacks(ours, theirs), (std::vector<std::string>{"m:b", "m:c", "m:d"}));
    EXPECT_EQ(keys_peer_lacks(theirs, ours), (std::vector<std::string>{"m:bb"}));
    EXPECT_TRUE(keys_peer_lacks(ours, ours).empty());
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
    EXPECT_FALSE(decode_versions(R"({"rows":[{"k":"m:a"}]})"));
    EXPECT_TRUE(decode_versions(R"({"rows":[{"k":"m:a","st":1,"ts":"5","sig":"6"}]})"));
}

}  // namespace
}  // namespace aimem::repl
