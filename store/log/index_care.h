// What the text index is made of, and how it is made quick to search. Every commit adds a segment
// to it and a search looks into each. While it is written to, FTS5 keeps them at a dozen; who finds
// the store quiet makes one of them, a step at a time, each of them a short transaction.
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
        std::uint64_t merging = 0;            // so many of its segments are being merged
        std::vector<std::uint64_t> segments;  // pages of each
    };
    std::vector<Level> levels;
};
std::optional<IndexShape> read_index_shape(std::string_view record);  // nothing: no such record
std::optional<IndexShape> index_shape(sqlite::Database& db);

enum class IndexStep : std::uint8_t {
    none,
    go_on,     // with a merge under way, or with the level that has too many segments
    merge_all  // begin to make one segment of all
};
// A merge of everything waits until it adds a quarter to the largest segment: so a row is written
// about five times while the index grows, however many quiet moments there are.
IndexStep next_index_step(const IndexShape& shape);

// Does one step, of a few milliseconds; false when none was left to do. Throws SqliteError.
bool tend_text_index(sqlite::Database& db);

}  // namespace aimem
