// What comparing two nodes puts on the wire, and what it concludes (design: replication.md 2.8).
// Pure: bodies of GET sync/digest and POST sync/rows both ways, and the verdict over two lists of
// versions. Whatever a peer says is data: wrong answers are Errc::peer. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/log/digest.h"
#include "store/log/feed.h"
#include "store/log/upkeep.h"
#include "store/store.h"

#include <string>
#include <string_view>
#include <vector>

namespace aimem::repl {

inline constexpr std::int64_t kListedKeys =
    256;  // a range with no more keys at the peer is compared key by key
inline constexpr std::size_t kListingRows = 4096;  // versions in one answer

struct KeyRange {
    std::string lo{};
    std::string hi{};  // empty: the end
};

// --- bodies
// GET sync/digest?cut=N: the whole state of a node, and what the asking one must know of it.
struct DigestAnswer {
    Identity node{};
    Digest digest{};        // without tombstones stamped up to `cut`
    std::int64_t cut = 0;   // the larger of what was asked for and the node's own horizon
    std::int64_t now = 0;   // ns, its clock
    std::int64_t owes = 0;  // positions of its feed that the asking node has not acknowledged
    bool behind = false;    // other feeds still bring it much: ask again later
    SeenOfFeed you{};       // what it has of the asking node's feed
};
std::string encode_digest(const DigestAnswer& answer);
Result<DigestAnswer> decode_digest(std::string_view body);
// GET sync/digest?lo&hi&parts&cut
std::string encode_parts(const Identity& node, const std::vector<DigestPart>& parts);
Result<std::vector<DigestPart>> decode_parts(std::string_view body);
// GET sync/digest?lo&hi&list=1; seq and origin do not travel
std::string encode_listing(const Identity& node, const Listing& listing);
Result<Listing> decode_listing(std::string_view body);
// POST sync/rows {"keys":[...]}
std::string encode_keys(const std::vector<std::string>& keys);
Result<std::vector<std::string>> decode_keys(std::string_view body);  // Errc::wrong_type
std::string encode_rows(const Identity& node, const SomeChanges& some);
struct RowsAnswer {
    Delivery delivery{};      // outside the feed's order: (0, 0]
    std::size_t taken = 0;    // of the keys asked for, from the first one on
    std::size_t garbled = 0;  // rows that could not be read
};
Result<RowsAnswer> decode_rows(std::string_view body);

// --- conclusions
// Of the peer's parts and our digests of the same ranges: those that differ, split by how to go on.
struct Differences {
    std::vector<KeyRange> to_list{};
    std::vector<KeyRange> to_split{};
};
Differences differences(const std::vector<DigestPart>& theirs, const std::vector<Digest>& ours);

// Keys the peer does not have at all or has in an older version. Both lists in key order.
std::vector<std::string> keys_peer_lacks(const std::vector<Change>& ours,
                                         const std::vector<Change>& theirs);

struct VerdictRules {
    std::int64_t our_horizon = 0;
    std::int64_t peer_horizon = 0;
    // We were away for longer than the peer keeps tombstones: what it does not have and may have
    // deleted is let go of, unless it is our own and nobody ever had it.
    bool stale = false;
    std::int64_t acknowledged = 0;  // our own rows up to here some peer has or had
};
struct Verdict {
    std::vector<std::string> send{};
    std::vector<std::string> fetch{};
    std::vector<Forgettable> forget{};
};
// Both in key order and over the same range.
void judge(const std::vector<Listed>& ours, const std::vector<Listed>& theirs,
           const VerdictRules& rules, Verdict& out);

}  // namespace aimem::repl
