// Deadline: a point on the steady clock that a blocking helper must not pass; handed down by value,
// so that a chain of waits shares one bound. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

namespace aimem::test {

using Clock = std::chrono::steady_clock;
using Millis = std::chrono::milliseconds;

inline double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

class Deadline {
public:
    explicit Deadline(Millis from_now) : at_(Clock::now() + from_now) {}

    bool passed() const { return Clock::now() >= at_; }

    // What poll(2) wants: whole milliseconds, rounded up, never negative.
    int left_ms() const {
        const auto left = std::chrono::ceil<Millis>(at_ - Clock::now()).count();
        return static_cast<int>(std::clamp<Millis::rep>(left, 0, 600'000));
    }

private:
    Clock::time_point at_;
};

}  // namespace aimem::test
