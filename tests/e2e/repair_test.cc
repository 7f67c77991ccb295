// Disks that are older than they should be, empty, or somebody else's: the nodes notice and heal.
#include "tests/e2e/e2e.h"
#include "tests/support/eventually.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace aimem::test {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr Millis kWithin{20'000 * kPatience};

class Repair : public ::testing::Test {
protected:
    void SetUp() override { mesh_.start_all(); }

    void remove_file(std::size_t node) {
        for (const char* end : {"", "-wal", "-shm"})
            fs::remove(mesh_.database(node).string() + end);
    }
    // A database that nobody has open: with what is still in its log.
    static void copy_file(const fs::path& from, const fs::path& to) {
        fs::copy_file(from, to);
        const fs::path log = from.string() + "-wal";
        if (fs::exists(log)) fs::copy_file(log, to.string() + "-wal");
    }
    void put_file(std::size_t node, const fs::path& from) {
        remove_file(node);
        copy_file(from, mesh_.database(node));
    }
    fs::path backup_of(std::size_t node) {
        EXPECT_EQ(mesh_.stop(node), 0);
        fs::path copy = mesh_.folder() / ("backup" + std::to_string(node) + ".db");
        copy_file(mesh_.database(node), copy);
        mesh_.start(node);
        return copy;
    }
    json identity(std::size_t node) {
        return json::parse(mesh_.http(node).get("/api/v1/sync/peers").body);
    }
    std::string epoch(std::size_t node) { return identity(node).at("epoch"); }
    std::string name(std::size_t node) { return identity(node).at("node"); }
    bool whole(std::size_t node) { return !identity(node).at("recovering").get<bool>(); }
    bool all_whole() {
        for (std::size_t i = 0; i < mesh_.size(); ++i)
            if (mesh_.running(i) && !whole(i)) return false;
        return true;
    }
    std::string put(std::size_t node, const std::string& title) {
        return stored_id(store(mesh_.http(node), title));
    }
    void type_store(std::size_t node, const std::string& title) {
        Command command;
        command.argv = {programs().command.string(),
                        "store",
                        "--title",
                        title,
                        "--content",
                        "typed into the old file",
                        "--db",
                        mesh_.database(node).string()};
        command.env = mesh_.environment();
        const Finished done = run(command);
        EXPECT_EQ(done.status, 0) << done.err;
    }

    Mesh mesh_{programs(), MeshOptions{}};
};

TEST_F(Repair, ANewMeshBecomesWhole) {
    EXPECT_TRUE(eventually(kWithin, [&] { return all_whole(); })) << mesh_.describe();
}

TEST_F(Repair, ANodeRestoredFromABackupTakesANewEpochAndGetsEverythingBack) {
    const std::string deleted_later = put(0, "deleted after the backup");
    const std::string kept = put(0, "kept");
    ASSERT_TRUE(mesh_.await_equal_digests(kWithin)) << mesh_.describe();
    const fs::path backup = backup_of(0);
    const std::string before = epoch(0);
    const std::string name_before = name(0);
    std::vector<std::string> lost;
    for (int i = 0; i < 10; ++i) lost.push_back(put(0, "after the backup " + std::to_string(i)));
    lost.push_back(put(1, "from another node"));
    ASSERT_EQ(mesh_.http(0).del("/api/v1/memories/" + deleted_later).status, 200);
    ASSERT_TRUE(mesh_.await_equal_digests(kWithin)) << mesh_.describe();

    ASSERT_EQ(mesh_.stop(0), 0);
    put_file(0, backup);
    mesh_.start(0);
    EXPECT_TRUE(eventually(kWithin, [&] { return epoch(0) != before && whole(0); }))
        << mesh_.describe();
    ASSERT_TRUE(mesh_.await_equal_digests(kWithin)) << mesh_.describe();
    for (const std::string& id : lost) EXPECT_TRUE(has_on_all(mesh_, id)) << id;
    EXPECT_TRUE(has_on_all(mesh_, kept));
    for (std::size_t i = 0; i < mesh_.size(); ++i)
        EXPECT_EQ(fetch(mesh_.http(i), deleted_later).status, 404);

    EXPECT_EQ(name(0), name_before) << "the same node, with a new history";
    const std::string renewed = epoch(0);
    const std::string after = put(0, "written after the restore");
    ASSERT_TRUE(mesh_.await_equal_digests(kWithin)) << mesh_.describe();
    EXPECT_TRUE(has_on_all(mesh_, after));
    EXPECT_EQ(epoch(0), renewed) << "once is enough";
}

