// Runs one coroutine to its end and returns what it returned, or throws what it threw. With an
// io_context of the test's own, other coroutines on it run beside it; a task that is not done after
// `limit` is a std::runtime_error. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace aimem::testing {

inline constexpr std::chrono::seconds kRunLimit{30};

namespace detail {

template <typename Done>
void run_until(boost::asio::io_context& io, const Done& done, std::chrono::seconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    io.restart();
    while (!done()) {
        if (io.run_one_until(deadline) == 0 && !done())
            throw std::runtime_error("run_awaitable: the task did not end");
    }
}

}  // namespace detail

template <typename T>
T run(boost::asio::io_context& io, boost::asio::awaitable<T> task,
      std::chrono::seconds limit = kRunLimit) {
    struct State {  // shared: after a timeout the task may still end
        bool done = false;
        std::exception_ptr thrown;
        std::conditional_t<std::is_void_v<T>, bool, std::optional<T>> value{};
    };
    const auto state = std::make_shared<State>();
    if constexpr (std::is_void_v<T>) {
        boost::asio::co_spawn(io, std::move(task), [state](std::exception_ptr thrown) {
            state->thrown = std::move(thrown);
            state->done = true;
        });
    } else {
        boost::asio::co_spawn(io, std::move(task), [state](std::exception_ptr thrown, T value) {
            state->thrown = std::move(thrown);
            if (!state->thrown) state->value.emplace(std::move(value));
            state->done = true;
        });
    }
    detail::run_until(
        io, [&state] { return state->done; }, limit);
    if (state->thrown) std::rethrow_exception(state->thrown);
    if constexpr (!std::is_void_v<T>) return std::move(*state->value);
}

template <typename T>
T run(boost::asio::awaitable<T> task) {
    boost::asio::io_context io(1);
    return run(io, std::move(task));
}

// Runs what is due on `io` until `done()`; false if it is not within `limit`.
template <typename Done>
bool run_until(boost::asio::io_context& io, const Done& done,
               std::chrono::seconds limit = std::chrono::seconds(10)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    io.restart();
    while (!done()) {
        const auto slice = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
        if (std::chrono::steady_clock::now() > deadline) return false;
        if (io.run_one_until(slice) == 0) io.restart();
    }
    return true;
}

}  // namespace aimem::testing
