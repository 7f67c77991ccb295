// Collecting tombstones. A tombstone may go when every peer has been compared with since it came
// here, that was `age` ago, it bears an older stamp still, and all were equal again well after that
// (or a node cut off since then would be taken for one away too long). Identity.horizon then tells
// the others that such tombstones may be missing here. A node that was not equal to anybody since
// the horizon must not bring back what it alone still shows (federation/replication/comparison.h).
// Functions of values and one bounded transaction (design: replication.md 2.8).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/upkeep.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aimem {

inline constexpr std::int64_t kDay = 86'400'000'000'000;  // ns

struct CollectRules {
    std::int64_t age = 7 * kDay;
    std::int64_t age_with_legacy = 90 * kDay;  // a node of 0.6.3 cannot be compared with
    std::int64_t slack = kDay / 12;            // between the mark and the latest comparison
    std::size_t rows_max = 1000;               // in one transaction
};

struct CollectPeer {  // a peer of the configuration as its cursor knows it
    std::string node{};
    std::string epoch{};
    bool legacy = false;
};

struct CollectMark {  // at this time, by our clock, every peer had all of our feed up to here
    std::int64_t seq = 0;
    std::int64_t at = 0;
};

struct Confirmed {
    std::int64_t seq = 0;    // up to here every peer had our feed when last compared with
    std::int64_t fresh = 0;  // all were whole then, by our account and by their own
};
// {0, 0} when a peer never was compared with, or is not what it was then.
Confirmed confirmed_by(const std::vector<CollectPeer>& peers, const std::vector<Contact>& contacts);
// The newest mark made at `latest` or before; {0, 0} when there is none.
CollectMark collectible(const std::vector<CollectMark>& marks, std::int64_t latest);

struct CollectPlan {
    std::vector<Forgettable> rows{};  // at most rows_max
    CollectMark upto{};
    CollectMark new_mark{};  // at == 0: none
    bool more = false;
};
// Reads only, so that the search holds up no writer.
CollectPlan plan_collection(sqlite::Database& db, const std::vector<CollectPeer>& peers,
                            std::int64_t now, const CollectRules& rules);
// Tombstones removed; one that was overwritten meanwhile stays.
std::size_t collect(Registers& registers, const CollectPlan& plan);

}  // namespace aimem
