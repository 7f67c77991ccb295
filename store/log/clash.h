// Two live memories with one (title, namespace): unavoidable when two sides of a split store the
// same title. Both registers stay; what people see is this pure function of them, the same on every
// node (design: replication.md 2.4). SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/model/memory.h"

#include <vector>

namespace aimem {

// id, created_at and author of the oldest member, all else of the newest. `members`: at least one,
// with updated_at set to the register's stamp.
Memory visible_of(const std::vector<Memory>& members);

}  // namespace aimem
