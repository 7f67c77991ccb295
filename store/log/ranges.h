// A set of feed positions, kept as disjoint half-open ranges (from, to]. Used for what a peer has
// acknowledged and for what is on its way. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace aimem {

struct FeedRange {
    std::int64_t from = 0;  // exclusive
    std::int64_t to = 0;    // inclusive

    bool contains(std::int64_t seq) const noexcept { return from < seq && seq <= to; }
    friend bool operator==(const FeedRange&, const FeedRange&) = default;
};

class FeedRanges {
public:
    void add(FeedRange range);
    void clear() { ranges_.clear(); }
    bool contains(std::int64_t seq) const;
    // The end of the range that reaches on from `seq` without a gap; `seq` itself if none does.
    std::int64_t reach(std::int64_t seq) const;
    // Where the next range begins behind `seq`, if any does.
    std::optional<std::int64_t> next_from(std::int64_t seq) const;
    void forget_to(std::int64_t seq);  // drops what lies at or below

private:
    std::map<std::int64_t, std::int64_t> ranges_;  // from -> to
};

}  // namespace aimem
