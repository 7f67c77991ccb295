// A read connection that shows one viewer's rows. Its tables are hidden by views of the same names
// (temporary ones, which SQLite looks up first), so that every SELECT is under the rule of
// query/viewer.h without knowing it. What has no such view is no person's to see: registers and the
// text index, whose rows are read from the tables in the end. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/query/viewer.h"
#include "store/sqlite/sqlite.h"

#include <optional>

namespace aimem::query {

// Makes the views. `sight` must outlive the connection and hold a value whenever it is read from.
// Throws SqliteError.
void show_only(sqlite::Database& db, const std::optional<Sight>& sight);

}  // namespace aimem::query
