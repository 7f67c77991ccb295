#include "federation/replication/replicator.h"

#include "federation/legacy/outgoing.h"
#include "store/log/planted.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <unordered_set>
#include <utility>

namespace aimem::repl {

namespace {

constexpr std::int64_t kAbsence = 3'600'000'000'000;  // ns; nobody collects what is that young

// The range that must travel as a whole, when the rows belong to groups.
FeedRange unit_of(const Committed& event) {
    const bool grouped = !event.companions.empty() ||
                         std::any_of(event.rows.begin(), event.rows.end(),
                                     [](const FeedRow& row) { return !row.change.group.empty(); });
    if (!grouped || event.rows.empty()) return {};
    return {event.rows.front().seq - 1, event.rows.back().seq};
}

bool overlap(FeedRange a, FeedRange b) {
    return a.from < b.to && b.from < a.to;
}

}  // namespace

Replicator::Replicator(ReplicatorOptions options)
    : options_(std::move(options)),
      tail_(options_.tail_bytes_max) {
    for (std::size_t i = 0; i < options_.peers.size(); ++i)
        peers_.emplace_back(i, options_.peers[i]);
    feed_end_ = options_.self.next_seq - 1;
}

std::vector<Action> Replicator::step(const Event& event, Instant now, std::int64_t wall_now_ns) {
    return step(std::vector<Event>{event}, now, wall_now_ns);
}

std::vector<Action> Replicator::step(const std::vector<Event>& events, Instant now,
                                     std::int64_t wall_now_ns) {
    now_ = std::max(now_, now);
    wall_now_ns_ = wall_now_ns;
    if (std::abs(wall_now_ns - tail_begun_) > kTailAge) {
        tail_ = FeedTail(options_.tail_bytes_max);
        tail_begun_ = wall_now_ns;
    }
    for (const Event& event : events) std::visit([this](const auto& one) { on(one); }, event);
    pump();
    resolve_settled();
    return std::exchange(actions_, {});
}

void Replicator::on(const Committed& event) {
    std::vector<SharedRow> rows;
    rows.reserve(event.rows.size());
    for (const FeedRow& row : event.rows)
        rows.push_back(encode_shared(row, rows.empty() ? event.companions : std::vector<FeedRow>{},
                                     unit_of(event)));
    if (!rows.empty()) {
        tail_.append(rows);
        feed_end_ = std::max(feed_end_, rows.back()->row.seq);
    }
    if (!event.ticket) return;
    Wait wait{{}, AckTracker(options_.policy, now_), std::move(rows)};
    if (!wait.rows.empty())
        wait.range = {wait.rows.front()->row.seq - 1, wait.rows.back()->row.seq};
    if (waits_.size() >= options_.waiting_max || wait.rows.empty()) {
        actions_.emplace_back(
            Resolve{*event.ticket, {aimem::Verdict::failed, 1, options_.policy.needed, "timeout"}});
        return;
    }
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        peers_[i].expect(wait.rows);
        if (!peers_[i].wake(now_)) wait.tracker.note(i, PeerAnswer::unreachable);
    }
    waits_.emplace(*event.ticket, std::move(wait));
}

void Replicator::on(const ForeignApplied& event) {
    tail_.skip(event.range);
    feed_end_ = std::max(feed_end_, event.range.to);
    if (!event.node.empty()) options_.seen[event.node] = event.seen;
}

// The cursors stay: what peers have acknowledged they have, whatever epoch it came under.
void Replicator::on(const IdentityChanged& event) {
    options_.self = event.self;
    feed_end_ = std::max(feed_end_, event.self.next_seq - 1);
    for (PeerSender& peer : peers_) peer.forget_in_flight();
}

void Replicator::on(const FeedMoved& event) {
    feed_end_ = std::max(feed_end_, event.next_seq - 1);
    // Back from an absence: what it had ready may have been deleted and collected meanwhile.
    if (event.fresh > options_.self.fresh + kAbsence && !planted(Fault::forgotten_still_sent))
        read_anew();
    options_.self.fresh = std::max(options_.self.fresh, event.fresh);
}

void Replicator::read_anew() {
    tail_ = FeedTail(options_.tail_bytes_max);
    lettings_go_ += 1;
}

// Neither the rows in memory nor those that somebody waits for may be sent any more, and a write
// under way has failed: this node was away for too long to be heard.
void Replicator::on(const RowsForgotten&) {
    if (planted(Fault::forgotten_still_sent)) return;
    read_anew();
    for (auto& [ticket, wait] : waits_)
        for (std::size_t i = 0; i < peers_.size(); ++i)
            wait.tracker.note(i, PeerAnswer::unreachable);
}

