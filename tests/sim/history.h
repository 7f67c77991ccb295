// What the checker remembers of a run: every value that was issued, every answered write and who
// holds it, every atomic group (design: replication.md 5.3). A broken promise is thrown as
// Violation. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/upkeep.h"
#include "tests/sim/member.h"
#include "tests/sim/old_peer.h"

#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace aimem::sim {

// The text up to the first colon names the promise; shrinking keeps to one promise.
class Violation final : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class History {
public:
    // Rows of a transaction that is about to be committed, and that it was. When the process dies
    // in between only its restart tells.
    // `derived`: versions that follow from the rows themselves, on whichever node.
    void issued(Member& member, const std::vector<FeedRow>& rows, bool derived = false);
    // Own rows that a transaction made by itself, from this position on: issued as well.
    std::vector<FeedRow> made(Member& member, std::int64_t from_seq);
    void confirmed(Member& member);
    // Values that did not come from a verb: of a foreign writer, or from an old peer.
    void adopted(Member& member);
    // A push whose rows must all be the sender's own, or belong to groups.
    void sent(MemberId sender, const std::vector<FeedRow>& rows) const;
    // So many of these rows change nothing at this member.
    std::size_t known_rows(const Member& member, const std::vector<FeedRow>& rows) const;
    // These rows or newer ones are committed at this member, and groups are whole there.
    void committed(Member& member, const std::vector<FeedRow>& rows);
    // Registers that a member is about to let go of, because a peer lacks them, or to collect.
    void forgets(Member& member, const std::vector<Forgettable>& rows, bool peer_recovering);
    using Members = std::vector<std::unique_ptr<Member>>;
    void collects(Member& member, const Members& members, const std::vector<Forgettable>& rows);
    // What a cursor covers its peer has.
    void saves(Member& member, const PeerCursor& cursor, const Members& members);
    // A disk was replaced by an older one, or an empty one; then its process came up. A file that
    // is told that it is older than it was must take a new epoch.
    void set_back(Member& member, bool empty);
    void came_up(Member& member);
    // A push tells it so: a peer has seen more of its feed than there is.
    void told(const Member& member, const SeenOfFeed& you, std::size_t rows);
    // The same, asked of the file right when it looks: then it renews its identity.
    bool in_the_future(Member& member, const SeenOfFeed& seen) const;
    void renewed(Member& member, const SeenOfFeed& seen) const;
    void copied(MemberId copy, MemberId of);
    // A ballot may be forgotten: then an action may be decided twice.
    void votes_may_be_lost() { votes_lost_ = true; }
    // What a file that was set back holds and nobody has acknowledged, for all it knows: it may
    // bring that back even if it was deleted meanwhile.
    void may_revive(const std::vector<std::string>& keys);
    // A client was told that W nodes hold these rows.
    void answered(const std::vector<std::unique_ptr<Member>>& members, std::size_t needed,
                  Instant since, const std::vector<FeedRow>& rows);
    // A process came up: all it had committed is there.
    void restarted(Member& member);
    // Everybody has sent all it owes: what is a member's own is everywhere.
    void delivered(const std::vector<std::unique_ptr<Member>>& members) const;
    // Nothing more will be written; what any of them holds now must be everywhere in the end.
    void healed(const std::vector<std::unique_ptr<Member>>& members);
    void ended(const std::vector<std::unique_ptr<Member>>& members, bool thorough);

    // This memory came over the old wire, to whom it did; and what an old node holds in the end.
    void came_over_old_wire(const Memory& memory);
    void old_ended(const std::vector<std::unique_ptr<Member>>& members, const OldPeer& old) const;
    bool somebody_left = false;  // with what it had to tell old nodes
    std::size_t old_nodes = 0;   // their copies count for a quorum, and nobody looks into them

    std::size_t answers() const noexcept { return answered_.size(); }
    std::size_t collected() const noexcept { return collected_.size(); }

private:
    using Holder = std::pair<MemberId, int>;  // member and life of its disk
    struct Answered {
        std::string key{};
        Version version{};
        std::vector<Holder> holders{};
    };
    struct Group {
        GroupMember head{};
        std::vector<GroupMember> others{};
        bool later = false;  // the head was written again by one who had them all
    };
    void check_groups(sqlite::Database& db, const std::string& key) const;
    void check_group(sqlite::Database& db, const Group& group) const;
    bool holds(Member& member, const std::string& key, Version version);
    void check_registers(Member& member) const;
    bool buried(const std::string& key, Version version) const;
    void remember_group(const std::string& head, std::int64_t stamp,
                        const std::vector<GroupMember>& others, bool later);
    void decided(Member& member, const FeedRow& row);
    void seal_seen(const Member& member, const std::string& key);
    void all_decided(Member& member, std::int64_t members) const;
    void all_noticed(const Members& members) const;

    // What an old node can follow: one that keeps its title, which is nobody else's, and stays
    // live.
    struct Course {
        std::set<std::string> titles{};
        bool plain = true;
    };
    void follow(const Change& change);

    struct Issue {
        std::int64_t sig = 0;
        MemberId by = 0;
        bool adopted = false;
        bool doubtful = false;  // by a file that was set back and does not know it yet, or a copy
    };
    bool gone_or_revived(const std::string& key, Version version,
                         const std::optional<Register>& found) const;
    const Issue* find(const std::string& key, Version version) const;

    std::multimap<std::pair<std::string, std::int64_t>, Issue> issued_;  // by key and stamp
    std::vector<Answered> answered_;
    std::vector<Group> groups_;
    std::multimap<std::string, std::size_t> groups_of_;  // by key of any member
    std::map<std::string, Version> newest_at_heal_;
    std::map<std::string, Version> collected_;  // tombstones, the newest of each key
    std::map<std::string, Course> courses_;     // by key; kept only while there are old nodes
    std::map<std::string, std::set<std::string>> keys_of_title_;
    std::set<std::string> revivable_;  // keys a set back file may bring back
    bool healed_ = false;
    bool votes_lost_ = false;
    bool disks_lost_ = false;
    struct Seal {
        Version version{};
        MemberId by = 0;
        bool spread = false;  // somebody else has it
    };
    std::map<std::string, Seal> sealed_;             // decisions, by key
    std::map<MemberId, std::string> must_renew_;     // epochs that must not last
    std::map<MemberId, MemberId> copies_;            // of whose disk
    std::multimap<MemberId, MemberId> were_copies_;  // their messages may still be on the way
    std::map<std::string, std::int64_t> verified_;   // how far a cursor was found right
    struct Platter {
        std::uint64_t changes = 0;
        int disk_life = 0;
        std::map<std::string, Version> registers{};
    };
    std::map<MemberId, Platter>
        platters_;  // read when something is not synced, kept until it changes
};

std::string visible_rows(sqlite::Database& db);

}  // namespace aimem::sim
