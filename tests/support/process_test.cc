#include "tests/support/process.h"

#include "tests/support/eventually.h"
#include "tests/support/free_port.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>

#include <csignal>

namespace aimem::test {
namespace {

Command shell(const std::string& script) {
    return Command{{"/bin/sh", "-c", script}};
}

TEST(Process, TalksThroughPipesAndReportsItsExitCode) {
    Process p(shell("read line; echo got $line; exit 3"));
    ASSERT_TRUE(p.write("hello\n"));
    EXPECT_EQ(p.read_line(Millis(5000)), "got hello");
    EXPECT_EQ(p.wait(Millis(5000)), 3);
}

TEST(Process, WaitEndsAtTheDeadlineWhenTheChildRunsOn) {
    Process p(shell("read line"));
    const auto start = Clock::now();
    EXPECT_FALSE(p.wait(Millis(50)).has_value());
    EXPECT_LT(ms_since(start), 3000);
    EXPECT_TRUE(p.running());
}

TEST(Process, KillNineIsSeenAsSignalNine) {
    Process p(shell("read line"));
    p.kill9();
    EXPECT_EQ(p.wait(Millis(0)), 128 + SIGKILL);
    EXPECT_FALSE(p.write("x"));
}

TEST(Process, APausedChildAnswersOnlyAfterItIsResumed) {
    Process p(Command{{"/bin/cat"}});
    p.pause();
    ASSERT_TRUE(p.write("a\n"));
    EXPECT_FALSE(p.read_line(Millis(100)).has_value());
    p.resume();
    EXPECT_EQ(p.read_line(Millis(5000)), "a");
}

TEST(Process, DiesWithItsOwner) {
    pid_t pid = 0;
    {
        Process p(shell("read line"));
        pid = p.pid();
    }
    EXPECT_NE(::kill(pid, 0), 0);
}

TEST(Process, PutsStderrIntoTheFileAndTakesEnvironmentAndFolder) {
    const TempDir dir;
    Command command = shell("echo \"$WORD in $(pwd)\" >&2");
    command.env = {{"WORD", "seen"}};
    command.dir = dir.path();
    const Finished done = run(command);
    EXPECT_EQ(done.status, 0);
    EXPECT_EQ(done.err, "seen in " + dir.path().string() + "\n");
}

TEST(Process, AProgramThatIsNotThereEndsWithStatus127) {
    EXPECT_EQ(run(Command{{"/no/such/program"}}).status, 127);
}

TEST(Process, RunKillsWhatDoesNotEnd) {
    EXPECT_EQ(run(shell("exec sleep 60 >&-"), {}, Millis(200)).status, 124);
}

TEST(TempDir, IsGoneAfterwards) {
    std::filesystem::path path;
    {
        const TempDir dir;
        path = dir.path();
        EXPECT_TRUE(std::filesystem::is_directory(path));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(PortLease, TwoLeasesNeverShareAPort) {
    const PortLease a;
    const PortLease b;
    EXPECT_NE(a.port(), b.port());
    EXPECT_LT(a.port(), 32768);
    EXPECT_EQ(port_of(listen_on(a.port())), a.port());
}

TEST(Eventually, GivesUpAtTheDeadlineAndSucceedsBeforeIt) {
    int calls = 0;
    EXPECT_TRUE(eventually(
        Millis(5000), [&] { return ++calls == 3; }, Millis(1)));
    EXPECT_FALSE(eventually(
        Millis(20), [] { return false; }, Millis(1)));
}

}  // namespace
}  // namespace aimem::test
