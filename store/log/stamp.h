// Stamps: a hybrid logical clock whose readings are instants. stamp = microseconds * 1000 + node
// tag, in ns since 1970, so that updated_at is the stamp as text and peers of 0.6.3 order rows
// exactly as we do (design: replication.md 2.3). Pure: the time is passed in, the state lives in
// repl_meta under SQLite's write lock. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace aimem {

inline constexpr std::int64_t kStampStep = 1000;  // ns between two stamps of one node
inline constexpr std::int64_t kFutureTolerance =
    5'000'000'000;  // ns the clock may be dragged ahead
inline constexpr std::int64_t kStampMax =
    9'000'000'000'000'000'000;  // year 2255; beyond it a stamp is refused

struct StampClock {
    std::int64_t hlc = 0;  // ns, a multiple of kStampStep
    int tag = 0;           // 0..999
};

// A new stamp that dominates `overwritten` (0: nothing) and every stamp this node made or saw,
// unless those lie in the far future: a far-future key is dominated for its own writes but never
// drags the clock.
std::int64_t tick(StampClock& clock, std::int64_t now_ns, std::int64_t overwritten) noexcept;

// Notes a stamp that came from elsewhere.
void observe(StampClock& clock, std::int64_t now_ns, std::int64_t stamp) noexcept;

}  // namespace aimem
