// What a file needs before its schema is changed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/clock.h"
#include "store/sqlite/sqlite.h"

#include <cstdint>
#include <filesystem>

namespace aimem::sqlite {

// However many open the file at once. Throws SqliteError.
void use_write_ahead_log(Database& db);

std::int64_t schema_version(Database& db);  // 0: of no program of ours

// Copies a file of this version to FILE.before-vN, N being the next one, unless that is there or
// somebody has migrated the file meanwhile. Throws SqliteError, filesystem_error.
void keep_copy(Database& db, const std::filesystem::path& file, std::int64_t version, Rng& rng);

}  // namespace aimem::sqlite
