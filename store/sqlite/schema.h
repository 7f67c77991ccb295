// The file's tables and their history. The memory tables are those of 0.6.3 (facts/mcp-tools.md
// 10), so that its files can be adopted; ours begin with repl_. The version stands in PRAGMA
// user_version. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/clock.h"
#include "store/sqlite/sqlite.h"

#include <filesystem>

namespace aimem::sqlite {

inline constexpr int kSchemaVersion = 11;

// Connection settings every connection needs; `cache_kib` bounds its page cache.
void configure(Database& db, std::size_t cache_kib);

// Brings the file to kSchemaVersion in one transaction; a file that held something before is first
// copied to FILE.before-vN, N being the first step it had not made. Throws SqliteError, and
// SchemaTooNew for a file of a newer program.
void migrate(Database& db, const std::filesystem::path& file, const Clock& clock, Rng& rng);

class SchemaTooNew final : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace aimem::sqlite
