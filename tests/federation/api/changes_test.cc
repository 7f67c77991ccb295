// The long poll of sync/changes.
#include "federation/api/feed.h"
#include "federation/replication/wire.h"
#include "tests/federation/api/api_fixture.h"
#include "tests/support/run_awaitable.h"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <optional>

namespace aimem::api {
namespace {

class ChangesTest : public ApiTest {
protected:
    json changes(const std::string& query) {
        const auto response = node_.ask(Verb::get, "/api/v1/sync/changes" + query);
        EXPECT_EQ(response.status, 200) << response.body;
        return parsed(response);
    }

    // A request that waits; its answer comes while the io_context runs.
    std::shared_ptr<std::optional<http::Response>> begin(const std::string& query) {
        auto answer = std::make_shared<std::optional<http::Response>>();
        auto task = node_.router().dispatch(request_to(Verb::get, "/api/v1/sync/changes" + query));
        boost::asio::co_spawn(node_.io(), std::move(task),
                              [answer](std::exception_ptr thrown, http::Response response) {
                                  if (!thrown) *answer = std::move(response);
                              });
        const bool waits =
            testing::run_until(node_.io(), [this] { return node_.services().waiting > 0; });
        EXPECT_TRUE(waits);
        return answer;
    }

    bool ends(const std::shared_ptr<std::optional<http::Response>>& answer) {
        return testing::run_until(node_.io(), [answer] { return answer->has_value(); });
    }

    void commit(const std::string& title) {
        StoreMemory op;
        op.title = title;
        op.content = "text";
        ASSERT_TRUE(node_.file().commit(Op(op)));
    }
};

TEST_F(ChangesTest, ThePagesTogetherAreTheWholeFeed) {
    for (int i = 0; i < 5; ++i) node_.store("m" + std::to_string(i));
    std::string after = "0";
    std::vector<std::string> keys;
    for (int pages = 0; pages < 10; ++pages) {
        const json page = changes("?limit=2&after=" + after);
        EXPECT_EQ(page.at("from"), after);
        for (const json& op : page.at("ops")) {
            const auto row = decode_row(op);
            ASSERT_TRUE(row) << row.error().message;
            keys.push_back(row->change.key);
        }
        after = page.at("to");
        if (!page.at("more").get<bool>()) break;
    }
    EXPECT_EQ(keys.size(), 5U);
    const json end = changes("?after=" + after);
    EXPECT_TRUE(end.at("ops").empty());
    EXPECT_EQ(end.at("to"), after);
}

TEST_F(ChangesTest, RowsOfOtherNodesAreAmongThem) {
    Node peer(folder_ / "peer.db");
    const std::string id = peer.store("elsewhere");
    const json memory = parsed(peer.ask(Verb::get, "/api/v1/memories/" + id)).at("memory");
    const json push{{"sender_agent_id", "host:old"}, {"memories", {memory}}};
    ASSERT_EQ(node_.ask(Verb::post, "/api/v1/sync/push", push).status, 200);
    EXPECT_EQ(changes("").at("ops").at(0).at("k"), "m:" + id);
}

TEST_F(ChangesTest, AnotherEpochBeginsAnew) {
    node_.store("first");
    const json known = changes("?after=1&epoch=" + node_.driver().self().epoch);
    EXPECT_EQ(known.at("reset"), false);
    EXPECT_TRUE(known.at("ops").empty());
    const json anew = changes("?after=1&epoch=0000000000000000");
    EXPECT_EQ(anew.at("reset"), true);
    EXPECT_EQ(anew.at("from"), "0");
    EXPECT_EQ(anew.at("count"), 1);
}

TEST_F(ChangesTest, AWaitEndsWithTheNextCommit) {
    const auto answer = begin("?wait_ms=30000");
    EXPECT_FALSE(answer->has_value());
    commit("awaited");
    ASSERT_TRUE(ends(answer)) << "the commit did not wake it";
    EXPECT_EQ(parsed(**answer).at("count"), 1);
    EXPECT_EQ(node_.services().waiting, 0U);
}

TEST_F(ChangesTest, AWaitEndsEmptyHandedInTime) {
    const auto answer = begin("?wait_ms=60&after=7");
    ASSERT_TRUE(ends(answer));
    const json body = parsed(**answer);
    EXPECT_EQ(body.at("count"), 0);
    EXPECT_EQ(body.at("to"), "7");
}

TEST_F(ChangesTest, WaitsEndWhenTheNodeStops) {
    const auto answer = begin("?wait_ms=30000");
    node_.services().stopping = true;
    EXPECT_TRUE(ends(answer));
}

TEST_F(ChangesTest, TooManyWaitersAreAnsweredAtOnce) {
    node_.services().waiting = kWaitersMax;
    EXPECT_EQ(changes("?wait_ms=30000").at("count"), 0);
    EXPECT_EQ(node_.services().waiting, kWaitersMax);
    node_.services().waiting = 0;
}

}  // namespace
}  // namespace aimem::api
