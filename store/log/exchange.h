// What stores exchange: who they are, pages of a feed, deliveries and what became of them, cursors
// and digests. Values only. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/change.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aimem {

// Who this store is toward its peers. A new epoch (and tag) means: my feed's history is broken,
// read it anew.
struct Identity {
    std::string node{};   // uuid, made with the file
    std::string epoch{};  // 16 hex digits
    int tag = 0;          // 0..999, the last digits of every stamp made here
    std::int64_t next_seq = 1;
    std::int64_t base = 0;     // positions up to it were taken under earlier epochs
    bool recovering = false;   // may lack what it once had; whole when compared with every peer
    std::int64_t horizon = 0;  // ns: tombstones stamped up to it may have been collected here
    // ns: it has had every deletion stamped up to here, for all it knows. Equal to every peer since
    // then, or to one that said so of itself.
    std::int64_t fresh = 0;
};

// What one node has of another's feed; tells a node restored from a backup that it is one.
struct SeenOfFeed {
    std::string epoch{};     // under which the feed was last heard; empty: never
    std::int64_t seen = 0;   // contiguous
    std::string key{};       // of the last row of the sender's own that came in order
    std::int64_t stamp = 0;  // of that row
};

struct Rejected {
    std::int64_t seq = 0;  // the sender's
    std::string why{};
};

// Changes from a peer of our kind: rows of its feed that lie in (from, to].
struct Delivery {
    std::string sender{};  // node uuid
    std::string epoch{};
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::vector<FeedRow> rows{};
    std::int64_t base = 0;               // the sender's; see Identity
    std::vector<Rejected> unreadable{};  // rows that are no changes at all
    SeenOfFeed you{};                // what the sender has of this store's feed, where it says so
    std::int64_t fresh = INT64_MAX;  // the sender's, where it says so; see Identity
    std::int64_t under = -1;         // of a repair: the receiver's horizon when both were compared
};

// Positions of this store's feed that one job took: (from, to]; empty when from == to.
struct SeqSpan {
    std::int64_t from = 0;
    std::int64_t to = 0;
};

struct Accepted {
    std::size_t applied = 0;
    std::size_t noop = 0;  // older than or equal to what is here
    std::vector<Rejected> rejected{};
    std::int64_t seen = 0;  // of the sender's feed, contiguous, under its epoch
    SeqSpan span{};
    SeenOfFeed before{};  // what was known of the sender's feed until now
    // Nothing was stored: some of this may have been deleted and forgotten here, since the sender
    // was away for too long, or just now, while it compared. It must compare (again) first.
    bool too_old = false;
};

struct PeerCursor {  // how far a peer has this store's feed
    std::string url{};
    std::string node{};   // empty until it has answered
    std::string epoch{};  // the peer's own
    std::int64_t acked = 0;
};

struct FeedPage {
    std::vector<FeedRow>
        rows{};             // with the closure of their groups, which may lie outside (from, to]
    std::int64_t from = 0;  // everything in (from, to] that is ours is among the rows
    std::int64_t to = 0;
    bool more = false;
};

struct Digest {
    std::uint64_t sum = 0;   // of hash64(key, stamp, sig, state) over the registers
    std::int64_t count = 0;  // registers, tombstones included
};

struct DigestPart {  // keys in [lo, hi)
    std::string lo{};
    std::string hi{};
    Digest digest{};
};

}  // namespace aimem
