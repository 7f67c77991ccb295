// The rules of replication once more, as short as they can be said: registers in a map, no file, no
// wire. What the real core does is held against it step by step (lockstep.h). Not in it: what a
// register shows (tables, links, title clashes), 0.6.3, collecting tombstones, votes.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/exchange.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace aimem::model {

// Deliberate mistakes of the model: each must be noticed.
enum class Mutant : std::uint8_t {
    none,
    no_closure,      // groups are shipped in pieces
    same_tag,        // a restored node keeps its tag
    no_domination,   // a stamp need not lie above the one it overwrites
    no_observation,  // stamps of others do not move the clock
    arrival_wins,    // whatever comes last stays
    page_too_far,    // a full page claims to reach the end
};
inline constexpr int kMutants = static_cast<int>(Mutant::page_too_far) + 1;

struct Wish {  // of a write; the first of several heads their group
    std::string key{};
    State state = State::live;
};

using View = std::map<std::string, std::pair<Version, State>>;

class Reference {  // a node; copying it is a backup
public:
    Reference(std::string node, std::string epoch, int tag, Mutant mutant);

    // `sigs` are those of the values, one a wish. The stamps they get.
    std::vector<std::int64_t> write(const std::vector<Wish>& wishes,
                                    const std::vector<std::int64_t>& sigs, std::int64_t now);
    void tick(std::int64_t now);  // a stamp for something that is no register here

    Delivery page(std::int64_t from, std::size_t rows_max) const;     // of its own feed
    Delivery rows_of(const std::vector<std::string>& keys) const;     // with their groups
    std::int64_t accept(const Delivery& delivery, std::int64_t now);  // what it has of that feed
    void acknowledged(const std::string& peer, const Delivery& delivery);
    std::int64_t cursor(const std::string& peer) const;

    SeenOfFeed seen(const std::string& peer) const;  // epoch and number only
    bool contradicted_by(const SeenOfFeed& seen) const;
    void renew(std::string epoch, std::uint64_t draw);  // after a restore

    View view() const;
    const std::string& node() const noexcept { return node_; }
    const std::string& epoch() const noexcept { return epoch_; }
    int tag() const noexcept { return tag_; }
    std::int64_t clock() const noexcept { return clock_; }
    std::int64_t next_seq() const noexcept { return next_seq_; }

private:
    struct Row {
        Version version{};
        State state = State::live;
        std::int64_t seq = 0;
        bool own = false;
    };
    using Range = std::pair<std::int64_t, std::int64_t>;  // (first, second]

    std::int64_t next_stamp(const std::string& key, std::int64_t now);
    void observe(std::int64_t stamp, std::int64_t now);
    bool put(const Change& change, bool own);
    std::set<std::string> closure(std::set<std::string> keys) const;
    Delivery shipment(const std::set<std::string>& keys) const;
    bool note_seen(const Delivery& delivery);

    std::string node_;
    std::string epoch_;
    int tag_;
    Mutant mutant_;
    std::int64_t clock_ = 0;  // ns
    std::int64_t next_seq_ = 1;
    std::int64_t base_ = 0;
    std::map<std::string, Row> rows_;
    std::map<std::string, std::map<std::string, std::int64_t>> groups_;  // head -> member -> stamp
    std::map<std::string, std::int64_t> cursors_;                        // by peer
    std::map<std::string, std::pair<std::string, std::int64_t>> seen_;   // peer -> epoch, place
    std::map<std::string, std::vector<Range>> early_;                    // peer/epoch -> arrived
    std::set<std::string> past_epochs_;
};

// The keys that `from` has and `to` lacks or has older.
std::vector<std::string> lacking(const View& from, const View& to);

}  // namespace aimem::model
