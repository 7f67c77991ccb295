// What became of an Op, and of the lists of a peer that speaks the wire of 0.6.3. Values only.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/exchange.h"
#include "store/model/memory.h"
#include "store/model/records.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aimem {

// What one Op did. On disk (fsync) when it is handed out.
struct Committed {
    std::string id{};  // of the memory, aliases and prefixes resolved; empty for links
    std::optional<Memory>
        memory{};          // as it stands afterwards; for delete and archive as it stood before
    bool existed = false;  // store: merged into a live memory; link: was there already
    std::int64_t affected = 0;    // unlink: links removed
    std::vector<FeedRow> rows{};  // what was written, in feed order; empty when nothing changed
    std::vector<FeedRow> companions{};   // rows that the groups of these bring along to a peer
    std::vector<std::string> similar{};  // store: ids of memories with a title like this, at most 5
    bool more = false;                   // a bounded verb left work: commit the same Op again
    std::optional<Link> link{};          // link, invalidate: as it stands afterwards
    std::optional<std::string> previous{};  // invalidate: valid_until before
    std::vector<std::string> aliases{};     // entity: all its names
    std::optional<PendingState> pending{};  // an action that waits, or that was decided
    std::optional<std::int64_t> quorum{};   // decide: approvals needed
    std::optional<Standard> standard{};     // standard
    std::optional<Subscription> subscription{};
    // The request had been carried out before; `rows` tell only keys, stamps and where they stand
    // now: seq 0 when this node holds another's newer write.
    bool repeated = false;
};

// Lists from a peer that speaks the wire of 0.6.3 (facts/federation.md 3).
struct LegacyPush {
    std::vector<Memory> memories{};
    std::vector<std::string> deletions{};
    std::vector<std::string> archives{};
    std::vector<std::string> restores{};
    std::vector<Link> links{};
    std::vector<PendingState> pendings{};
    struct Decided {
        std::string id{};
        bool approved = false;
        std::string decider{};
    };
    std::vector<Decided> decisions{};
    std::vector<Standard> standards{};
    std::vector<std::string> standard_clears{};
    std::string sender{};  // its agent id or URL; what is skipped is kept under it (log/parked.h)
};

struct LegacyApplied {  // rows; names of the response's counters
    std::size_t applied = 0, deleted = 0, archived = 0, restored = 0, links_applied = 0, noop = 0,
                skipped = 0, pendings_applied = 0, decisions_applied = 0, standards_applied = 0,
                standards_cleared = 0;
    std::vector<std::string> skipped_why{};
    SeqSpan span{};
};

}  // namespace aimem
