#include "federation/replication/feed_tail.h"

#include "federation/replication/wire.h"
#include "store/log/planted.h"

#include <algorithm>

namespace aimem {

SharedRow encode_shared(FeedRow row, const std::vector<FeedRow>& companions) {
    auto out = std::make_shared<EncodedRow>();
    out->json = encode_row(row);
    for (const FeedRow& companion : companions) out->json += "," + encode_row(companion);
    out->row = std::move(row);
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

std::vector<SharedRow> FeedTail::after(std::int64_t from, std::int64_t limit, std::size_t rows_max,
                                       std::size_t bytes_max, FeedRange& range) const {
    std::vector<SharedRow> out;
    const auto later = [](std::int64_t seq, const SharedRow& row) {
        return seq < row->row.seq;
    };
    std::size_t bytes = 0;
    range = {from, std::min(limit, range_.to)};
    for (auto at = std::upper_bound(rows_.begin(), rows_.end(), from, later); at != rows_.end();
         ++at) {
        if ((*at)->row.seq > limit) break;
        if (out.size() == rows_max || bytes >= bytes_max) {
            if (!planted(Fault::tail_ends_too_far)) range.to = out.back()->row.seq;
            break;
        }
        bytes += (*at)->json.size();
        out.push_back(*at);
    }
    return out;
}

}  // namespace aimem
