#include "federation/replication/comparison.h"

#include "federation/replication/wire.h"
#include "store/log/planted.h"
#include "store/model/limits.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace aimem::repl {
namespace {

// The first of `keys` that one request takes; they stay in the list until it is through.
std::vector<std::string> first_of(const std::vector<std::string>& keys) {
    const std::size_t count = std::min(keys.size(), limits::push_rows);
    return {keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count)};
}

void drop_first(std::vector<std::string>& keys, std::size_t count) {
    keys.erase(keys.begin(),
               keys.begin() + static_cast<std::ptrdiff_t>(std::min(count, keys.size())));
}

std::string_view key_of(const Change& change) {
    return change.key;
}
std::string_view key_of(const FeedRow& row) {
    return row.change.key;
}

// Whether all of the first `count` keys are among the rows: what was collected meanwhile is not,
// and then nobody can say that both have everything.
template <typename Row>
bool all_there(const std::vector<std::string>& keys, std::size_t count,
               const std::vector<Row>& rows) {
    std::unordered_set<std::string_view> there;
    for (const auto& row : rows) there.insert(key_of(row));
    return std::all_of(keys.begin(),
                       keys.begin() + static_cast<std::ptrdiff_t>(std::min(count, keys.size())),
                       [&](const std::string& key) { return there.contains(key); }) ||
           planted(Fault::missing_is_equal);
}

void drop_behind(std::vector<Listed>& rows, const std::string& last) {
    while (!rows.empty() && rows.back().key > last) rows.pop_back();
}

}  // namespace

Comparison::Comparison(std::string agent_id, Patience patience, std::int64_t fresh_margin)
    : agent_id_(std::move(agent_id)),
      patience_(patience),
      margin_(fresh_margin) {}

CompareAction Comparison::step(CompareEvent event, std::int64_t wall_now_ns) {
    wall_now_ns_ = wall_now_ns;
    return std::visit([this](auto& one) { return on(one); }, event);
}

CompareAction Comparison::await(Awaits what, CompareAction action) {
    awaits_ = what;
    return action;
}

CompareAction Comparison::done(CompareEnd end, std::string why) {
    outcome_.end = end;
    outcome_.why = std::move(why);
    return std::move(outcome_);
}

CompareAction Comparison::on(CompareBegins& event) {
    self_ = std::move(event.self);
    rules_.acknowledged = event.acknowledged;
    lag_ = event.lag;
    return await(Awaits::digest, AskDigest{self_.horizon});
}

CompareAction Comparison::on(PeerSaid& event) {
    switch (awaits_) {
        case Awaits::digest: return heard_digest(event.body);
        case Awaits::parts: return heard_parts(event.body);
        case Awaits::listing: return heard_listing(event.body);
        case Awaits::pushed: return heard_push(event.body);
        case Awaits::rows: return heard_rows(event.body);
        default: throw std::logic_error("an answer nobody asked for");
    }
}

CompareAction Comparison::on(CompareBroke& event) {
    outcome_.unspoken = event.unspoken;
    return done(CompareEnd::failed, std::move(event.why));
}

CompareAction Comparison::heard_digest(const std::string& body) {
    auto answer = decode_digest(body);
    if (!answer) return done(CompareEnd::failed, answer.error().message);
    peer_ = std::move(*answer);
    if (peer_.node.node.empty() || peer_.now == 0)
        return done(CompareEnd::failed, "the peer does not compare");
    if (peer_.node.node == self_.node)
        return done(CompareEnd::failed, "the peer bears this node's own name");
    outcome_.contact = {peer_.node.node, peer_.node.epoch, self_.next_seq - 1, peer_.now,
                        peer_.node.fresh};
    outcome_.horizon = peer_.node.horizon;
    if (!peer_.you.epoch.empty()) return await(Awaits::history, CheckHistory{peer_.you});
    return look();
}

CompareAction Comparison::on(HistoryChecked& event) {
    outcome_.evidence = peer_.you;
    if (event.contradicted)
        return done(CompareEnd::rewound, "the peer has seen more of this node than there is");
    return look();
}

CompareAction Comparison::look() {
    const auto too_old = [this](const Identity& old, const Identity& other) {
        return other.horizon > 0 && old.fresh < other.horizon + margin_ &&
               !planted(Fault::long_absence_unnoticed);
    };
    const bool patient = patience_ == Patience::patient;
    if (peer_.owes > kOwedMax && patient)
        return done(CompareEnd::owed, "the peer's feed is still on its way");
    // What a feed brings is not to be sent a second time, by whoever compares first.
    if ((lag_ > kOwedMax || peer_.behind) && patient)
        return done(CompareEnd::later, "feeds are still on their way to the peer");
    rules_.our_horizon = self_.horizon;
    rules_.peer_horizon = peer_.node.horizon;
    rules_.stale = too_old(self_, peer_.node);
    const bool peer_stale = too_old(peer_.node, self_);
    if (rules_.stale && peer_stale)
        return done(CompareEnd::later,
                    "both nodes have collected tombstones since they last met: one of them must "
                    "begin anew with an empty file");
    if (peer_stale)
        return done(CompareEnd::later, "the peer was away for too long: it must take our state");
    if (rules_.stale && peer_.node.recovering && !planted(Fault::recovering_peer_believed))
        return done(CompareEnd::later,
                    "this node was away for too long, and the peer is not whole");
    return await(Awaits::own_digest, ReadDigests{{KeyRange{}}, peer_.cut});
}

