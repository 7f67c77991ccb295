// Operations of the simulated world, drawn by dice on what a database holds now: few titles, so
// that they meet again; every verb, the common ones most often. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/ops/op.h"
#include "store/sqlite/sqlite.h"
#include "tests/sim/dice.h"
#include "tests/sim/schedule.h"

#include <string>
#include <vector>

namespace aimem::sim {

inline constexpr std::size_t kTitles = 6;

// Of a live or archived memory; "none" when there is none.
std::string some_id(sqlite::Database& db, Dice& dice);

// What `verb` asks for: mostly one operation. None when there is nothing to do it to.
std::vector<Op> some_ops(sqlite::Database& db, Dice& dice, Verb verb);

}  // namespace aimem::sim
