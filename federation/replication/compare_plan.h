// When to compare with which peer (design: replication.md 2.8): at the start, when a peer is back
// after a while, when it or this node has a new identity, when a third node has gone (its rows may
// be here only), else in turn each interval. And how far the recovery of this node is. A machine
// without a clock: the time is passed in. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/quorum/quorum.h"
#include "federation/replication/comparison.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace aimem::repl {

struct ComparePlanOptions {
    std::size_t peers = 0;
    Instant interval{};  // 0: none, but for what recovery needs
    Instant away = std::chrono::seconds(10);
    Instant soon = std::chrono::seconds(1);   // until the rest of a comparison, or a better time
    Instant again = std::chrono::seconds(5);  // at most, after one that failed
    std::size_t patience = 30;                // times "later" in a row
};

class ComparePlan {
public:
    ComparePlan(ComparePlanOptions options, Instant now, bool recovering);

    // --- what happens; `index` is that of a peer
    void reached(std::size_t index, Instant now);  // it answered, or it pushed to us
    void lost(std::size_t index, Instant now);
    void renewed(std::size_t index, Instant now);  // it has a new identity
    void renewed_self(Instant now);                // so have we: recovery begins
    void legacy(std::size_t index);                // of 0.6.3, or this node itself: not to compare
    void ours(std::size_t index, Instant now);     // no longer so: it was upgraded
    void ended(std::size_t index, CompareEnd end, Instant now);

    // --- what to do
    // The peer to compare with now; one at a time, so nothing until it has ended.
    std::optional<std::size_t> next(Instant now);
    std::optional<Instant> next_wakeup() const;
    bool impatient(std::size_t peer) const;  // it has waited long enough for feeds
    // Some peer's feed still brings much: until it has, the others are not compared with, which
    // would bring the same rows again.
    bool behind() const;
    // True once after every peer was compared with since the recovery began.
    bool take_recovered();
    void not_recovered(Instant now);  // that could not be noted: once more, a little later
    bool recovering() const noexcept { return recovering_; }

private:
    struct Peer {
        std::optional<Instant> due{};
        std::optional<Instant> lost_at{};
        bool mourned = false;  // its absence has made the others compare
        bool excluded = false;
        bool whole = false;    // since the recovery began
        bool renewed = false;  // while a comparison was under way
        std::size_t postponed = 0;
        bool owing = false;  // that was the reason, the last time
    };
    void want(Peer& peer, Instant at);
    bool wanted(const Peer& peer) const;
    bool held(const Peer& peer) const { return !peer.owing && behind(); }

    ComparePlanOptions options_;
    std::vector<Peer> peers_;
    std::optional<std::size_t> running_{};
    bool recovering_;
};

}  // namespace aimem::repl
