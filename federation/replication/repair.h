// Finding what a peer lacks by comparing digests of key ranges (design: replication.md 2.8). Pure:
// answers of the peer and digests of this node go in, ranges to look into and keys to send come
// out. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/store.h"

#include <string>
#include <string_view>
#include <vector>

namespace aimem::repl {

inline constexpr std::int64_t kListedKeys =
    256;  // a range with no more keys is compared key by key
inline constexpr std::size_t kRangesMax =
    4096;  // looked into in one comparison; the next one goes on

struct KeyRange {
    std::string lo{};
    std::string hi{};  // empty: the end
};

// Answers of GET /api/v1/sync/digest; Errc::peer for anything else.
Result<Digest> decode_digest(std::string_view body);
Result<std::vector<DigestPart>> decode_parts(std::string_view body);
Result<std::vector<Change>> decode_versions(
    std::string_view body);  // keys, states and versions only

// Of the peer's parts and our digests of the same ranges: those that differ, split by how to go on.
struct Differences {
    std::vector<KeyRange> to_list{};
    std::vector<KeyRange> to_split{};
};
Differences differences(const std::vector<DigestPart>& theirs, const std::vector<Digest>& ours);

// Keys the peer does not have at all or has in an older version. Both lists in key order.
std::vector<std::string> keys_peer_lacks(const std::vector<Change>& ours,
                                         const std::vector<Change>& theirs);

}  // namespace aimem::repl
