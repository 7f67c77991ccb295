#include "federation/replication/feed_tail.h"

#include "federation/replication/wire.h"
#include "store/log/planted.h"

#include <algorithm>
#include <iterator>

namespace aimem {

SharedRow encode_shared(FeedRow row, const std::vector<FeedRow>& companions, FeedRange unit) {
    auto out = std::make_shared<EncodedRow>();
    out->json = encode_row(row);
    for (const FeedRow& companion : companions) out->json += "," + encode_row(companion);
    out->row = std::move(row);
    out->unit = unit;
    return out;
}

void FeedTail::reach(FeedRange range) {
    if (range.from != range_.to) {
        rows_.clear();
        bytes_ = 0;
        range_ = {range.from, range.from};
    }
    range_.to = range.to;
}

void FeedTail::append(const std::vector<SharedRow>& rows) {
    for (const SharedRow& row : rows) {
        const std::int64_t seq = row->row.seq;
        reach({seq - 1, seq});
        bytes_ += row->json.size();
        rows_.push_back(row);
    }
    while (bytes_ > bytes_max_ && !rows_.empty()) {
        bytes_ -= rows_.front()->json.size();
        range_.from = rows_.front()->row.seq;
        rows_.pop_front();
    }
}

void FeedTail::skip(FeedRange range) {
    if (range.to > range.from) reach(range);
}

std::deque<SharedRow>::const_iterator FeedTail::behind(std::int64_t seq) const {
    const auto later = [](std::int64_t place, const SharedRow& row) {
        return place < row->row.seq;
    };
    return std::upper_bound(rows_.begin(), rows_.end(), seq, later);
}

bool FeedTail::covers(std::int64_t from) const {
    if (from < range_.from || from >= range_.to) return false;
    const auto first = behind(from);
    return first == rows_.end() || (*first)->unit.to == 0 || (*first)->unit.from >= range_.from;
}

std::vector<SharedRow> FeedTail::after(std::int64_t from, std::int64_t limit, std::size_t rows_max,
                                       std::size_t bytes_max, FeedRange& range) const {
    std::size_t bytes = 0;
    range = {from, std::min(limit, range_.to)};
    auto first = behind(from);
    auto last = first;
    std::size_t rows = 0;
    for (; last != rows_.end() && (*last)->row.seq <= limit; ++last, ++rows) {
        if (rows == rows_max || bytes >= bytes_max) {
            if (!planted(Fault::tail_ends_too_far)) range.to = (*std::prev(last))->row.seq;
            break;
        }
        bytes += (*last)->json.size();
    }
    if (first == last || planted(Fault::unit_cut)) return {first, last};
    if ((*first)->unit.to > 0) first = behind((*first)->unit.from);
    const FeedRange unit = (*std::prev(last))->unit;
    if (unit.to > 0) last = behind(unit.to);
    return {first, last};
}

}  // namespace aimem
