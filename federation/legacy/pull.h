// When the rows of a peer of 0.6.3 are fetched, and which page comes next (design: replication.md
// 4, "Pull from them"). It tells its peers of a write once; what its own MCP server wrote, or what
// it could not deliver, can only be read from its sync/since: live memories in ascending
// updated_at, at most limits::since_rows, strictly behind a time. So: every hour and whenever it
// is back; after a full page again from a nanosecond before its last row; everything once a day,
// since rows arrive late there under times that were read long ago. Rows that are missing mean
// nothing. A machine without a clock: times are passed in. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/quorum/quorum.h"
#include "store/log/upkeep.h"
#include "store/model/limits.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace aimem {

struct OldPullOptions {
    Instant interval = std::chrono::hours(1);     // 0: only when it is back
    std::chrono::hours full_every{24};            // by the wall clock
    Instant patience = std::chrono::seconds(30);  // for what it has yet to hear from us
    Instant again = std::chrono::seconds(30);     // after a failure
    std::size_t page_rows = limits::since_rows;
};

struct OldAsk {
    bool everything = false;  // its export instead of a page
    std::string since{};      // empty: from the beginning
    std::size_t limit = 0;
};

struct OldPage {  // stored here
    std::size_t rows = 0;
    std::size_t limit = 0;  // as it says; less than was asked when that is its bound
    std::string last{};     // updated_at of the last row, as it wrote it
};

class OldPull {
public:
    OldPull(OldPullOptions options, PullMark mark);

    // --- what happens
    // `answers`: it is known to be of 0.6.3 and can be reached; `settled`: it has all of ours, so
    // that its rows are no echo of what we are about to tell it.
    void peer_is(bool answers, bool settled, Instant now);
    void back(Instant now);  // it could not be reached for a while, however short
    void got(const OldPage& page, Instant now, std::int64_t wall_now_ns);
    enum class Failure : std::uint8_t { unreachable, too_large };
    void failed(Failure failure, Instant now);

    // --- what to do
    std::optional<OldAsk> next(Instant now, std::int64_t wall_now_ns);  // one at a time
    std::optional<PullMark> take_mark();  // to be written down: a round has ended

private:
    struct Round {
        bool full = false;
        bool everything = false;
        std::string since{};
        std::size_t limit = 0;
        std::int64_t newest = 0;  // ns
        std::int64_t began = 0;   // ns, wall clock
    };
    void end_round(Instant now, std::int64_t wall_now_ns);

    OldPullOptions options_;
    PullMark mark_;
    bool answers_ = false;
    bool settled_ = false;
    bool asked_ = false;
    bool ended_ = false;
    std::optional<Instant> due_{};
    std::optional<Round> round_{};
};

}  // namespace aimem
