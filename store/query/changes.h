// Which memories have changed since one looked last, whoever wrote them: a walk along the feed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/sqlite/sqlite.h"

#include <cstdint>
#include <string>
#include <vector>

namespace aimem::query {

struct ChangedMemories {
    std::vector<std::string> ids{};  // live, archived and deleted ones that the viewer may see
    std::int64_t seen = 0;           // ask for what comes after it next
};

Result<std::int64_t> last_place(sqlite::Database& db);  // of the feed
// At most a thousand registers a call.
Result<ChangedMemories> changed_after(sqlite::Database& db, std::int64_t seen);

}  // namespace aimem::query