void Replicator::on(const PageLoaded& event) {
    PeerSender& peer = peers_.at(event.peer);
    peer.set_loading(false);
    // The next event tries again.
    if (!event.page || event.lettings_go != lettings_go_) return;
    FeedRange range{event.from, event.page->to};
    if (peer.tongue() == Tongue::legacy) {
        // Written while the page was read, perhaps: it is read again.
        if (lacks_waited(range, event.page->rows)) return;
        if (event.page->rows.empty() && peer.limit_from(event.from, range.to) == range.to)
            return peer.set_quiet(range);
        return send_told(event.peer, range, event);
    }
    std::vector<SharedRow> rows;
    for (const FeedRow& row : event.page->rows) rows.push_back(encode_shared(row));
    add_waited(range, rows);
    if (planted(Fault::quiet_over_own_rows) && rows.empty()) range.to += 1;
    if (rows.empty() && peer.limit_from(event.from, range.to) == range.to)
        peer.set_quiet(range);
    else
        send(event.peer, range, rows);
}

void Replicator::on(const PushDone& event) {
    PeerSender& peer = peers_.at(event.peer);
    auto push = peer.take(event.id);
    if (!push) return;
    auto answer = peer.settle(*push, event, {options_.self, options_.place, feed_end_}, now_);
    report(std::move(answer.reports));
    if (!answer.evidence.epoch.empty()) actions_.emplace_back(CheckHistory{answer.evidence});
    if (answer.cursor_moved) actions_.emplace_back(SaveCursor{peer.cursor()});
    if (answer.go_on) return send_next(event.peer, std::move(*push));
    tell_waits(event.peer, *push, answer);
}

void Replicator::on(const PeerHeard& event) {
    for (PeerSender& peer : peers_)
        if (peer.cursor().node == event.node) peer.heard();
}

void Replicator::on(const Tick&) {}

void Replicator::tell_waits(std::size_t peer, const InFlight& push,
                            const PeerSender::Answer& answer) {
    const PeerSender& sender = peers_[peer];
    for (auto& [ticket, wait] : waits_) {
        if (!overlap(wait.range, push.range)) continue;
        const bool refused =
            std::any_of(answer.refused.begin(), answer.refused.end(),
                        [&range = wait.range](std::int64_t seq) { return range.contains(seq); });
        if (refused)
            wait.tracker.note(peer, PeerAnswer::refused);
        else if (answer.acked && sender.has(wait.range))
            wait.tracker.note(peer, PeerAnswer::ack);
        else if (!answer.acked && answer.otherwise != PeerAnswer::none)
            wait.tracker.note(peer, answer.otherwise);
    }
}

void Replicator::resolve_settled() {
    for (auto at = waits_.begin(); at != waits_.end();) {
        const QuorumOutcome outcome = at->second.tracker.outcome(now_);
        if (outcome.verdict == aimem::Verdict::waiting) {
            ++at;
            continue;
        }
        actions_.emplace_back(Resolve{at->first, outcome});
        at = waits_.erase(at);
    }
}

void Replicator::pump() {
    for (std::size_t i = 0; i < peers_.size(); ++i) pump(peers_[i], i);
}

void Replicator::pump(PeerSender& peer, std::size_t index) {
    std::int64_t limit = 0;
    // Bounded by the window: every turn fills a place of it, or stops.
    while (const auto from = peer.next_from(now_, feed_end_, limit)) {
        if (peer.tongue() == Tongue::legacy || !tail_.covers(*from))
            return load(peer, index, *from);
        FeedRange range;
        auto rows = tail_.after(*from, limit, rows_for(peer), options_.push_bytes, range);
        const bool last = range.to >= feed_end_ || planted(Fault::hole_left_open);
        if (rows.empty() && last) {
            peer.set_quiet(range);
            return;
        }
        send(index, range, rows);
    }
}

std::size_t Replicator::rows_for(const PeerSender& peer) const {
    return std::min(peer.rows_max(), options_.push_rows);
}

// What a peer of 0.6.3 is told needs more than the rows: always from disk.
void Replicator::load(PeerSender& peer, std::size_t index, std::int64_t from) {
    LoadPage wanted{index, from, rows_for(peer), options_.push_bytes};
    wanted.notes = peer.tongue() == Tongue::legacy;
    if (wanted.notes)
        for (const auto& [ticket, wait] : waits_)
            for (const SharedRow& row : wait.rows)
                if (row->row.seq > from)
                    wanted.waited.push_back({row->row.seq, row->row.change.key});
    wanted.lettings_go = lettings_go_;
    peer.set_loading(true);
    actions_.emplace_back(std::move(wanted));
}

