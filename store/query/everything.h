// All that an export holds. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/model/memory.h"
#include "store/sqlite/sqlite.h"

#include <cstdint>
#include <vector>

namespace aimem::query {

struct Everything {
    std::vector<Memory> memories{};  // live and not expired, oldest first
    std::vector<Link> links{};       // between two of them
};
Result<Everything> everything(sqlite::Database& db, std::int64_t now_ns);

}  // namespace aimem::query
