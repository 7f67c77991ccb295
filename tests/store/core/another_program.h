// A connection of ours that writes to the memory tables as another program does.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/sqlite/sqlite.h"

namespace aimem::test {

// What `writes` does fires the triggers of the file.
template <typename Writes>
void as_another_program(sqlite::Database& db, Writes writes) {
    db.set_triggers(sqlite::Triggers::firing);
    try {
        writes();
    } catch (...) {
        db.set_triggers(sqlite::Triggers::silent);
        throw;
    }
    db.set_triggers(sqlite::Triggers::silent);
}

}  // namespace aimem::test
