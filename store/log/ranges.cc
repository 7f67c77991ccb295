#include "store/log/ranges.h"

#include <algorithm>
#include <iterator>

namespace aimem {

void FeedRanges::add(FeedRange range) {
    if (range.to <= range.from) return;
    auto at = ranges_.upper_bound(range.from);
    if (at != ranges_.begin() && std::prev(at)->second >= range.from) --at;
    while (at != ranges_.end() && at->first <= range.to) {
        range.from = std::min(range.from, at->first);
        range.to = std::max(range.to, at->second);
        at = ranges_.erase(at);
    }
    ranges_[range.from] = range.to;
}

bool FeedRanges::contains(std::int64_t seq) const {
    const auto behind = ranges_.lower_bound(seq);  // the first range whose `from` is not below seq
    return behind != ranges_.begin() && std::prev(behind)->second >= seq;
}

std::int64_t FeedRanges::reach(std::int64_t seq) const {
    const auto behind = ranges_.upper_bound(seq);
    if (behind == ranges_.begin()) return seq;
    return std::max(seq, std::prev(behind)->second);
}

std::optional<std::int64_t> FeedRanges::next_from(std::int64_t seq) const {
    const auto behind = ranges_.upper_bound(seq);
    return behind == ranges_.end() ? std::nullopt : std::optional<std::int64_t>(behind->first);
}

void FeedRanges::forget_to(std::int64_t seq) {
    while (!ranges_.empty() && ranges_.begin()->second <= seq) ranges_.erase(ranges_.begin());
}

}  // namespace aimem
