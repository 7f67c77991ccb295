// What the node's coroutines share. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace aimem {

// For co_await: errors come back as values.
inline constexpr auto kNoThrow = boost::asio::as_tuple(boost::asio::use_awaitable);

// The time for the pure cores (Instant of quorum/quorum.h).
inline std::chrono::nanoseconds steady_now() {
    return std::chrono::steady_clock::now().time_since_epoch();
}

// A callback as something to co_await: `start` is called with a function that takes the value, from
// any thread, once; the coroutine goes on on its own executor.
template <typename Value, typename Start>
boost::asio::awaitable<Value> await_callback(Start start) {
    namespace net = boost::asio;
    auto initiate = [start = std::move(start)](auto handler) mutable {
        const auto executor = net::get_associated_executor(handler);
        // A completion handler is movable only, a callback must be copyable.
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        start([held = std::move(held), work = net::make_work_guard(executor)](Value value) mutable {
            net::post(work.get_executor(),
                      [held = std::move(held), value = std::move(value)]() mutable {
                          (*held)(std::move(value));
                      });
        });
    };
    co_return co_await net::async_initiate<const net::use_awaitable_t<>&, void(Value)>(
        std::move(initiate), net::use_awaitable);
}

}  // namespace aimem
