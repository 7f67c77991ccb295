#include "federation/task_group.h"

#include "tests/federation/http/raw_peer.h"
#include "tests/support/run_awaitable.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>

namespace aimem {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

struct Log {
    int begun = 0;
    int finished = 0;
};

boost::asio::awaitable<void> work(Log& log, milliseconds time) {
    ++log.begun;
    co_await testing::pause(time);
    co_await testing::pause(milliseconds(0));  // throws here once cancelled
    ++log.finished;
}

boost::asio::awaitable<void> fail_soon() {
    co_await testing::pause(milliseconds(1));
    throw std::runtime_error("on purpose");
}

class TaskGroupTest : public ::testing::Test {
protected:
    boost::asio::io_context io_{1};
    TaskGroup group_{io_.get_executor(), "test"};
    Log log_;
};

TEST_F(TaskGroupTest, JoinWaitsForEveryTask) {
    for (int i = 1; i <= 5; ++i) EXPECT_TRUE(group_.spawn(work(log_, milliseconds(10 * i))));
    EXPECT_EQ(group_.size(), 5u);
    EXPECT_TRUE(testing::run(io_, group_.join(milliseconds(10'000))));
    EXPECT_EQ(log_.finished, 5);
    EXPECT_EQ(group_.size(), 0u);
}

TEST_F(TaskGroupTest, JoiningAnEmptyGroupReturnsAtOnce) {
    EXPECT_TRUE(testing::run(io_, group_.join(milliseconds(60'000))));
}

TEST_F(TaskGroupTest, JoinCancelsWhatOutlastsTheGrace) {
    group_.spawn(work(log_, milliseconds(1)));
    group_.spawn(work(log_, milliseconds(60'000)));
    const auto began = Clock::now();
    EXPECT_FALSE(testing::run(io_, group_.join(milliseconds(50))));
    EXPECT_LT(Clock::now() - began, milliseconds(5'000));
    EXPECT_EQ(log_.begun, 2);
    EXPECT_EQ(log_.finished, 1);
    EXPECT_EQ(group_.size(), 0u);
}

TEST_F(TaskGroupTest, ACancelledGroupTakesNoMoreTasks) {
    group_.cancel();
    EXPECT_FALSE(group_.spawn(work(log_, milliseconds(0))));
    testing::run(io_, testing::pause(milliseconds(5)));
    EXPECT_EQ(log_.begun, 0);
}

TEST_F(TaskGroupTest, ATaskThatThrowsDoesNotHarmTheOthers) {
    group_.spawn(fail_soon());
    group_.spawn(work(log_, milliseconds(30)));
    EXPECT_TRUE(testing::run(io_, group_.join(milliseconds(10'000))));
    EXPECT_EQ(log_.finished, 1);
}

TEST_F(TaskGroupTest, DestroyingTheGroupCancelsItsTasks) {
    auto group = std::make_unique<TaskGroup>(io_.get_executor(), "short-lived");
    group->spawn(work(log_, milliseconds(60'000)));
    ASSERT_TRUE(testing::run_until(io_, [&] { return log_.begun == 1; }));
    group.reset();
    const auto began = Clock::now();
    io_.restart();
    io_.run();  // ends because nothing waits any more
    EXPECT_LT(Clock::now() - began, milliseconds(5'000));
    EXPECT_EQ(log_.finished, 0);
}

TEST_F(TaskGroupTest, TwoMayJoin) {
    group_.spawn(work(log_, milliseconds(20)));
    TaskGroup other(io_.get_executor(), "other");
    bool joined = false;
    auto join_too = [](TaskGroup& group, bool& done) -> boost::asio::awaitable<void> {
        co_await group.join(milliseconds(10'000));
        done = true;
    };
    other.spawn(join_too(group_, joined));
    EXPECT_TRUE(testing::run(io_, group_.join(milliseconds(10'000))));
    EXPECT_TRUE(testing::run(io_, other.join(milliseconds(10'000))));
    EXPECT_TRUE(joined);
}

}  // namespace
}  // namespace aimem
