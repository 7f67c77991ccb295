// What happens to the replication core and what it wants done. The core is a machine: step(event)
// -> actions, with no clock, socket, thread or file inside; node.cc and the simulator are the
// shells around it. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/quorum/quorum.h"
#include "store/log/ranges.h"
#include "store/log/telling.h"
#include "store/store.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace aimem::repl {

using Ticket = std::uint64_t;  // one waiting quorum write
using PushId = std::uint64_t;

// --- events
struct Committed {  // this process committed own rows, at consecutive feed positions
    std::vector<FeedRow> rows{};
    std::vector<FeedRow> companions{};  // must arrive together with the rows
    std::optional<Ticket> ticket{};     // somebody waits for W copies of them
};
struct ForeignApplied {  // rows of a peer took these positions of our feed
    FeedRange range{};
    std::string node{};  // the peer, when it pushed in our way
    SeenOfFeed seen{};   // of its feed, from now on
};
struct IdentityChanged {  // this store has a new epoch: its history was broken
    Identity self{};
};
struct FeedMoved {  // another process may have written, or a comparison was noted
    std::int64_t next_seq = 1;
    std::int64_t fresh = 0;  // of this node's identity; 0: as it was
};
struct PageLoaded {
    std::size_t peer = 0;
    std::int64_t from = 0;
    std::optional<FeedPage> page{};          // nothing: the read failed
    std::map<std::string, RowNote> notes{};  // when they were asked for
    std::uint64_t lettings_go = 0;           // of the LoadPage
};
struct RowsForgotten {};  // this store has let go of rows: nobody is told of them any more
enum class PushEnd : std::uint8_t { answered, refused, timeout, broken };
struct PushDone {
    std::size_t peer = 0;
    PushId id = 0;
    PushEnd end = PushEnd::broken;
    int status = 0;      // of an answered push
    std::string body{};  // the answer, or why there is none
    std::optional<std::chrono::milliseconds> retry_after{};
};
struct PeerHeard {  // a peer pushed to us: it is alive, whatever we thought
    std::string node{};
};
struct Tick {};

using Event = std::variant<Committed, ForeignApplied, IdentityChanged, FeedMoved, PageLoaded,
                           RowsForgotten, PushDone, PeerHeard, Tick>;

// --- actions
struct SendPush {
    std::size_t peer = 0;
    PushId id = 0;
    std::string body{};
    std::string idempotency_key{};
    std::chrono::milliseconds timeout{};
};
struct LoadPage {
    std::size_t peer = 0;
    std::int64_t from = 0;
    std::size_t rows_max = 0;
    std::size_t bytes_max = 0;
    bool notes = false;  // the peer is of 0.6.3: rows_to_tell, with these
    std::vector<WaitedRow> waited{};
    std::uint64_t lettings_go = 0;  // so far; what was read before the next one is not sent
};
struct SaveCursor {
    PeerCursor cursor{};
};
struct Resolve {
    Ticket ticket = 0;
    QuorumOutcome outcome{};
};
// A peer has seen this of our feed. If the store does not know of it (contradicts_history), it was
// restored from a backup and needs a new identity.
struct CheckHistory {
    SeenOfFeed seen{};
};
struct Report {  // for the log and the metrics
    enum class What : std::uint8_t {
        peer_up,
        peer_down,
        parked,
        self_in_peers,
        twin,     // a peer runs on a copy of this node's file
        rewound,  // a peer has lost rows, or has a new identity
    };
    What what = What::peer_up;
    std::size_t peer = 0;
    std::string why{};
    std::vector<std::int64_t> seqs{};  // parked: of the rows
};

using Action = std::variant<SendPush, LoadPage, SaveCursor, Resolve, CheckHistory, Report>;

}  // namespace aimem::repl
