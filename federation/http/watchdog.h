// Calls a function when a deadline passes, with one timer wait for many deadlines: moving the
// deadline on costs nothing, the wait under way notices when it fires and waits again for what is
// left. I/O thread only; the function is not called after the Watchdog is gone.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace aimem::http {

class Watchdog {
public:
    using Time = std::chrono::steady_clock::time_point;

    Watchdog(boost::asio::any_io_executor executor, std::function<void()> on_expiry);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    void watch(Time deadline);
    void rest() noexcept;  // no deadline; the timer may still be waiting
    void cancel();         // and the timer no more

private:
    struct State;
    std::shared_ptr<State> state_;  // the timer's handler looks whether it is still there
};

}  // namespace aimem::http
