// The one commit path without threads: jobs go in, one transaction comes out. The writer
// drives it in production, the simulator by hand. One thread at a time. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "store/base/clock.h"
#include "store/log/ranges.h"
#include "store/log/registers.h"
#include "store/query/similar_titles.h"
#include "store/sqlite/sqlite.h"
#include "store/store.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aimem {

class OpContext;

using Touches = std::map<std::string, int>;  // id -> times used

class Committer {
public:
    // The database is for this alone from now on: its triggers, which are for the writes of other
    // programs, are silent on this connection.
    Committer(sqlite::Database& db, const Clock& clock, Rng& rng);

    void begin();  // takes the write lock; stamps what foreign writers left
    // User errors come back as values and have written nothing: every verb checks before it writes,
    // since a savepoint for each would copy every page it touches. A failing database throws
    // SqliteError, a verb that does not keep to this std::logic_error; then the whole transaction
    // must be dropped.
    Result<Committed> execute(const Op& op);
    // All of them, unless this very request was carried out before: then what it came to.
    std::vector<Result<Committed>> execute(const std::vector<Op>& ops,
                                           const std::optional<RequestId>& request);
    Accepted accept(const Delivery& delivery);
    LegacyApplied accept(const LegacyPush& push);
    void save_cursor(const PeerCursor& cursor);
    void touch(const Touches& touches);
    Registers& registers() { return registers_.value(); }  // of the transaction that is open
    // True when something was written: it is on disk then.
    bool commit();
    void rollback() noexcept;

private:
    OpContext context();
    SeqSpan span_since(std::int64_t before);

    sqlite::Database& db_;
    const Clock& clock_;
    NewIds ids_;
    std::optional<sqlite::Transaction> transaction_;
    std::optional<Registers> registers_;
    query::RecentTitles titles_;
    std::int64_t committed_seq_ = 0;  // where the feed ended when the transaction began
    // Pushes of one peer may overtake each other. What arrived early is remembered here, by sender
    // and epoch, and only in memory: forgetting it makes the peer send it again. `arrived_` joins
    // it with the commit.
    std::map<std::string, FeedRanges> ahead_;
    std::vector<std::pair<std::string, FeedRange>> arrived_;
    // What a killed process left in the log shows after recovery, and is on disk only after a sync.
    bool synced_ = false;
};

}  // namespace aimem
