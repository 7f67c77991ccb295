// Which rows of the text index are worth scoring. Matching a row costs 0.05-0.1 us, its bm25 1.5 us
// and reading it 4 us (measured at 100k rows), so matching may be generous and the rest may not: a
// question that fits at most `rows_max` rows gets all of them. Otherwise its rare words choose, and
// common ones add to the score of rows found that way; when rare words find little, rows with two
// of the common ones come first (with three, where many have two), then important ones, then the
// newest. A word of half of all rows weighs nothing (bm25 says at most 2e-6 a row) and only chooses
// where no other does. Narrowing (namespace, tier, tag, author) happens inside the index, so a
// small namespace is never crowded out by a big one.
// Answers are in no order. Throws SqliteError. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/query/fts_query.h"
#include "store/sqlite/sqlite.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace aimem::query {

enum class Need { any_word, every_word };

struct Question {
    std::vector<std::string> terms{};
    Need need = Need::any_word;
    Expression narrowed{};  // facets; empty: the whole store
    std::size_t rows_max = 0;
};

struct Match {
    std::int64_t rowid = 0;
    double relevance = 0.0;  // bm25, higher is better
    double weight = 0.0;     // what priority and tier add to a score of recall
};

std::vector<Match> best_matches(sqlite::Database& db, const Question& question);

// How many rows fit, counted up to `rows_max`.
std::size_t count_matches(sqlite::Database& db, const Expression& wanted, std::size_t rows_max);

}  // namespace aimem::query
