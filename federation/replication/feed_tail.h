// The newest rows this process committed, encoded once and kept for the senders, so that a quorum
// write needs no read-back. A cache: what it does not cover is read from disk.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/ranges.h"
#include "store/store.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace aimem {

struct EncodedRow {
    FeedRow row{};
    std::string json{};  // the row as it travels, and behind it the companions of its group
    FeedRange unit{};    // rows that travel together with this one; empty: it is no part of a group
};
using SharedRow = std::shared_ptr<const EncodedRow>;

SharedRow encode_shared(FeedRow row, const std::vector<FeedRow>& companions = {},
                        FeedRange unit = {});

class FeedTail {
public:
    explicit FeedTail(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // Own rows with consecutive positions. A jump (another process wrote) makes the tail begin
    // anew.
    void append(const std::vector<SharedRow>& rows);
    // Positions that rows of peers took: nothing of ours is there.
    void skip(FeedRange range);

    bool covers(std::int64_t from) const;
    // Rows in (from, limit], at most `rows_max` and `bytes_max`; `range` says what they cover.
    // Units that begin before it or end behind it come as a whole.
    std::vector<SharedRow> after(std::int64_t from, std::int64_t limit, std::size_t rows_max,
                                 std::size_t bytes_max, FeedRange& range) const;

private:
    void reach(FeedRange range);
    std::deque<SharedRow>::const_iterator behind(std::int64_t seq) const;

    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    FeedRange range_{};
    std::deque<SharedRow> rows_;
};

}  // namespace aimem
