// The long poll behind GET /api/v1/sync/changes. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/api/api.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace aimem::api {

inline constexpr std::chrono::milliseconds kWaitMax{30'000};
inline constexpr std::chrono::milliseconds kLookPause{20};  // between two looks at the feed
inline constexpr std::size_t kWaitersMax = 64;  // more are answered at once, with an empty page

struct FeedWish {
    std::int64_t after = 0;
    std::size_t rows_max = 0;
    std::chrono::milliseconds wait{0};
};

// The rows behind `after`; waits for the first of them if there is none.
boost::asio::awaitable<Result<FeedPage>> next_changes(Services& services, FeedWish wish);

}  // namespace aimem::api
