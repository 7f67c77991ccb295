// The SQL function match_score(memories_fts, plan): FTS5's own bm25 (k1 1.2, b 0.75, columns
// weighted alike) with two differences. How many rows hold a word is told by the plan, so that no
// query walks a common word's whole list, and phrases that only narrow do not score. Higher is
// better. `plan` has one "<word>:<rows>" for each phrase of the MATCH expression, joined by commas;
// "-" for a phrase that does not score. A word named by several phrases counts once. Registered for
// every connection by configure(). SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/sqlite/sqlite.h"

namespace aimem::sqlite {

void register_match_score(Database& db);

}  // namespace aimem::sqlite
