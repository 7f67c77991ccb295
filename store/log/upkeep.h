// What a file knows about its own history and about the other nodes: noticing that it was restored
// from a backup, a new identity after that, when it was equal to whom, and letting go of registers
// that the others have collected. Parts of one transaction; the rules are in docs/architecture.md.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/clock.h"
#include "store/log/exchange.h"
#include "store/log/registers.h"
#include "store/sqlite/sqlite.h"

#include <string>
#include <vector>

namespace aimem {

// What this store has of that node's feed.
SeenOfFeed seen_of_feed(sqlite::Database& db, const std::string& node);

// Whether a peer has seen more of this store's feed, or other things in it, than this file knows
// of: it is an older copy of what it was.
bool contradicts_history(sqlite::Database& db, const SeenOfFeed& seen);

// A new epoch and a new tag, and recovering until compared with every peer. Cursors stay: what
// peers have acknowledged they have. The epoch that gave it away is left behind as well.
void renew_identity(Registers& registers, const SeenOfFeed& evidence, Rng& rng);

struct Contact {
    std::string node{};      // the other
    std::string epoch{};     // its epoch then
    std::int64_t seq = 0;    // everything up to here in this store's feed is there
    std::int64_t at = 0;     // ns, by the other's clock, when the comparison began
    std::int64_t fresh = 0;  // ns: when the other was last whole by its own account
};
// This store and the other have compared everything. `horizon`: of the other; what it has collected
// it did not send, so this store may lack it too. `peers`: the nodes that this one is to be equal
// to, empty for one that never answered. Being equal to one of them makes this store as fresh as
// that one is: an empty node has nothing to be behind with, and shows what a stale one gave it.
void note_contact(Registers& registers, const Contact& contact, std::int64_t horizon,
                  const std::vector<std::string>& peers);
// Since when this node has been equal to each of them; 0 when it never was to one, or there is
// none.
std::int64_t equal_to_all_since(const std::vector<std::string>& peers,
                                const std::vector<Contact>& contacts);
std::vector<Contact> contacts(sqlite::Database& db);
void end_recovery(Registers& registers, const std::string& epoch);  // of this epoch only

// How many nodes vote on decisions, this one included (ops/decision.h); at least 1.
void set_members(Registers& registers, std::int64_t nodes);

// How far a peer of 0.6.3 was read (federation/legacy/pull.h).
struct PullMark {
    std::string since{};       // updated_at up to which its rows are here; empty: none yet
    std::int64_t full_at = 0;  // ns: when all its rows were read last
};
PullMark pull_mark(sqlite::Database& db, const std::string& url);
void note_pull(Registers& registers, const std::string& url, const PullMark& mark);

// The client certificate (hex SHA-256) that a node came with; empty: none so far.
std::string certificate_of(sqlite::Database& db, const std::string& node);
void note_certificate(Registers& registers, const std::string& node,
                      const std::string& fingerprint);

// By how much this machine's clock is ahead of a peer's, in ns; what expires waits so long. Kept in
// the file, so that every program on it knows.
std::int64_t clock_lead(sqlite::Database& db);
void note_clock_lead(Registers& registers, std::int64_t lead_ns);  // writes when it has changed

// The place in this store's feed up to which some peer has acknowledged everything, or was found to
// have it; that peer may have lost its disk since.
std::int64_t acknowledged(sqlite::Database& db);

// How far subscribers were told of this store's own feed, and that one of them was (or could not
// be).
std::int64_t webhooks_at(sqlite::Database& db);
void note_webhooks_at(Registers& registers, std::int64_t seq);
void note_webhook(Registers& registers, const std::string& subscription_id, bool told);

struct Forgettable {
    std::string key{};
    Version version{};
};
// Removes registers and what they show, leaving no tombstone; one that has changed meanwhile stays.
std::size_t forget(Registers& registers, const std::vector<Forgettable>& rows);

}  // namespace aimem
