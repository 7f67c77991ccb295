// Small counts for the tools that show what there is. Each call reads one consistent view.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/query/queries.h"
#include "store/sqlite/sqlite.h"

#include <cstdint>
#include <vector>

namespace aimem::query {

// Live rows whose time is over and which nothing has collected yet.
Result<std::int64_t> expired_count(sqlite::Database& db, std::int64_t now_ns);

Result<std::vector<Counted>> archive_by_namespace(sqlite::Database& db);  // biggest first

struct RecordCounts {
    std::int64_t policies = 0;  // standards whose memory has a governance object
    std::int64_t subscriptions = 0;
    std::int64_t pending = 0;  // actions that wait for a decision
    std::int64_t agents = 0;
};
Result<RecordCounts> record_counts(sqlite::Database& db);

}  // namespace aimem::query
