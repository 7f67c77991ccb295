// eventually(): the one way a test waits for something it cannot be told about. Polls a condition
// until it holds or the deadline passes. Everything else blocks on a descriptor with a Deadline.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/deadline.h"

#include <poll.h>

#include <utility>

namespace aimem::test {

inline void pause_for(Millis time) {
    ::poll(nullptr, 0, static_cast<int>(time.count()));
}

template <typename Condition>
bool eventually(Millis within, Condition&& holds, Millis step = Millis(5)) {
    const Deadline deadline(within);
    while (!holds()) {
        if (deadline.passed())
            return holds();  // it may have come true while we looked at the clock
        pause_for(step);
    }
    return true;
}

// The opposite claim: the condition holds now and every time we look until the time is over.
template <typename Condition>
bool throughout(Millis time, Condition&& holds, Millis step = Millis(20)) {
    return !eventually(
        time, [&] { return !holds(); }, step);
}

}  // namespace aimem::test