// More was written into the old file than had been lost, before anybody could tell.
TEST_F(Repair, ARestoredFileThatHasGrownPastWhatItLostIsFoundOutToo) {
    put(0, "first");
    ASSERT_TRUE(mesh_.await_equal_digests(kWithin)) << mesh_.describe();
    const fs::path backup = backup_of(0);
    const std::string before = epoch(0);
    for (int i = 0; i < 3; ++i) put(0, "lost " + std::to_string(i));
    ASSERT_TRUE(mesh_.await_equal_digests(kWithin)) << mesh_.describe();
    ASSERT_EQ(mesh_.stop(0), 0);
    put_file(0, backup);
    for (int i = 0; i < 8; ++i) type_store(0, "typed " + std::to_string(i));
    mesh_.start(0);
    EXPECT_TRUE(eventually(kWithin, [&] { return epoch(0) != before && whole(0); }))
        << mesh_.describe();
    ASSERT_TRUE(mesh_.await_equal_digests(kWithin)) << mesh_.describe();
    for (std::size_t i = 0; i < mesh_.size(); ++i)
        EXPECT_EQ(all_titles(mesh_.http(i)).size(), 12U) << mesh_.describe();
}

TEST_F(Repair, TheSameBackupRestoredTwiceIsFoundOutTwice) {
    put(0, "first");
    const fs::path backup = backup_of(0);
    const std::string name_before = name(0);
    std::set<std::string> epochs{epoch(0)};
    for (int round = 0; round < 2; ++round) {
        put(0, "lost in round " + std::to_string(round));
        ASSERT_TRUE(mesh_.await_equal_digests(kWithin)) << mesh_.describe();
        ASSERT_EQ(mesh_.stop(0), 0);
        put_file(0, backup);
        mesh_.start(0);
        EXPECT_TRUE(eventually(kWithin, [&] { return !epochs.contains(epoch(0)) && whole(0); }))
            << mesh_.describe();
        epochs.insert(epoch(0));
        ASSERT_TRUE(mesh_.await_equal_digests(kWithin)) << mesh_.describe();
    }
    EXPECT_EQ(all_titles(mesh_.http(0)).size(), 3U);
    EXPECT_EQ(name(0), name_before);
}

// And one of the two that could give it everything is gone for good.
TEST_F(Repair, AnEmptyDiskIsFilledWithWhatTheDeadWroteToo) {
    std::vector<std::string> ids;
    for (int i = 0; i < 30; ++i)
        ids.push_back(put(static_cast<std::size_t>(i) % 3, "row " + std::to_string(i)));
    ASSERT_EQ(mesh_.http(1).del("/api/v1/memories/" + ids[0]).status, 200);
    ASSERT_TRUE(mesh_.await_equal_digests(kWithin)) << mesh_.describe();
    mesh_.kill9(2);
    remove_file(2);
    mesh_.kill9(0);
    mesh_.start(2);
    EXPECT_TRUE(mesh_.await_equal_digests(kWithin, {1, 2})) << mesh_.describe();
    for (std::size_t i = 1; i < ids.size(); ++i) EXPECT_TRUE(has(mesh_.http(2), ids[i])) << ids[i];
    EXPECT_EQ(fetch(mesh_.http(2), ids[0]).status, 404);
    mesh_.start(0);
    EXPECT_TRUE(mesh_.await_equal_digests(kWithin)) << mesh_.describe();
    EXPECT_TRUE(eventually(kWithin, [&] { return all_whole(); })) << mesh_.describe();
}

TEST_F(Repair, TwoNodesOnCopiesOfOneFileAreFoundOut) {
    put(0, "one");
    ASSERT_TRUE(mesh_.await_equal_digests(kWithin)) << mesh_.describe();
    const fs::path copy = backup_of(0);
    ASSERT_EQ(mesh_.stop(1), 0);
    put_file(1, copy);
    mesh_.start(1);
    put(2, "something to send");
    (void)store(mesh_.http(0), "for the other of the two");
    EXPECT_TRUE(eventually(kWithin, [&] {
        return mesh_.log(0).find("peer.twin") != std::string::npos;
    })) << mesh_.describe();
}

}  // namespace
}  // namespace aimem::test
