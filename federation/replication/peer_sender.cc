#include "federation/replication/peer_sender.h"

#include "store/log/planted.h"
#include "store/model/limits.h"

#include <fmt/core.h>

#include <algorithm>

namespace aimem::repl {

PeerSender::PeerSender(std::size_t index, PeerCursor cursor)
    : index_(index),
      cursor_(std::move(cursor)) {}

bool PeerSender::has(FeedRange range) const {
    if (range.to <= cursor_.acked) return true;
    const std::int64_t start = std::max(range.from, cursor_.acked);
    return acked_.reach(start) >= range.to;
}

std::optional<std::int64_t> PeerSender::next_from(Instant now, std::int64_t feed_end,
                                                  std::int64_t& limit) const {
    const bool wide = kind_ == PeerKind::ours && round_trip_ > kWideRoundTrip && failures_ == 0;
    const std::size_t window = wide ? kWindowMax : 1;
    if (loading_ || now < retry_at_ || in_flight_.size() >= window) return std::nullopt;
    const std::int64_t from = busy().reach(cursor_.acked);
    limit = limit_from(from, feed_end);
    // A hole before what is acknowledged must be closed, even if nothing of ours is in it.
    const bool last = limit == feed_end || planted(Fault::hole_left_open);
    if (last && quiet_.from <= from && limit <= quiet_.to) return std::nullopt;
    return from < limit ? std::optional<std::int64_t>(from) : std::nullopt;
}

FeedRanges PeerSender::busy() const {
    FeedRanges out = acked_;
    for (const auto& [id, push] : in_flight_) out.add(push.range);
    return out;
}

std::int64_t PeerSender::limit_from(std::int64_t from, std::int64_t feed_end) const {
    return std::min(feed_end, busy().next_from(from).value_or(feed_end));
}

std::optional<Instant> PeerSender::retry_at(std::int64_t feed_end) const {
    const bool under_way = loading_ || !in_flight_.empty();
    const bool waits = failures_ > 0 || is_self_;
    if (!waits || settled_to() >= feed_end || under_way) return std::nullopt;
    return retry_at_;
}

std::int64_t PeerSender::settled_to() const {
    const std::int64_t reached = acked_.reach(cursor_.acked);
    return quiet_.from <= reached ? std::max(reached, quiet_.to) : reached;
}

std::size_t PeerSender::rows_max() const noexcept {
    return cursor_.acked < one_by_one_to_ ? 1 : limits::push_rows;
}

Tongue PeerSender::tongue() const noexcept {
    switch (kind_) {
        case PeerKind::unknown: return Tongue::both;
        case PeerKind::ours: return Tongue::ours;
        case PeerKind::legacy: return Tongue::legacy;
    }
    return Tongue::both;
}

std::optional<InFlight> PeerSender::take(PushId id) {
    const auto found = in_flight_.find(id);
    if (found == in_flight_.end()) return std::nullopt;
    InFlight push = std::move(found->second);
    in_flight_.erase(found);
    return push;
}

PeerSender::Answer PeerSender::settle(const InFlight& push, const PushDone& done,
                                      const OwnName& own, Instant now) {
    // After an upgrade it may answer as one of our kind.
    const bool cut = done.end == PushEnd::refused || done.end == PushEnd::broken;
    if (cut && kind_ == PeerKind::legacy) kind_ = PeerKind::unknown;
    switch (done.end) {
        case PushEnd::answered: break;
        case PushEnd::refused: return fail(PeerAnswer::unreachable, done.body, backoff(), now);
        case PushEnd::timeout: return fail(PeerAnswer::none, done.body, backoff(), now);
        case PushEnd::broken:
            return fail(failures_ > 0 ? PeerAnswer::unreachable : PeerAnswer::none, done.body,
                        backoff(), now);
    }
    if (planted(Fault::failure_is_ack) && done.status == 503) {
        Answer answer;
        acknowledge(push.range, answer, now, push.sent_at);
        return answer;
    }
    if (done.status < 200 || done.status > 299) {
        if (done.retry_after) not_before_ = now + *done.retry_after;
        return fail(failures_ > 0 ? PeerAnswer::unreachable : PeerAnswer::none,
                    fmt::format("HTTP {}", done.status),
                    std::max(done.retry_after.value_or(kRetryFirst), backoff()), now);
    }
    return settle_reply(push, decode_reply(done.body, push.items, push.ids), own, now);
}

PeerSender::Answer PeerSender::settle_reply(const InFlight& push, const PushReply& reply,
                                            const OwnName& own, Instant now) {
    if (reply.kind == PushReply::Kind::garbage)
        return fail(PeerAnswer::refused, reply.why, backoff(), now);
    if (reply.kind == PushReply::Kind::legacy && kind_ == PeerKind::ours)
        return fail(PeerAnswer::refused, "it no longer answers as a node of our kind", backoff(),
                    now);
    Answer answer;
    const bool taken = reply.kind == PushReply::Kind::legacy || !push.strict;
    if (reply.kind != PushReply::Kind::ours && taken && !(push.whole && push.rest.empty())) {
        kind_ = PeerKind::legacy;
        answer.go_on = push.whole;
        return answer;
    }
    if (reply.kind == PushReply::Kind::contradicted && push.strict) {
        kind_ = PeerKind::legacy;
        // One row at a time, to find the one it does not take. Once: a group stays whole whatever
        // it is cut into.
        if (push.seqs.size() > 1 && cursor_.acked >= one_by_one_to_) {
            one_by_one_to_ = push.range.to;
            answer.otherwise = PeerAnswer::refused;
            return answer;
        }
        if (++refusals_ < kTriesBeforeParking)
            return fail(PeerAnswer::refused, reply.why, backoff(), now);
        answer.refused = push.seqs;
        answer.reports.push_back({Report::What::parked, index_, reply.why, push.seqs});
    } else if (reply.kind == PushReply::Kind::ours) {
        if (reply.node == own.self.node) {
            is_self_ = true;
            retry_at_ = now + kSelfPause;
            answer.otherwise = PeerAnswer::refused;
            const bool twin = !reply.place.empty() && reply.place != own.place;
            answer.reports.push_back({twin ? Report::What::twin : Report::What::self_in_peers,
                                      index_, "this peer bears the node's own name"});
            return answer;
        }
        const SeenOfFeed& before = reply.before;
        if (!history_checked_ || before.epoch != own.self.epoch || before.seen > own.feed_end)
            answer.evidence = before;
        history_checked_ = true;
        if (!reply.durable)
            return fail(PeerAnswer::refused, "it has not stored what we sent", backoff(), now);
        learn(reply, answer);
        if (reply.seen < push.acked_then && cursor_.acked > reply.seen &&
            !planted(Fault::rewind_unnoticed)) {
            cursor_.acked = reply.seen;
            acked_.clear();
            quiet_ = {};
            answer.reports.push_back(
                {Report::What::rewound, index_, "the peer has lost rows it had acknowledged"});
        }
        for (const Rejected& row : reply.rejected) {
            answer.refused.push_back(row.seq);
            answer.reports.push_back({Report::What::parked, index_, row.why, {row.seq}});
        }
    } else {
        kind_ = PeerKind::legacy;
    }
    refusals_ = 0;
    acknowledge(push.range, answer, now, push.sent_at);
    return answer;
}

void PeerSender::learn(const PushReply& reply, Answer& answer) {
    kind_ = PeerKind::ours;
    const bool known = !cursor_.node.empty();
    if (known && (cursor_.node != reply.node || cursor_.epoch != reply.epoch) &&
        !planted(Fault::new_identity_unnoticed)) {
        // Another disk gets everything; one whose history was broken knows how far it got.
        cursor_.acked = cursor_.node == reply.node ? std::min(cursor_.acked, reply.seen) : 0;
        acked_.clear();
        quiet_ = {};
        answer.reports.push_back({Report::What::rewound, index_, "the peer has a new identity"});
    }
    if (cursor_.node != reply.node || cursor_.epoch != reply.epoch) answer.cursor_moved = true;
    cursor_.node = reply.node;
    cursor_.epoch = reply.epoch;
}

void PeerSender::acknowledge(FeedRange range, Answer& answer, Instant now, Instant sent_at) {
    if (failures_ > 0) answer.reports.push_back({Report::What::peer_up, index_, {}});
    failures_ = 0;
    acks_ += 1;
    is_self_ = false;
    last_failure_ = PeerAnswer::none;
    retry_at_ = now;
    const Instant took = now - sent_at;
    // The least of late: under load most of an answer's time is work and queues, which more pushes
    // at once would only lengthen.
    const Instant drifted = round_trip_ + round_trip_ / 64;
    round_trip_ = round_trip_ == Instant{} ? took : std::min(drifted, took);
    if (planted(Fault::cursor_off_by_one)) range.to += 1;
    acked_.add(range);
    const std::int64_t reached =
        planted(Fault::hole_ignored) ? range.to : acked_.reach(cursor_.acked);
    answer.cursor_moved = answer.cursor_moved || reached > cursor_.acked;
    cursor_.acked = reached;
    acked_.forget_to(reached);
    answer.acked = true;
}

PeerSender::Answer PeerSender::fail(PeerAnswer meaning, std::string why,
                                    std::chrono::milliseconds pause, Instant now) {
    Answer answer;
    if (failures_++ == 0)
        answer.reports.push_back({Report::What::peer_down, index_, std::move(why)});
    failed_at_ = now;
    last_failure_ = meaning;
    retry_at_ = now + pause;
    answer.otherwise = meaning;
    return answer;
}

std::chrono::milliseconds PeerSender::backoff() const {
    const int doublings = std::min(failures_, 6);
    return std::min(kRetryMax, kRetryFirst * (1 << doublings));
}

bool PeerSender::wake(Instant now) {
    if (is_self_) return false;
    if (failures_ == 0 || !in_flight_.empty()) return true;
    if (now - failed_at_ >= kRetryFirst && now >= not_before_) {
        retry_at_ = now;
        return true;
    }
    return last_failure_ == PeerAnswer::none;
}

void PeerSender::expect(const std::vector<SharedRow>& rows) {
    for (const SharedRow& row : rows) {
        const std::int64_t seq = row->row.seq;
        if (quiet_.contains(seq)) quiet_ = {};  // a newer write had left nothing there to send
        for (auto& [id, push] : in_flight_)
            if (push.range.contains(seq) &&
                std::find(push.seqs.begin(), push.seqs.end(), seq) == push.seqs.end())
                push.range.to = seq - 1;
        if (seq > cursor_.acked && !acked_.contains(seq)) continue;
        cursor_.acked = std::min(cursor_.acked, seq - 1);
        acked_.clear();
    }
}

void PeerSender::forget_in_flight() {
    in_flight_.clear();
    history_checked_ = false;
}

void PeerSender::heard() noexcept {
    retry_at_ = not_before_;
}

}  // namespace aimem::repl
