#include "federation/legacy/pull.h"

#include "store/base/time_text.h"

#include <algorithm>
#include <utility>

namespace aimem {
namespace {

constexpr std::size_t kLimitMin = 100;                    // rows; smaller pages are not tried
constexpr std::int64_t kPullOverlap = 60 * kNsPerSecond;  // commits there are not in time order

// What must be asked for so that the rows of this very instant come again. Another form than the
// one 0.6.3 writes it compares as text: then only what lies behind it can be asked for.
std::string just_before(const std::string& updated_at) {
    const auto at = parse_time(updated_at);
    const bool usual = updated_at.ends_with("+00:00") || updated_at.ends_with('Z');
    return at && usual ? time_text(*at - 1) : updated_at;
}

}  // namespace

OldPull::OldPull(OldPullOptions options, PullMark mark)
    : options_(options),
      mark_(std::move(mark)) {}

void OldPull::peer_is(bool answers, bool settled, Instant now) {
    if (answers && !answers_) back(now);
    if (!answers) round_.reset();
    answers_ = answers;
    settled_ = settled;
}

void OldPull::back(Instant now) {
    due_ = due_ ? std::min(*due_, now) : now;
}

std::optional<OldAsk> OldPull::next(Instant now, std::int64_t wall_now_ns) {
    if (asked_ || !answers_) return std::nullopt;
    if (!round_) {
        if (!due_ || now < *due_ || (!settled_ && now < *due_ + options_.patience))
            return std::nullopt;
        const std::int64_t age = wall_now_ns - mark_.full_at;
        const std::int64_t day = std::chrono::nanoseconds(options_.full_every).count();
        Round round;
        // Negative: our clock was set back, and the note says nothing.
        round.full = mark_.since.empty() || age < 0 || age >= day;
        if (!round.full) round.since = just_before(mark_.since);
        round.limit = options_.page_rows;
        round.began = wall_now_ns;
        round_ = std::move(round);
    }
    asked_ = true;
    return OldAsk{round_->everything, round_->since, round_->limit};
}

void OldPull::got(const OldPage& page, Instant now, std::int64_t wall_now_ns) {
    asked_ = false;
    if (!round_) return;
    if (const auto at = parse_time(page.last)) round_->newest = std::max(round_->newest, *at);
    const std::size_t full = std::min(round_->limit, page.limit);
    if (round_->everything || page.rows < std::max<std::size_t>(full, 1))
        return end_round(now, wall_now_ns);
    std::string next = just_before(page.last);
    // One instant fills the page: what lies behind its rows no page reaches.
    if (next <= round_->since)
        round_->everything = true;
    else
        round_->since = std::move(next);
}

void OldPull::end_round(Instant now, std::int64_t wall_now_ns) {
    // A row from the future must not hide what is written until then.
    if (round_->newest > 0)
        mark_.since = time_text(std::min(round_->newest, wall_now_ns) - kPullOverlap);
    if (round_->full || round_->everything) mark_.full_at = round_->began;
    round_.reset();
    ended_ = true;
    due_.reset();
    if (options_.interval > Instant{}) due_ = now + options_.interval;
}

void OldPull::failed(Failure failure, Instant now) {
    asked_ = false;
    if (!round_) return;
    if (failure == Failure::too_large && !round_->everything && round_->limit > kLimitMin) {
        round_->limit = std::max(kLimitMin, round_->limit / 2);
        return;
    }
    const bool hopeless = failure == Failure::too_large && options_.interval > options_.again;
    due_ = now + (hopeless ? options_.interval : options_.again);
    round_.reset();
}

std::optional<PullMark> OldPull::take_mark() {
    if (!std::exchange(ended_, false)) return std::nullopt;
    return mark_;
}

}  // namespace aimem