bool Replicator::lacks_waited(FeedRange range, const std::vector<FeedRow>& rows) const {
    std::unordered_set<std::string> there;
    for (const FeedRow& row : rows) there.insert(row.change.key);
    for (const auto& [ticket, wait] : waits_)
        for (const SharedRow& row : wait.rows)
            if (range.contains(row->row.seq) && !there.contains(row->row.change.key)) return true;
    return false;
}

// A row somebody waits for is sent even when a newer write has taken its place in the feed
// meanwhile: an ack must mean that the peer holds that very write or a newer one.
void Replicator::add_waited(FeedRange range, std::vector<SharedRow>& rows) const {
    if (planted(Fault::waited_row_superseded)) return;
    std::unordered_set<std::int64_t> there;
    for (const SharedRow& row : rows) there.insert(row->row.seq);
    for (const auto& [ticket, wait] : waits_)
        for (const SharedRow& row : wait.rows)
            if ((range.contains(row->row.seq) || overlap(range, row->unit)) &&
                there.insert(row->row.seq).second)
                rows.push_back(row);
}

void Replicator::send(std::size_t index, FeedRange range, const std::vector<SharedRow>& rows) {
    const PeerSender& peer = peers_[index];
    InFlight push;
    push.range = range;
    std::string ops;
    for (const SharedRow& row : rows) {
        push.seqs.push_back(row->row.seq);
        if (!ops.empty()) ops += ',';
        ops += row->json;
    }
    std::string lists;
    if (peer.tongue() != Tongue::ours) {
        auto body = legacy_body_for_stranger(rows);
        push.whole = body.has_value();
        for (const SharedRow& row : rows) push.ids.emplace_back(id_of_key(row->row.change.key));
        if (body) {
            push.items = body->items;
            push.ids = std::move(body->ids);
            lists = std::move(body->json);
        }
        // Too much to say it twice: first it says what it is.
        if (ops.size() + lists.size() > kLegacyBytes && peer.tongue() == Tongue::both) {
            push = {};
            push.range = {range.from, range.from};
            push.whole = false;
            lists.clear();
            ops.clear();
        }
    }
    dispatch(index, std::move(push), lists, ops);
}

void Replicator::send_told(std::size_t index, FeedRange range, const PageLoaded& loaded) {
    InFlight push;
    push.range = range;
    for (const FeedRow& row : loaded.page->rows) push.seqs.push_back(row.seq);
    push.rest = legacy_bodies(loaded.page->rows, loaded.notes);
    send_next(index, std::move(push));
}

void Replicator::send_next(std::size_t index, InFlight push) {
    LegacyBody body = std::move(push.rest.front());
    push.rest.erase(push.rest.begin());
    push.items = body.items;
    push.ids = std::move(body.ids);
    push.strict = body.strict;
    dispatch(index, std::move(push), body.json, {});
}

void Replicator::dispatch(std::size_t index, InFlight push, const std::string& lists,
                          const std::string& ops) {
    PeerSender& peer = peers_[index];
    push.sent_at = now_;
    push.acked_then = peer.cursor().acked;
    PushHead head{options_.agent_id, options_.self, wall_now_ns_, push.range.from, push.range.to};
    head.self.next_seq = feed_end_ + 1;
    if (const auto seen = options_.seen.find(peer.cursor().node); seen != options_.seen.end())
        head.you = seen->second;
    const PushId id = next_push_++;
    actions_.emplace_back(SendPush{index, id, encode_push(head, peer.tongue(), lists, ops),
                                   fmt::format("{}-{}", options_.self.epoch, push.range.to),
                                   options_.push_timeout});
    peer.sent(id, std::move(push));
}

void Replicator::report(std::vector<Report> reports) {
    for (Report& one : reports) actions_.emplace_back(std::move(one));
}

std::optional<Instant> Replicator::next_wakeup() const {
    std::optional<Instant> next;
    const auto sooner = [&next](std::optional<Instant> at) {
        if (at && (!next || *at < *next)) next = at;
    };
    for (const PeerSender& peer : peers_) sooner(peer.retry_at(feed_end_));
    for (const auto& [ticket, wait] : waits_) sooner(wait.tracker.deadline());
    return next;
}

std::vector<PeerStatus> Replicator::peers() const {
    std::vector<PeerStatus> out;
    for (const PeerSender& peer : peers_)
        out.push_back({peer.cursor().url, peer.cursor().node, peer.kind(), peer.up(),
                       peer.is_self(), std::max<std::int64_t>(0, feed_end_ - peer.settled_to()),
                       peer.settled_to(), peer.acks()});
    return out;
}

}  // namespace aimem::repl
