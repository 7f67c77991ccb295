// sync/since, sync/digest, sync/peers.
#include "tests/federation/api/api_fixture.h"

#include <gtest/gtest.h>

namespace aimem::api {
namespace {

class SyncTest : public ApiTest {
protected:
    json get(const std::string& target) {
        const auto response = node_.ask(Verb::get, "/api/v1/sync/" + target);
        EXPECT_EQ(response.status, 200) << response.body;
        return parsed(response);
    }
};

TEST_F(SyncTest, SinceGoesForwardByTheTimeOfTheLastRow) {
    for (int i = 0; i < 3; ++i) node_.store("m" + std::to_string(i));
    const json all = get("since");
    EXPECT_EQ(all.at("count"), 3);
    EXPECT_EQ(all.at("limit"), 500);
    EXPECT_TRUE(all.at("updated_since").is_null());
    EXPECT_EQ(all.at("earliest_updated_at"), all.at("memories").at(0).at("updated_at"));
    EXPECT_EQ(all.at("latest_updated_at"), all.at("memories").at(2).at("updated_at"));
    EXPECT_EQ(get("since?since=").at("count"), 3);

    std::string first = get("since?limit=1&peer=x").at("latest_updated_at");
    first.replace(first.find('+'), 1, "%2B");
    const json rest = get("since?limit=99999&since=" + first);
    EXPECT_EQ(rest.at("count"), 2);
    EXPECT_EQ(rest.at("limit"), 10'000);
    EXPECT_EQ(rest.at("updated_since"), all.at("earliest_updated_at"));
    EXPECT_EQ(rest.at("memories").at(0).at("title"), "m1");
}

TEST_F(SyncTest, SinceOfAnEmptyStoreHasNoTimes) {
    const json body = get("since");
    EXPECT_EQ(body.at("count"), 0);
    EXPECT_TRUE(body.at("earliest_updated_at").is_null());
    EXPECT_TRUE(body.at("latest_updated_at").is_null());
}

TEST_F(SyncTest, TheWholeDigestIsOneNumberThatMovesWithTheState) {
    const json empty = get("digest");
    EXPECT_EQ(empty.at("digest"), "0000000000000000");
    EXPECT_EQ(empty.at("count"), 0);
    EXPECT_EQ(empty.at("node"), node_.driver().self().node);
    EXPECT_EQ(empty.at("epoch"), node_.driver().self().epoch);
    EXPECT_EQ(empty.at("next_seq"), "1");
    const std::string id = node_.store("one");
    const json one = get("digest");
    EXPECT_EQ(one.at("digest").get<std::string>().size(), 16U);
    EXPECT_EQ(one.at("count"), 1);
    EXPECT_EQ(one.at("next_seq"), "2");
    node_.ask(Verb::del, "/api/v1/memories/" + id);
    const json gone = get("digest");
    EXPECT_EQ(gone.at("count"), 1) << "the tombstone counts";
    EXPECT_NE(gone.at("digest"), one.at("digest"));
}

TEST_F(SyncTest, ThePartsCoverTheRangeWithoutGapsAndTheirSumsAreTheWhole) {
    for (int i = 0; i < 20; ++i) node_.store("m" + std::to_string(i));
    const json parts = get("digest?parts=4").at("parts");
    ASSERT_EQ(parts.size(), 4U);
    std::uint64_t sum = 0;
    std::int64_t count = 0;
    std::string at;
    for (const json& part : parts) {
        EXPECT_EQ(part.at("lo"), at);
        at = part.at("hi");
        sum += std::stoull(part.at("digest").get<std::string>(), nullptr, 16);
        count += part.at("count").get<std::int64_t>();
    }
    EXPECT_EQ(at, "");
    const json whole = get("digest");
    EXPECT_EQ(std::stoull(whole.at("digest").get<std::string>(), nullptr, 16), sum);
    EXPECT_EQ(count, 20);
    const std::string inner = parts.at(1).at("lo");
    EXPECT_EQ(get("digest?parts=1&lo=" + inner).at("parts").at(0).at("count"), 15);
}

TEST_F(SyncTest, AListNamesKeysAndVersions) {
    const std::string id = node_.store("one");
    node_.store("two");
    const json rows = get("digest?list=1&lo=m:" + id + "&hi=m:" + id + "~").at("rows");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.at(0).at("k"), "m:" + id);
    EXPECT_EQ(rows.at(0).at("st"), 1);
    EXPECT_TRUE(rows.at(0).at("ts").is_string());
    EXPECT_TRUE(rows.at(0).at("sig").is_string());
    EXPECT_EQ(get("digest?list=1").at("rows").size(), 2U);
}

TEST_F(SyncTest, AComparingNodeIsToldWhatItMustKnow) {
    node_.store("one");
    const json people = get("digest");
    const json node = get("digest?cut=0");
    EXPECT_EQ(node.at("digest"), people.at("digest"));
    for (const char* name : {"now", "horizon", "fresh", "base", "owes", "cut"})
        EXPECT_TRUE(node.at(name).is_string()) << name;
    EXPECT_EQ(node.at("recovering"), true) << "a new file";
    EXPECT_FALSE(node.contains("you")) << "it has never heard of the one who asks";
    const std::string later = std::to_string(std::int64_t{1} << 62);
    EXPECT_EQ(get("digest?cut=" + later).at("count"), 1) << "only tombstones are cut";
    EXPECT_EQ(node_.ask(Verb::get, "/api/v1/sync/digest?cut=x").status, 400);
}

TEST_F(SyncTest, RowsAreGivenByTheirKeys) {
    const std::string id = node_.store("one");
    const auto ask = [this](const json& body) {
        return node_.ask(Verb::post, "/api/v1/sync/rows", body);
    };
    const json found = parsed(ask({{"keys", {"m:" + id, "m:unknown"}}}));
    EXPECT_EQ(found.at("taken"), 2);
    ASSERT_EQ(found.at("ops").size(), 1U);
    EXPECT_EQ(found.at("ops").at(0).at("b").at("title"), "one");
    EXPECT_EQ(found.at("node"), node_.driver().self().node);
    EXPECT_EQ(ask(json::object()).status, 422);
    EXPECT_EQ(ask({{"keys", {5}}}).status, 422);
    EXPECT_EQ(ask({{"keys", std::vector<std::string>(2000, "m:x")}}).status, 400);
}

TEST_F(SyncTest, ANodeAloneHasNoPeers) {
    const json body = get("peers");
    EXPECT_EQ(body.at("count"), 0);
    EXPECT_EQ(body.at("node"), node_.driver().self().node);
    EXPECT_EQ(body.at("quorum").at("needed"), 1);
}

TEST_F(SyncTest, EachPeerIsNamedWithItsStatus) {
    DriverOptions options;
    options.policy = QuorumPolicy{2, 1, std::chrono::milliseconds(200)};
    options.peer_urls = {"http://127.0.0.1:1"};
    options.agent_id = "host:test";
    Node node(folder_ / "federated.db", options);
    node.store("one");
    const json peers = parsed(node.ask(Verb::get, "/api/v1/sync/peers"));
    ASSERT_EQ(peers.at("count"), 1);
    const json& peer = peers.at("peers").at(0);
    EXPECT_EQ(peer.at("url"), "http://127.0.0.1:1");
    EXPECT_EQ(peer.at("kind"), "unknown");
    EXPECT_EQ(peer.at("lag"), 1);
    EXPECT_TRUE(peer.at("up").is_boolean());
    EXPECT_EQ(peer.at("node"), "");
}

}  // namespace
}  // namespace aimem::api
