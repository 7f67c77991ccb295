#include "tests/model/reference.h"

#include <algorithm>

namespace aimem::model {
namespace {

constexpr std::int64_t kStep = 1000;                 // ns
constexpr std::int64_t kBelievable = 5'000'000'000;  // ns that others may be ahead

std::int64_t floored(std::int64_t ns) {
    return ns / kStep * kStep;
}

}  // namespace

Reference::Reference(std::string node, std::string epoch, int tag, Mutant mutant)
    : node_(std::move(node)),
      epoch_(std::move(epoch)),
      tag_(tag),
      mutant_(mutant) {}

std::int64_t Reference::next_stamp(const std::string& key, std::int64_t now) {
    std::int64_t base = std::max(clock_ + kStep, floored(now));
    const auto old = rows_.find(key);
    if (old != rows_.end() && mutant_ != Mutant::no_domination)
        base = std::max(base, floored(old->second.version.stamp) + kStep);
    clock_ = base <= now + kBelievable ? base : std::max(clock_, floored(now));
    return base + tag_;
}

void Reference::tick(std::int64_t now) {
    next_stamp({}, now);
}

void Reference::observe(std::int64_t stamp, std::int64_t now) {
    clock_ = std::max(clock_, floored(std::min(stamp, now + kBelievable)));
}

bool Reference::put(const Change& change, bool own) {
    auto& members = groups_[change.key];  // also of a version that comes late
    bool news = false;
    for (const GroupMember& one : change.group) {
        std::int64_t& known = members[one.key];
        news = news || known < one.stamp;
        known = std::max(known, one.stamp);
    }
    const auto old = rows_.find(change.key);
    if (old != rows_.end() && change.version <= old->second.version &&
        mutant_ != Mutant::arrival_wins)
        return news;
    rows_[change.key] = {change.version, change.state, next_seq_++, own};
    return true;
}

std::vector<std::int64_t> Reference::write(const std::vector<Wish>& wishes,
                                           const std::vector<std::int64_t>& sigs,
                                           std::int64_t now) {
    std::vector<std::int64_t> stamps;
    for (const Wish& wish : wishes) stamps.push_back(next_stamp(wish.key, now));
    for (std::size_t i = 0; i < wishes.size(); ++i) {
        Change change{wishes[i].key, wishes[i].state, {stamps[i], sigs[i]}, {}, {}};
        for (std::size_t j = 1; i == 0 && j < wishes.size(); ++j)
            change.group.push_back({wishes[j].key, stamps[j]});
        observe(change.version.stamp, now);
        put(change, true);
    }
    return stamps;
}

std::set<std::string> Reference::closure(std::set<std::string> keys) const {
    if (mutant_ == Mutant::no_closure) return keys;
    for (std::size_t before = 0; before != keys.size();) {
        before = keys.size();
        for (const auto& [head, members] : groups_) {
            const bool hit = (keys.contains(head) && rows_.contains(head)) ||
                             std::any_of(members.begin(), members.end(), [&](const auto& member) {
                                 const auto row = rows_.find(member.first);
                                 return keys.contains(member.first) && row != rows_.end() &&
                                        row->second.version.stamp == member.second;
                             });
            if (!hit) continue;
            keys.insert(head);
            for (const auto& [key, stamp] : members) keys.insert(key);
        }
    }
    return keys;
}

Delivery Reference::shipment(const std::set<std::string>& keys) const {
    Delivery out{node_, epoch_, 0, 0, {}, base_};
    for (const std::string& key : closure(keys)) {
        const auto row = rows_.find(key);
        if (row == rows_.end()) continue;
        Change change{key, row->second.state, row->second.version, {}, {}};
        const auto group = groups_.find(key);
        if (group != groups_.end())
            for (const auto& [member, stamp] : group->second)
                change.group.push_back({member, stamp});
        out.rows.push_back({row->second.seq, std::move(change)});
    }
    return out;
}

Delivery Reference::rows_of(const std::vector<std::string>& keys) const {
    return shipment({keys.begin(), keys.end()});
}

Delivery Reference::page(std::int64_t from, std::size_t rows_max) const {
    std::map<std::int64_t, std::string> own;
    for (const auto& [key, row] : rows_)
        if (row.own && row.seq > from) own[row.seq] = key;
    const bool more = own.size() > rows_max;
    std::set<std::string> keys;
    std::int64_t to = from;
    for (const auto& [seq, key] : own) {
        if (keys.size() == rows_max) break;
        keys.insert(key);
        to = seq;
    }
    Delivery out = shipment(keys);
    out.from = from;
    // What lies behind its last own row is not for others.
    out.to = more && mutant_ != Mutant::page_too_far ? to : std::max(from, next_seq_ - 1);
    return out;
}

// How far that feed is here without a gap; true when that has changed.
bool Reference::note_seen(const Delivery& delivery) {
    const auto heard = seen_.find(delivery.sender);
    const bool never = heard == seen_.end();
    const bool same = !never && heard->second.first == delivery.epoch;
    const std::int64_t before = same ? heard->second.second : delivery.base;
    std::int64_t reached = before;
    auto& early = early_[delivery.sender + "/" + delivery.epoch];
    if (delivery.from <= before) {
        reached = std::max(before, delivery.to);
        for (bool grown = true; grown;) {
            grown = false;
            for (const auto& [from, to] : early)
                if (from <= reached && to > reached) {
                    reached = to;
                    grown = true;
                }
        }
    }
    early.emplace_back(delivery.from, delivery.to);
    early.emplace_back(0, reached);
    if (reached == before && (same || (never && reached == 0))) return false;
    seen_[delivery.sender] = {delivery.epoch, reached};
    return true;
}

std::int64_t Reference::accept(const Delivery& delivery, std::int64_t now) {
    const std::int64_t clock_before = clock_;
    bool written = false;
    for (const FeedRow& row : delivery.rows) {
        if (mutant_ != Mutant::no_observation) observe(row.change.version.stamp, now);
        written = put(row.change, false) || written;
    }
    written = note_seen(delivery) || written;
    if (!written) clock_ = clock_before;  // nothing went to the disk, the clock neither
    const auto heard = seen_.find(delivery.sender);
    return heard == seen_.end() ? 0 : heard->second.second;
}

void Reference::acknowledged(const std::string& peer, const Delivery& delivery) {
    auto& cursor = cursors_[peer];
    if (delivery.epoch == epoch_ && delivery.from <= cursor) cursor = std::max(cursor, delivery.to);
}

std::int64_t Reference::cursor(const std::string& peer) const {
    const auto found = cursors_.find(peer);
    return found == cursors_.end() ? 0 : found->second;
}

SeenOfFeed Reference::seen(const std::string& peer) const {
    const auto heard = seen_.find(peer);
    if (heard == seen_.end()) return {};
    return {heard->second.first, heard->second.second, {}, 0};
}

bool Reference::contradicted_by(const SeenOfFeed& seen) const {
    if (seen.epoch.empty()) return false;
    if (seen.epoch == epoch_) return seen.seen >= next_seq_;
    return !past_epochs_.contains(seen.epoch);
}

void Reference::renew(std::string epoch, std::uint64_t draw) {
    past_epochs_.insert(epoch_);
    epoch_ = std::move(epoch);
    if (mutant_ != Mutant::same_tag)
        tag_ = static_cast<int>((static_cast<std::uint64_t>(tag_) + 1 + draw % 999) % 1000);
    base_ = next_seq_ - 1;
    early_.clear();  // it is a new process
}

View Reference::view() const {
    View out;
    for (const auto& [key, row] : rows_) out[key] = {row.version, row.state};
    return out;
}

std::vector<std::string> lacking(const View& from, const View& to) {
    std::vector<std::string> out;
    for (const auto& [key, row] : from) {
        const auto there = to.find(key);
        if (there == to.end() || there->second.first < row.first) out.push_back(key);
    }
    return out;
}

}  // namespace aimem::model
