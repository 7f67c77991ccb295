#include "federation/replication/compare_plan.h"

#include <algorithm>
#include <utility>

namespace aimem::repl {

ComparePlan::ComparePlan(ComparePlanOptions options, Instant now, bool recovering)
    : options_(options),
      peers_(options.peers),
      recovering_(recovering) {
    for (Peer& peer : peers_) want(peer, now);
}

bool ComparePlan::wanted(const Peer& peer) const {
    return !peer.excluded && (options_.interval > Instant{} || (recovering_ && !peer.whole));
}

void ComparePlan::want(Peer& peer, Instant at) {
    if (wanted(peer)) peer.due = peer.due ? std::min(*peer.due, at) : at;
}

void ComparePlan::reached(std::size_t index, Instant now) {
    Peer& peer = peers_.at(index);
    if (!peer.lost_at) return;
    if (now - *peer.lost_at > options_.away) want(peer, now);
    peer.lost_at.reset();
    peer.mourned = false;
}

void ComparePlan::lost(std::size_t index, Instant now) {
    Peer& peer = peers_.at(index);
    if (!peer.lost_at) peer.lost_at = now;
    peer.owing = false;
}

void ComparePlan::renewed(std::size_t index, Instant now) {
    Peer& peer = peers_.at(index);
    peer.whole = false;
    peer.renewed = running_ == index;
    want(peer, now);
}

void ComparePlan::renewed_self(Instant now) {
    recovering_ = true;
    for (std::size_t i = 0; i < peers_.size(); ++i) renewed(i, now);
}

void ComparePlan::legacy(std::size_t index) {
    Peer& peer = peers_.at(index);
    peer.excluded = true;
    peer.due.reset();
}

void ComparePlan::ours(std::size_t index, Instant now) {
    Peer& peer = peers_.at(index);
    if (!std::exchange(peer.excluded, false)) return;
    peer.whole = false;
    want(peer, now);
}

void ComparePlan::ended(std::size_t index, CompareEnd end, Instant now) {
    Peer& peer = peers_.at(index);
    running_.reset();
    if (end != CompareEnd::failed) reached(index, now);
    peer.owing = end == CompareEnd::owed;
    peer.postponed = peer.owing || end == CompareEnd::later ? peer.postponed + 1 : 0;
    peer.due.reset();
    switch (end) {
        case CompareEnd::whole:
            if (peer.renewed) break;
            peer.whole = true;
            if (options_.interval > Instant{}) want(peer, now + options_.interval);
            break;
        case CompareEnd::partial:
        case CompareEnd::owed:
        case CompareEnd::later: want(peer, now + options_.soon); break;
        case CompareEnd::rewound: break;  // renewed_self() follows, or another process was quicker
        case CompareEnd::failed:
            lost(index, now);
            want(peer, now + std::min(options_.again, std::max(options_.interval, options_.soon)));
            break;
    }
    if (peer.renewed || end == CompareEnd::rewound) want(peer, now + options_.soon);
    peer.renewed = false;
}

std::optional<std::size_t> ComparePlan::next(Instant now) {
    for (Peer& peer : peers_) {
        if (!peer.lost_at || peer.mourned || now - *peer.lost_at <= options_.away) continue;
        peer.mourned = true;
        for (Peer& other : peers_)
            if (!other.lost_at) want(other, now);
    }
    if (running_) return std::nullopt;
    std::optional<std::size_t> first;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const auto& due = peers_[i].due;
        if (due && *due <= now && !held(peers_[i]) && (!first || *due < *peers_[*first].due))
            first = i;
    }
    running_ = first;
    return first;
}

std::optional<Instant> ComparePlan::next_wakeup() const {
    std::optional<Instant> out;
    const auto sooner = [&out](Instant at) {
        if (!out || at < *out) out = at;
    };
    for (const Peer& peer : peers_) {
        if (peer.due && !running_ && !held(peer)) sooner(*peer.due);
        if (peer.lost_at && !peer.mourned) sooner(*peer.lost_at + options_.away + Instant(1));
    }
    return out;
}

bool ComparePlan::impatient(std::size_t peer) const {
    return peers_.at(peer).postponed >= options_.patience;
}

bool ComparePlan::behind() const {
    return std::any_of(peers_.begin(), peers_.end(), [this](const Peer& peer) {
        return peer.owing && peer.postponed < options_.patience;
    });
}

void ComparePlan::not_recovered(Instant now) {
    recovering_ = true;
    const auto known =
        std::find_if(peers_.begin(), peers_.end(), [](const Peer& peer) { return !peer.excluded; });
    if (known == peers_.end()) return;
    known->whole = false;
    want(*known, now + options_.again);
}

bool ComparePlan::take_recovered() {
    const bool all = std::all_of(peers_.begin(), peers_.end(),
                                 [](const Peer& peer) { return peer.excluded || peer.whole; });
    if (!recovering_ || !all) return false;
    recovering_ = false;
    return true;
}

}  // namespace aimem::repl
