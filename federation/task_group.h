// Counts the coroutines spawned into it, hands them cancellation, and waits for them: what a part
// of the node needs to stop cleanly. One executor, one thread; not to be used from another. A task
// that ends by an exception is logged once; being cancelled is no error. Destroying the group
// cancels what still runs in it, without waiting. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace aimem {

class TaskGroup {
public:
    TaskGroup(boost::asio::any_io_executor executor, std::string name);
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    // Starts the task (perhaps before returning). false: the group was cancelled, the task dropped.
    bool spawn(boost::asio::awaitable<void> task);

    // Emits terminal cancellation to every task and closes the group for new ones.
    void cancel();

    // Waits until nothing runs; after `grace` cancels the rest and gives it a second more. true:
    // all ended by themselves. Must not be awaited by one of the group's own tasks.
    boost::asio::awaitable<bool> join(std::chrono::milliseconds grace);

    std::size_t size() const noexcept;

private:
    struct State;
    std::shared_ptr<State> state_;  // tasks that outlive the group still report to it
};

}  // namespace aimem
