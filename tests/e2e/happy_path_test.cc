// Every verb of the node, on a healthy mesh of three: what one node is told, all nodes hold.
#include "tests/e2e/e2e.h"
#include "tests/support/eventually.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem::test {
namespace {

using nlohmann::json;

class HappyPath : public ::testing::Test {
protected:
    void SetUp() override { mesh_.start_all(); }

    // Every test ends like this: one digest, and it moved when something was written.
    void expect_agreement() {
        EXPECT_TRUE(mesh_.await_equal_digests(kHealWithin)) << mesh_.describe();
    }

    // Runs a verb and asserts that it changed the replicated state, the same way everywhere.
    template <typename Verb>
    void expect_replicated(Verb verb) {
        expect_agreement();
        const Digest before = mesh_.digest(0);
        verb();
        expect_agreement();
        EXPECT_NE(mesh_.digest(0).hash, before.hash) << "the verb changed nothing";
    }

    Mesh mesh_{programs(), {}};
};

TEST_F(HappyPath, AStoreIsConfirmedByAQuorumAndReachesEveryNode) {
    const Reply reply = store(mesh_.http(1), "stored on the second");
    ASSERT_EQ(reply.status, 201) << reply.text();
    EXPECT_GE(reply.json().at("quorum_acks").get<int>(), 2);
    expect_agreement();
    EXPECT_TRUE(has_on_all(mesh_, stored_id(reply)));
}

TEST_F(HappyPath, AnUpdateReachesEveryNodeAlsoWhenItLowersValuesOrRenames) {
    json memory = memory_named("old title");
    memory["priority"] = 9;
    memory["tags"] = {"a", "b"};
    const std::string id = stored_id(mesh_.http(0).post("/api/v1/memories", memory));
    expect_replicated([&] {
        const json change = {{"title", "new title"}, {"priority", 1}, {"tags", json::array()}};
        EXPECT_EQ(mesh_.http(1).put("/api/v1/memories/" + id, change).status, 200);
    });
    for (std::size_t i = 0; i < mesh_.size(); ++i) {
        const json seen = memory_at(mesh_.http(i), id);
        EXPECT_EQ(seen.at("title"), "new title");
        EXPECT_EQ(seen.at("priority"), 1);
        EXPECT_TRUE(seen.at("tags").empty());
    }
    EXPECT_NE(stored_id(store(mesh_.http(2), "old title")), id) << "the old title is free again";
}

TEST_F(HappyPath, APromotionReachesEveryNode) {
    json memory = memory_named("short-lived");
    memory["tier"] = "short";
    const std::string id = stored_id(mesh_.http(0).post("/api/v1/memories", memory));
    expect_replicated([&] {
        EXPECT_EQ(mesh_.http(2).post("/api/v1/memories/" + id + "/promote", json::object()).status,
                  200);
    });
    for (std::size_t i = 0; i < mesh_.size(); ++i) {
        const json seen = memory_at(mesh_.http(i), id);
        EXPECT_EQ(seen.at("tier"), "long");
        EXPECT_FALSE(seen.contains("expires_at") && !seen.at("expires_at").is_null()) << seen;
    }
}

TEST_F(HappyPath, ADeletionReachesEveryNodeAndLeavesNothingToFind) {
    const std::string id = stored_id(store(mesh_.http(0), "zebrafish", "a zebrafish swims"));
    expect_replicated([&] { EXPECT_EQ(mesh_.http(1).del("/api/v1/memories/" + id).status, 200); });
    for (std::size_t i = 0; i < mesh_.size(); ++i) {
        EXPECT_EQ(fetch(mesh_.http(i), id).status, 404);
        EXPECT_EQ(found_ids(mesh_.http(i), "zebrafish").count(id), 0U);
    }
}

TEST_F(HappyPath, ArchiveAndRestoreReachEveryNode) {
    const std::string id = stored_id(store(mesh_.http(0), "walrus", "a walrus rests"));
    expect_replicated([&] {
        const Reply reply = mesh_.http(1).post("/api/v1/archive", {{"ids", {id}}});
        EXPECT_EQ(reply.status, 200) << reply.text();
        EXPECT_EQ(reply.json().at("count"), 1);
    });
    for (std::size_t i = 0; i < mesh_.size(); ++i) {
        EXPECT_EQ(fetch(mesh_.http(i), id).status, 404);
        EXPECT_EQ(mesh_.http(i).get("/api/v1/archive?limit=10").json().at("count"), 1);
    }
    expect_replicated([&] {
        const Reply reply =
            mesh_.http(2).post("/api/v1/archive/" + id + "/restore", json::object());
        EXPECT_EQ(reply.status, 200) << reply.text();
    });
    for (std::size_t i = 0; i < mesh_.size(); ++i) {
        EXPECT_TRUE(has(mesh_.http(i), id));
        EXPECT_EQ(found_ids(mesh_.http(i), "walrus").count(id), 1U);
        EXPECT_EQ(mesh_.http(i).get("/api/v1/archive?limit=10").json().at("count"), 0);
    }
}

TEST_F(HappyPath, LinkAndUnlinkReachEveryNode) {
    const std::string a = stored_id(store(mesh_.http(0), "source"));
    const std::string b = stored_id(store(mesh_.http(1), "target"));
    expect_agreement();
    const json link = {{"source_id", a}, {"target_id", b}, {"relation", "supersedes"}};
    expect_replicated([&] { EXPECT_EQ(mesh_.http(2).post("/api/v1/links", link).status, 201); });
    for (std::size_t i = 0; i < mesh_.size(); ++i) {
        const json links = mesh_.http(i).get("/api/v1/links/" + a).json().at("links");
        ASSERT_EQ(links.size(), 1U);
        EXPECT_EQ(links.at(0).at("relation"), "supersedes");
    }
    expect_replicated([&] {
        const Reply reply = mesh_.http(0).del("/api/v1/links", link);
        EXPECT_EQ(reply.status, 200) << reply.text();
        EXPECT_EQ(reply.json().at("deleted"), true);
    });
    for (std::size_t i = 0; i < mesh_.size(); ++i)
        EXPECT_TRUE(mesh_.http(i).get("/api/v1/links/" + a).json().at("links").empty());
}

TEST_F(HappyPath, StoringATitleAgainKeepsItsIdEverywhere) {
    const std::string id = stored_id(store(mesh_.http(0), "one title", "first"));
    expect_agreement();
    EXPECT_EQ(stored_id(store(mesh_.http(2), "one title", "second")), id);
    expect_agreement();
    for (std::size_t i = 0; i < mesh_.size(); ++i)
        EXPECT_EQ(memory_at(mesh_.http(i), id).at("content"), "second");
}

TEST_F(HappyPath, RecallAndReadsDoNotTouchTheReplicatedState) {
    const std::string id = stored_id(store(mesh_.http(0), "read me", "often and gladly"));
    expect_agreement();
    const Digest before = mesh_.digest(1);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(found_ids(mesh_.http(1), "gladly").count(id), 1U);
    expect_agreement();
    EXPECT_EQ(mesh_.digest(1), before);
}

TEST_F(HappyPath, ANodeThatStartsEmptyLaterGetsEverything) {
    mesh_.stop(2);
    std::set<std::string> ids;
    for (int i = 0; i < 50; ++i)
        ids.insert(stored_id(store(mesh_.http(0), "m" + std::to_string(i))));
    const std::string gone = *ids.begin();
    ASSERT_EQ(mesh_.http(1).del("/api/v1/memories/" + gone).status, 200);
    for (const char* suffix : {"", "-wal", "-shm"})
        std::filesystem::remove(mesh_.database(2).string() + suffix);
    mesh_.start(2);
    expect_agreement();
    EXPECT_EQ(all_titles(mesh_.http(2)).size(), 49U);
    EXPECT_FALSE(has(mesh_.http(2), gone));
}

TEST_F(HappyPath, AFaultIsOneLineOfTheLogAndAWriteIsNone) {
    const auto lines = [&](const std::string& word) {
        const std::string log = mesh_.log(0);
        std::size_t count = 0;
        for (auto at = log.find(word); at != std::string::npos; at = log.find(word, at + 1))
            count += 1;
        return count;
    };
    EXPECT_TRUE(eventually(kHealWithin, [&] { return lines("node.whole") > 0; }));
    // Other peers' comparisons may go on still, and then find what is on its way.
    const auto about_writes = [&] {
        return lines("\n") - lines("repair.done");
    };
    for (int i = 0; i < 20; ++i) stored_id(store(mesh_.http(0), "quiet " + std::to_string(i)));
    const std::size_t before = about_writes();
    for (int i = 0; i < 20; ++i) stored_id(store(mesh_.http(0), "more " + std::to_string(i)));
    EXPECT_EQ(about_writes(), before) << mesh_.log(0);
    mesh_.kill9(2);
    for (int i = 0; i < 20; ++i) stored_id(store(mesh_.http(0), "two " + std::to_string(i)));
    EXPECT_TRUE(eventually(kHealWithin, [&] { return lines("peer.down") > 0; }));
    EXPECT_EQ(lines("peer.down"), 1U) << mesh_.log(0);
    mesh_.start(2);
    EXPECT_TRUE(eventually(kHealWithin, [&] { return lines("peer.up") > 0; })) << mesh_.log(0);
    EXPECT_EQ(lines("peer.up"), 1U) << mesh_.log(0);
}

TEST_F(HappyPath, SigtermEndsANodeCleanlyAndQuickly) {
    stored_id(store(mesh_.http(0), "before the end"));
    EXPECT_EQ(mesh_.stop(0, Millis(5000)), 0) << mesh_.log(0);
}

}  // namespace
}  // namespace aimem::test
