// What an Op names, as far as somebody sees it who does not see all (query/viewer.h).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/ops/op.h"
#include "store/sqlite/sqlite.h"

namespace aimem {

// Whether it is there for the viewer of this connection (query/sight.h); ids that were given by a
// prefix or an alias are whole afterwards. Errc::not_found as for what is not there at all,
// Errc::conflict for a title under which somebody else keeps what the viewer does not see,
// Errc::denied for verbs that take whatever fits.
Result<> find_named(sqlite::Database& db, Op& op);

}  // namespace aimem
