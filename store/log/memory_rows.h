// The tables people query, row by row: memories and archived_memories. One column order for
// everybody. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/model/memory.h"
#include "store/sqlite/sqlite.h"

#include <optional>
#include <string>
#include <string_view>

namespace aimem {

class Registers;

// The 15 columns of a memory in the order row_to_memory expects; use as "SELECT "
// AIMEM_MEMORY_COLUMNS " FROM ...".
#define AIMEM_MEMORY_COLUMNS                                                                  \
    "id, tier, namespace, title, content, tags, priority, confidence, source, access_count, " \
    "created_at, "                                                                            \
    "updated_at, last_accessed_at, expires_at, metadata"
inline constexpr int kMemoryColumns = 15;

Memory row_to_memory(const sqlite::Statement::Cursor& row, int first_column = 0);

std::optional<Memory> live_row(sqlite::Database& db, std::string_view id);
std::optional<std::string> live_id(sqlite::Database& db, std::string_view ns,
                                   std::string_view title);
std::optional<Archived> archived_row(sqlite::Database& db, std::string_view id);
bool is_live(sqlite::Database& db, std::string_view id);

// Keeps the local access counters of a row that is there already.
void write_live_row(Registers& registers, const Memory& memory);
// The same for a memory that has no row.
void insert_live_row(Registers& registers, const Memory& memory);
void write_archived_row(sqlite::Database& db, const Archived& archived);
void remove_live_row(Registers& registers, std::string_view id);
void remove_archived_row(sqlite::Database& db, std::string_view id);

}  // namespace aimem