CompareAction Comparison::on(OwnDigests& event) {
    if (awaits_ == Awaits::own_digest) {
        const Digest& own = event.digests.at(0);
        if (own.sum == peer_.digest.sum && own.count == peer_.digest.count)
            return done(CompareEnd::whole, {});
        to_split_.emplace_back();
        return next();
    }
    Differences found = differences(parts_, event.digests);
    std::move(found.to_list.begin(), found.to_list.end(), std::back_inserter(to_list_));
    std::move(found.to_split.begin(), found.to_split.end(), std::back_inserter(to_split_));
    return next();
}

// What was judged first, then lists, then whatever must be split: little is held at any time.
CompareAction Comparison::next() {
    // Requests are worth their way when they are full, or nothing more is listed.
    const bool all = to_list_.empty();
    const auto full = [all](const std::vector<std::string>& keys) {
        return keys.size() >= limits::push_rows || (all && !keys.empty());
    };
    if (!verdict_.forget.empty()) {
        outcome_.forgotten += verdict_.forget.size();
        return await(Awaits::kept, ForgetRows{std::exchange(verdict_.forget, {})});
    }
    if (full(verdict_.fetch)) {
        auto keys = first_of(verdict_.fetch);
        asked_ = keys.size();
        return await(Awaits::rows, AskRows{std::move(keys)});
    }
    if (full(verdict_.send))
        return await(Awaits::changes,
                     ReadChanges{first_of(verdict_.send), limits::push_bytes, peer_.node.node});
    auto& ranges = to_list_.empty() ? to_split_ : to_list_;
    if (ranges.empty())
        return done(partial_ ? CompareEnd::partial : CompareEnd::whole,
                    partial_ ? "some rows were refused, or gone meanwhile" : "");
    if (looked_++ == kRangesMax) return done(CompareEnd::partial, "the rest next time");
    const bool list = &ranges == &to_list_;
    range_ = std::move(ranges.front());
    ranges.pop_front();
    return list ? await(Awaits::listing, AskListing{range_})
                : await(Awaits::parts, AskParts{range_, peer_.cut});
}

CompareAction Comparison::heard_parts(const std::string& body) {
    auto parts = decode_parts(body);
    if (!parts) return done(CompareEnd::failed, parts.error().message);
    // A range that the peer did not split though it is long would come back for ever.
    if (parts->size() == 1 && parts->front().digest.count > kListedKeys)
        return done(CompareEnd::failed, "the peer does not split its state");
    parts_ = std::move(*parts);
    std::vector<KeyRange> ranges;
    for (const DigestPart& part : parts_) ranges.push_back({part.lo, part.hi});
    return await(Awaits::own_parts, ReadDigests{std::move(ranges), peer_.cut});
}

CompareAction Comparison::heard_listing(const std::string& body) {
    auto listing = decode_listing(body);
    if (!listing) return done(CompareEnd::failed, listing.error().message);
    theirs_ = std::move(*listing);
    return await(Awaits::own_listing, ReadListing{range_, kOwnListingRows});
}

CompareAction Comparison::on(OwnListing& event) {
    Listing& ours = event.listing;
    if (ours.more || theirs_.more) {
        // Only as far as both lists reach; the rest is listed next.
        std::string last;
        if (theirs_.more) last = theirs_.rows.back().key;
        if (ours.more && (last.empty() || ours.rows.back().key < last)) last = ours.rows.back().key;
        drop_behind(ours.rows, last);
        drop_behind(theirs_.rows, last);
        last.push_back('\x01');  // stands in no key: the least that lies behind the last one
        to_list_.push_front({std::move(last), range_.hi});
    }
    judge(ours.rows, theirs_.rows, rules_, verdict_);
    return next();
}

CompareAction Comparison::on(OwnChanges& event) {
    if (!all_there(verdict_.send, event.some.taken, event.some.changes)) partial_ = true;
    drop_first(verdict_.send, std::max<std::size_t>(event.some.taken, 1));
    if (event.some.changes.empty()) return next();
    std::string ops;
    for (const Change& change : event.some.changes) {
        if (!ops.empty()) ops += ',';
        const FeedRow row{0, change};
        ops += encode_row(row);
    }
    asked_ = event.some.changes.size();
    PushHead head{agent_id_, self_, wall_now_ns_, 0, 0};
    head.you = event.seen;
    head.under = peer_.node.horizon;
    return await(Awaits::pushed,
                 PushRows{encode_push(head, Tongue::ours, {}, ops), self_.epoch + "-repair"});
}

CompareAction Comparison::heard_push(const std::string& body) {
    const PushReply reply = decode_reply(body, 0, {});
    if (reply.kind != PushReply::Kind::ours || !reply.durable)
        return done(CompareEnd::failed, "the peer did not take a repair: " + reply.why);
    partial_ = partial_ || !reply.rejected.empty();
    outcome_.sent += asked_;
    return next();
}

CompareAction Comparison::heard_rows(const std::string& body) {
    auto answer = decode_rows(body);
    if (!answer) return done(CompareEnd::failed, answer.error().message);
    if (answer->delivery.sender != peer_.node.node || answer->taken == 0)
        return done(CompareEnd::failed, "the peer sent other rows than it was asked for");
    const std::size_t taken = std::min(answer->taken, asked_);
    if (!all_there(verdict_.fetch, taken, answer->delivery.rows)) partial_ = true;
    drop_first(verdict_.fetch, taken);
    partial_ = partial_ || answer->garbled > 0;
    if (answer->delivery.rows.empty()) return next();
    outcome_.received += answer->delivery.rows.size();
    answer->delivery.under = self_.horizon;
    return await(Awaits::kept, KeepRows{std::move(answer->delivery)});
}

CompareAction Comparison::on(RowsKept& event) {
    partial_ = partial_ || event.rejected > 0;
    return next();
}

}  // namespace aimem::repl
