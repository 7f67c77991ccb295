// sync status reads the cursors of the peers from the file, with no node running.
#include "store/store.h"
#include "tests/cli/cli.h"

#include <nlohmann/json.hpp>

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
