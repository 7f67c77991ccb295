// Operations drawn by dice on what a database holds now: few titles, so that they meet again.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/ops/op.h"
#include "store/ops/outcome.h"
#include "store/sqlite/sqlite.h"
#include "tests/sim/dice.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace aimem::crash {

std::string some_id(sqlite::Database& db, sim::Dice& dice);  // of a live memory, if there is one
Op some_op(sqlite::Database& db, sim::Dice& dice);
LegacyPush some_push(sqlite::Database& db, sim::Dice& dice, std::int64_t now_ns);

// As 0.6.3 or a person with sqlite3 writes: one statement, no register. `number` is never the same.
void write_raw(sqlite::Database& db, sim::Dice& dice, std::size_t number);

}  // namespace aimem::crash
