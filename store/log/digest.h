// Digests of key ranges, computed on demand: the sum of hash64(key, state, stamp, sig) over the
// registers. Equal digests mean equal registers (design: replication.md 2.6, 2.8).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/exchange.h"
#include "store/sqlite/sqlite.h"

#include <string>
#include <vector>

namespace aimem {

// An empty `hi` is the end of all keys. Tombstones stamped up to `cut` are left out: one of two
// nodes may have collected them. Those with a body never are.
Digest digest_of_range(sqlite::Database& db, const std::string& lo, const std::string& hi,
                       std::int64_t cut = 0);

// Splits [lo, hi) into at most `parts` ranges of about equal population.
std::vector<DigestPart> digest_parts(sqlite::Database& db, const std::string& lo,
                                     const std::string& hi, std::size_t parts,
                                     std::int64_t cut = 0);

struct Listed {  // one register without its body
    std::string key{};
    State state = State::live;
    Version version{};
    std::int64_t seq = 0;
    bool foreign = false;
    bool expired =
        false;  // archived here since its time was over; known of rows that are not foreign
};
struct Listing {
    std::vector<Listed> rows{};
    bool more = false;  // the range goes on behind the last row
};
Listing list_range(sqlite::Database& db, const std::string& lo, const std::string& hi,
                   std::size_t rows_max);

// Key, state and version of every register in [lo, hi); bodies left out.
std::vector<Change> versions_in(sqlite::Database& db, const std::string& lo, const std::string& hi);

}  // namespace aimem
