// sync status reads the cursors of the peers from the file, with no node running.
#include "store/log/parked.h"
#include "store/store.h"
#include "tests/cli/cli.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <future>

namespace aimem::test {
namespace {

using Json = nlohmann::json;

class SyncStatus : public Cli {
protected:
    // What a node does when a peer has acknowledged the feed up to `acked`.
    void acknowledge(const std::string& url, std::int64_t acked) const {
        StoreOptions options;
        options.file = database();
        const auto store = Store::open(std::move(options));
        ASSERT_TRUE(store) << store.error().message;
        (*store)->save_cursor(
            {url, "5f1c9a52-0000-4000-8000-000000000001", "00000000000000ff", acked});
        (*store)->flush();
    }

    void in_store(const std::function<void(Registers&)>& work) const {
        StoreOptions options;
        options.file = database();
        const auto store = Store::open(std::move(options));
        ASSERT_TRUE(store) << store.error().message;
        std::promise<Result<>> done;
        (*store)->upkeep(work, [&](Result<> r) { done.set_value(std::move(r)); });
        ASSERT_TRUE(done.get_future().get());
    }

    // A row of another node's feed: it takes a place here and is nothing this node's peers wait
    // for.
    void receive_foreign() const {
        StoreOptions options;
        options.file = database();
        const auto store = Store::open(std::move(options));
        ASSERT_TRUE(store) << store.error().message;
        Memory memory;
        memory.id = "foreign-1";
        memory.title = "from elsewhere";
        memory.content = "x";
        memory.created_at = "2026-01-01T00:00:00.000000000+00:00";
        memory.updated_at = memory.created_at;
        std::promise<Result<LegacyApplied>> done;
        LegacyPush push;
        push.memories.push_back(memory);
        (*store)->accept(std::move(push),
                         [&](Result<LegacyApplied> r) { done.set_value(std::move(r)); });
        const auto applied = done.get_future().get();
        ASSERT_TRUE(applied) << applied.error().message;
        ASSERT_EQ(applied->applied, 1U);
    }
};

TEST_F(SyncStatus, EachPeerIsShownWithWhatItStillLacks) {
    store("a", "1");
    store("b", "2");
    store("c", "3");
    acknowledge("http://127.0.0.1:1", 1);
    acknowledge("http://127.0.0.1:2", 3);
    const Json status = json({"sync", "status"});
    EXPECT_EQ(status.value("next_seq", 0), 4);
    const Json peers = status.at("peers");
    ASSERT_EQ(peers.size(), 2U);
    EXPECT_EQ(peers.at(0), (Json{{"url", "http://127.0.0.1:1"},
                                 {"node", "5f1c9a52-0000-4000-8000-000000000001"},
                                 {"epoch", "00000000000000ff"},
                                 {"acked", 1},
                                 {"lag", 2}}));
    EXPECT_EQ(peers.at(1).value("lag", -1), 0);
    const std::string out = text({"sync", "status"});
    EXPECT_NE(out.find("http://127.0.0.1:1  lag 2  acked 1"), std::string::npos) << out;
    EXPECT_NE(out.find("http://127.0.0.1:2  up to date  acked 3"), std::string::npos) << out;
}

TEST_F(SyncStatus, RowsThatAPeerRefusesAreShownAndSentAgainOnDemand) {
    const std::string id = store("a", "1");
    const std::string url = "http://127.0.0.1:1";
    acknowledge(url, 1);
    in_store([&](Registers& registers) { park_own(registers, url, {1}, "too loud"); });
    Json parked = json({"sync", "status"}).at("parked");
    EXPECT_EQ(parked.value("out", 0), 1);
    ASSERT_EQ(parked.at("rows").size(), 1U);
    EXPECT_EQ(parked.at("rows").at(0).value("key", ""), "m:" + id);
    EXPECT_EQ(parked.at("rows").at(0).value("tries", 0), 1);
    const std::string out = text({"sync", "status"});
    EXPECT_NE(out.find("too loud"), std::string::npos) << out;
    EXPECT_EQ(json({"sync", "retry", "--peer", "http://127.0.0.1:9"}).value("retried", -1), 0);
    EXPECT_EQ(json({"sync", "retry"}).value("retried", -1), 1);
    EXPECT_EQ(json({"sync", "status"}).at("peers").at(0).value("lag", -1), 1);
    EXPECT_EQ(json({"sync", "status"}).at("parked").value("out", 0), 1) << "not taken yet";
    acknowledge(url, 2);
    EXPECT_EQ(json({"sync", "status"}).at("parked").value("out", -1), 0);
}

TEST_F(SyncStatus, RowsOfOtherNodesAreNoLag) {
    store("a", "1");
    acknowledge("http://127.0.0.1:1", 1);
    receive_foreign();
    const Json status = json({"sync", "status"});
    EXPECT_GT(status.value("next_seq", 0), 2);
    EXPECT_EQ(status.at("peers").at(0).value("lag", -1), 0);
}

}  // namespace
}  // namespace aimem::test
