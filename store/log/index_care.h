// What the text index is made of, and how it is made quick to search. Every commit adds a segment
// to it and a search looks into each. FTS5 merges some within commits; who finds the store quiet
// merges the rest, a step at a time, each of them a short transaction.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/sqlite/sqlite.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace aimem {

// From FTS5's own record of its structure.
struct IndexShape {
    struct Level {
        std::uint64_t segments = 0;
        std::uint64_t merging = 0;  // so many of them are being merged
    };
    std::vector<Level> levels;
};
std::optional<IndexShape> read_index_shape(std::string_view record);  // nothing: no such record
std::optional<IndexShape> index_shape(sqlite::Database& db);

// Whether some level has two segments to merge, or a merge is under way. Each level holds larger
// ones than the one below, so a row is written anew once for each doubling of the index.
bool may_be_merged(const IndexShape& shape);

// Does one step; false when none was left to do. Throws SqliteError.
bool tend_text_index(sqlite::Database& db);

}  // namespace aimem
