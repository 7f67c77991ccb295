// One comparison of this node's whole state with a peer's, both ways: at its end both hold
// everything either held when it began. A machine like the Replicator: step(event) -> the one thing
// to do next; no clock, socket, thread or file inside (design: replication.md 2.8, 5.1).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/events.h"
#include "federation/replication/repair.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <variant>
#include <vector>

namespace aimem::repl {

inline constexpr std::size_t kDigestParts = 64;
inline constexpr std::size_t kRangesMax = 4096;  // looked into in one comparison
inline constexpr std::size_t kOwnListingRows = 4096;
inline constexpr std::int64_t kOwedMax = 1024;                   // more of a feed to come: not yet
inline constexpr std::int64_t kFreshMargin = 3'600'000'000'000;  // ns clocks may be apart

// What became of it.
enum class CompareEnd : std::uint8_t {
    whole,    // both have everything
    partial,  // some rows were refused, or there was too much: the next one goes on
    later,    // the time is wrong; `why` says more
    owed,     // so is it: the peer's feed is still bringing what is missing here
    rewound,  // this file is older than what the peer knows of it: it needs a new identity
    failed,   // the peer does not speak this, or broke off
};

// --- events
struct CompareBegins {
    Identity self{};
    std::int64_t acknowledged = 0;  // store/log/upkeep.h
    std::int64_t lag = 0;           // positions of our feed the peer has not acknowledged
};
struct PeerSaid {  // a 200 to what was asked or pushed
    std::string body{};
};
struct OwnDigests {
    std::vector<Digest> digests{};
};
struct OwnListing {
    Listing listing{};
};
struct OwnChanges {
    SomeChanges some{};
    SeenOfFeed seen{};  // of the feed of the node that was asked for
};
struct HistoryChecked {
    bool contradicted = false;
};
struct RowsKept {  // stored, or forgotten: on disk
    std::size_t rejected = 0;
};
struct CompareBroke {  // whatever was wanted could not be had
    std::string why{};
    bool unspoken = false;  // the peer has no such path: it is of 0.6.3
};
using CompareEvent = std::variant<CompareBegins, PeerSaid, OwnDigests, OwnListing, OwnChanges,
                                  HistoryChecked, RowsKept, CompareBroke>;

// --- actions
struct AskDigest {
    std::int64_t cut = 0;
};
struct AskParts {
    KeyRange range{};
    std::int64_t cut = 0;
};
struct AskListing {
    KeyRange range{};
};
struct AskRows {
    std::vector<std::string> keys{};
};
struct PushRows {
    std::string body{};  // of a sync/push
    std::string idempotency_key{};
};
struct ReadDigests {
    std::vector<KeyRange> ranges{};
    std::int64_t cut = 0;
};
struct ReadListing {
    KeyRange range{};
    std::size_t rows_max = 0;
};
struct ReadChanges {
    std::vector<std::string> keys{};
    std::size_t bytes_max = 0;
    std::string node{};  // the peer
};
struct KeepRows {
    Delivery delivery{};
};
struct ForgetRows {
    std::vector<Forgettable> rows{};
};
struct CompareDone {
    CompareEnd end = CompareEnd::failed;
    std::string why{};
    bool unspoken = false;     // see CompareBroke
    Contact contact{};         // to be noted when whole
    std::int64_t horizon = 0;  // with it
    SeenOfFeed evidence{};     // of a rewind
    std::size_t sent = 0;
    std::size_t received = 0;
    std::size_t forgotten = 0;
};
using CompareAction =
    std::variant<AskDigest, AskParts, AskListing, AskRows, PushRows, ReadDigests, ReadListing,
                 ReadChanges, CheckHistory, KeepRows, ForgetRows, CompareDone>;

class Comparison {
public:
    // An impatient one does not wait for what feeds still owe.
    enum class Patience : std::uint8_t { patient, impatient };
    explicit Comparison(std::string agent_id, Patience patience = Patience::patient,
                        std::int64_t fresh_margin = kFreshMargin);

    // Begins with CompareBegins; after CompareDone nothing more may come.
    CompareAction step(CompareEvent event, std::int64_t wall_now_ns);

private:
    enum class Awaits : std::uint8_t {
        begin,
        digest,
        history,
        own_digest,
        parts,
        own_parts,
        listing,
        own_listing,
        changes,
        pushed,
        rows,
        kept
    };

    CompareAction on(CompareBegins& event);
    CompareAction on(PeerSaid& event);
    CompareAction on(OwnDigests& event);
    CompareAction on(OwnListing& event);
    CompareAction on(OwnChanges& event);
    CompareAction on(HistoryChecked& event);
    CompareAction on(RowsKept& event);
    CompareAction on(CompareBroke& event);

    CompareAction heard_digest(const std::string& body);
    CompareAction heard_parts(const std::string& body);
    CompareAction heard_listing(const std::string& body);
    CompareAction heard_push(const std::string& body);
    CompareAction heard_rows(const std::string& body);
    CompareAction look();  // at the whole, or not at all
    CompareAction next();  // of all that is left to do
    CompareAction done(CompareEnd end, std::string why);
    CompareAction await(Awaits what, CompareAction action);

    std::string agent_id_;
    Patience patience_;
    std::int64_t margin_;
    std::int64_t wall_now_ns_ = 0;
    Awaits awaits_ = Awaits::begin;
    Identity self_{};
    std::int64_t lag_ = 0;
    DigestAnswer peer_{};
    VerdictRules rules_{};
    std::vector<DigestPart> parts_{};
    KeyRange range_{};  // being listed
    Listing theirs_{};  // of it
    std::deque<KeyRange> to_split_{};
    std::deque<KeyRange> to_list_{};
    Verdict verdict_{};      // what is left of it
    std::size_t asked_ = 0;  // keys in the request under way
    std::size_t looked_ = 0;
    bool partial_ = false;
    CompareDone outcome_{};
};

}  // namespace aimem::repl
