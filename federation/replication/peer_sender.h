// One peer, as its sender sees it: how far it has our feed, what is on its way, when to try again.
// Part of the replication machine: values in, values out. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/legacy/outgoing.h"
#include "federation/replication/events.h"
#include "federation/replication/feed_tail.h"
#include "federation/replication/wire.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aimem::repl {

inline constexpr std::chrono::milliseconds kRetryFirst{100};
inline constexpr std::chrono::milliseconds kRetryMax{5000};
inline constexpr std::chrono::seconds kSelfPause{60};  // a copy of our file may be thrown away
inline constexpr std::chrono::milliseconds kWideRoundTrip{
    2};  // above it several pushes fly at once
inline constexpr std::size_t kWindowMax = 4;
inline constexpr int kTriesBeforeParking = 3;

enum class PeerKind : std::uint8_t { unknown, ours, legacy };

struct InFlight {
    FeedRange range{};                 // what an ack counts for; expect() may shorten it
    std::vector<std::int64_t> seqs{};  // of the rows in the push
    std::size_t items = 0;             // list entries, for a peer of 0.6.3
    std::vector<std::string> ids{};
    bool strict = true;              // see LegacyBody
    bool whole = true;               // for a peer of 0.6.3 it says all there is to say
    std::vector<LegacyBody> rest{};  // to be sent when this is acknowledged, before it counts
    Instant sent_at{};
    std::int64_t acked_then =
        0;  // the cursor when it went: less than that the peer can only have seen if it lost data
};

struct OwnName {
    const Identity& self;
    const std::string& place;
    std::int64_t feed_end = 0;
};

class PeerSender {
public:
    PeerSender(std::size_t index, PeerCursor cursor);

    const PeerCursor& cursor() const noexcept { return cursor_; }
    PeerKind kind() const noexcept { return kind_; }
    bool is_self() const noexcept { return is_self_; }
    bool up() const noexcept { return failures_ == 0; }
    std::uint64_t acks() const noexcept { return acks_; }
    bool has(FeedRange range) const;  // acknowledged as a whole
    bool loading() const noexcept { return loading_; }
    void set_loading(bool on) noexcept { loading_ = on; }
    // Nothing of ours lies in this range, which reaches the end of the feed: no push for it alone,
    // the next one spans it.
    void set_quiet(FeedRange range) noexcept { quiet_ = range; }
    // Where a push from here must end: at the next range that is acknowledged or on its way.
    std::int64_t limit_from(std::int64_t from, std::int64_t feed_end) const;
    std::int64_t settled_to() const;  // everything of ours up to here is acknowledged

    // Where the next push should begin, if one may go now; `limit` is where it must end.
    std::optional<std::int64_t> next_from(Instant now, std::int64_t feed_end,
                                          std::int64_t& limit) const;
    // When to look again although nothing happens; only while something is left to send.
    std::optional<Instant> retry_at(std::int64_t feed_end) const;
    std::size_t rows_max() const noexcept;
    Tongue tongue() const noexcept;

    void sent(PushId id, InFlight push) { in_flight_.emplace(id, std::move(push)); }
    std::optional<InFlight> take(PushId id);

    struct Answer {
        bool acked = false;                   // the range counts, but for the rows in `refused`
        std::vector<std::int64_t> refused{};  // rows the peer would not take
        PeerAnswer otherwise =
            PeerAnswer::none;  // what waiting writes of the range learn when it does not count
        bool cursor_moved = false;
        bool go_on = false;  // with the rest of the push; nothing counts yet
        std::vector<Report> reports{};
        SeenOfFeed evidence{};  // of our history; empty: nothing to check
    };
    // Judges an answer or its absence, moves the cursor or sets the time of the next try.
    Answer settle(const InFlight& push, const PushDone& done, const OwnName& own, Instant now);

    // A write wants this peer now. False when it was found unreachable just before.
    bool wake(Instant now);
    // Somebody waits for these rows. A push of their place in the feed may have gone before that
    // was known, and without them, if a newer write of the same key had taken them out of the page:
    // such a push does not count for them, and they go again. The cursor may fall back for it.
    void expect(const std::vector<SharedRow>& rows);
    void heard() noexcept;
    // This node has a new epoch: answers to what is under way say nothing any more.
    void forget_in_flight();

private:
    Answer settle_reply(const InFlight& push, const PushReply& reply, const OwnName& own,
                        Instant now);
    Answer fail(PeerAnswer meaning, std::string why, std::chrono::milliseconds pause, Instant now);
    void learn(const PushReply& reply, Answer& answer);
    void acknowledge(FeedRange range, Answer& answer, Instant now, Instant sent_at);
    FeedRanges busy() const;  // acknowledged or on its way, beyond the cursor
    std::chrono::milliseconds backoff() const;

    std::size_t index_;
    PeerCursor cursor_;
    PeerKind kind_ = PeerKind::unknown;
    bool is_self_ = false;
    bool loading_ = false;
    bool history_checked_ = false;  // since the start, or since our identity changed
    FeedRanges acked_;              // beyond the cursor
    FeedRange quiet_{};
    std::map<PushId, InFlight> in_flight_;
    int failures_ = 0;                // in a row
    int refusals_ = 0;                // of the row right behind the cursor
    std::int64_t one_by_one_to_ = 0;  // a batch up to here was refused: find the row
    Instant failed_at_{};
    PeerAnswer last_failure_ = PeerAnswer::none;
    Instant retry_at_{};
    Instant not_before_{};    // it asked to be left alone until then (Retry-After)
    std::uint64_t acks_ = 0;  // pushes it acknowledged
    Instant round_trip_{};    // the least of late
};

}  // namespace aimem::repl
