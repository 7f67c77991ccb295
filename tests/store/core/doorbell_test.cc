#include "store/log/doorbell.h"

#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>

namespace aimem {
namespace {

using test::TempDir;

TEST(Doorbell, IsHeardOnceForManyRings) {
    const TempDir dir;
    DoorbellListener node(dir / "memory.db", "node");
    DoorbellListener sync(dir / "memory.db", "sync");
    DoorbellRinger ringer(dir / "memory.db");
    EXPECT_FALSE(node.drain());
    for (int i = 0; i < 5; ++i) ringer.ring();
    EXPECT_TRUE(node.drain());
    EXPECT_FALSE(node.drain());
    EXPECT_TRUE(sync.drain());
}

TEST(Doorbell, NobodyThereOrAFullQueueIsNoError) {
    const TempDir dir;
    DoorbellRinger ringer(dir / "memory.db");
    ringer.ring();
    DoorbellRinger nowhere(dir / "no/such/folder/memory.db");
    nowhere.ring();
    DoorbellListener bell(dir / "memory.db", "node");
    for (int i = 0; i < 5000; ++i) ringer.ring();
    EXPECT_TRUE(bell.drain());
    ringer.ring();
    EXPECT_TRUE(bell.drain()) << "it works again after the queue was full";
}

TEST(Doorbell, TheRingerMayBeThereFirst) {
    const TempDir dir;
    DoorbellRinger ringer(dir / "memory.db");
    DoorbellListener bell(dir / "memory.db", "node");
    ringer.ring();
    EXPECT_TRUE(bell.drain());
}

TEST(Doorbell, TwoFilesInOneFolderHaveTheirOwnBells) {
    const TempDir dir;
    DoorbellListener one(dir / "one.db", "node");
    DoorbellListener two(dir / "two.db", "node");
    DoorbellRinger(dir / "one.db").ring();
    EXPECT_TRUE(one.drain());
    EXPECT_FALSE(two.drain());
}

TEST(Doorbell, WorksInADeepFolder) {
    const TempDir dir;
    auto folder = dir.path();
    for (int i = 0; i < 10; ++i) folder /= std::string(50, 'd');
    std::filesystem::create_directories(folder);
    DoorbellListener bell(folder / "memory.db", "node");
    DoorbellRinger(folder / "memory.db").ring();
    EXPECT_TRUE(bell.drain());
}

TEST(Doorbell, WorksForALongName) {
    const TempDir dir;
    for (const std::size_t length : {std::size_t{60}, std::size_t{70}, std::size_t{71},
                                     std::size_t{85}, std::size_t{95}, std::size_t{240}}) {
        const auto file = dir / std::string(length, 'n');
        const auto twin = dir / (std::string(length - 1, 'n') + "m");
        DoorbellListener node(file, "node");
        DoorbellListener sync(file, "sync");
        DoorbellListener other(twin, "node");
        DoorbellRinger(file).ring();
        EXPECT_TRUE(node.drain()) << length;
        EXPECT_TRUE(sync.drain()) << length;
        EXPECT_FALSE(other.drain()) << length;
    }
    EXPECT_TRUE(std::filesystem::is_empty(dir.path())) << "the sockets go with their owners";
}

TEST(Doorbell, AStaleSocketIsReplaced) {
    const TempDir dir;
    std::ofstream(dir / "memory.db.bell-node") << "left over";
    DoorbellListener bell(dir / "memory.db", "node");
    DoorbellRinger(dir / "memory.db").ring();
    EXPECT_TRUE(bell.drain());
}

// A node that is being replaced must not take its successor's bell along when it ends.
TEST(Doorbell, AnOldListenerLeavesItsSuccessorAlone) {
    const TempDir dir;
    auto old = std::make_unique<DoorbellListener>(dir / "memory.db", "node");
    DoorbellListener successor(dir / "memory.db", "node");
    old.reset();
    DoorbellRinger(dir / "memory.db").ring();
    EXPECT_TRUE(successor.drain());
}

TEST(Doorbell, AFolderThatIsNotThereIsAnError) {
    const TempDir dir;
    EXPECT_THROW(DoorbellListener(dir / "none/memory.db", "node"), std::system_error);
}

}  // namespace
}  // namespace aimem
