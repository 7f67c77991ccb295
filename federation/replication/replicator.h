// The replication machine of one node: a sender for each peer over one feed, and the quorum writes
// that wait for them. All it knows comes in through step(); all it wants goes out as actions. No
// clock, socket, thread or file inside, so the simulator drives the same code as the node (design:
// replication.md 2.5, 5.1). SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/events.h"
#include "federation/replication/feed_tail.h"
#include "federation/replication/peer_sender.h"
#include "store/model/limits.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aimem::repl {

struct ReplicatorOptions {
    QuorumPolicy policy{};
    Identity self{};
    std::string place{};  // see place.h; empty: nowhere
    std::string agent_id{};
    std::map<std::string, SeenOfFeed> seen{};  // of other nodes' feeds, by node
    std::vector<PeerCursor> peers{};           // one for each peer URL, as read from the store
    std::chrono::milliseconds push_timeout{2000};
    std::size_t tail_bytes_max = std::size_t{4} << 20;
    std::size_t push_rows = limits::push_rows;    // of one push, as long as no group needs more
    std::size_t push_bytes = limits::push_bytes;  // the same
    std::size_t waiting_max = 4096;  // quorum writes at once; more are answered as timeout at once
};

// A row of the tail may have been overwritten since. Were it as old as the tombstones that are
// collected, it would come back from the dead: the tail begins anew each hour.
inline constexpr std::int64_t kTailAge = 3'600'000'000'000;

struct PeerStatus {  // for health, metrics and `sync status`
    std::string url{};
    std::string node{};
    PeerKind kind = PeerKind::unknown;
    bool up = true;
    bool self = false;         // it turned out to be this node, or a copy of its file
    std::int64_t lag = 0;      // feed positions not acknowledged
    std::int64_t settled = 0;  // everything of ours up to this position is
    std::uint64_t acks = 0;    // pushes it acknowledged, since the start
};

class Replicator {
public:
    explicit Replicator(ReplicatorOptions options);

    // `wall_now_ns` goes into the messages only (skew is measured, never obeyed).
    std::vector<Action> step(const Event& event, Instant now, std::int64_t wall_now_ns);
    // The same for what happened at one moment, e.g. all writes of one commit: they share a push.
    std::vector<Action> step(const std::vector<Event>& events, Instant now,
                             std::int64_t wall_now_ns);

    std::optional<Instant> next_wakeup() const;
    std::vector<PeerStatus> peers() const;
    std::size_t waiting() const noexcept { return waits_.size(); }
    std::int64_t feed_end() const noexcept { return feed_end_; }

private:
    struct Wait {
        FeedRange range{};
        AckTracker tracker;
        std::vector<SharedRow> rows{};
    };

    void on(const Committed& event);
    void on(const ForeignApplied& event);
    void on(const IdentityChanged& event);
    void on(const FeedMoved& event);
    void on(const RowsForgotten& event);
    void on(const PageLoaded& event);
    void on(const PushDone& event);
    void on(const PeerHeard& event);
    void on(const Tick& event);

    void read_anew();  // nothing is sent from memory that is there now
    void pump();       // starts every push that may go
    void pump(PeerSender& peer, std::size_t index);
    std::size_t rows_for(const PeerSender& peer) const;
    void load(PeerSender& peer, std::size_t index, std::int64_t from);
    void send(std::size_t index, FeedRange range, const std::vector<SharedRow>& rows);
    void send_told(std::size_t index, FeedRange range, const PageLoaded& loaded);
    void send_next(std::size_t index, InFlight push);
    void dispatch(std::size_t index, InFlight push, const std::string& lists,
                  const std::string& ops);
    bool lacks_waited(FeedRange range, const std::vector<FeedRow>& rows) const;
    void add_waited(FeedRange range, std::vector<SharedRow>& rows) const;
    void tell_waits(std::size_t peer, const InFlight& push, const PeerSender::Answer& answer);
    void resolve_settled();
    void report(std::vector<Report> reports);

    ReplicatorOptions options_;
    std::vector<PeerSender> peers_;
    FeedTail tail_;
    std::int64_t tail_begun_ = 0;  // by the clock on the wall; see kTailAge
    std::int64_t feed_end_ = 0;    // the newest position known
    std::map<Ticket, Wait> waits_;
    PushId next_push_ = 1;
    std::uint64_t lettings_go_ = 0;  // read_anew() so far
    Instant now_{};
    std::int64_t wall_now_ns_ = 0;
    std::vector<Action> actions_;
};

}  // namespace aimem::repl
