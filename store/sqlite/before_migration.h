// What a file needs before its schema is changed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/clock.h"
#include "store/sqlite/sqlite.h"

#include <filesystem>

namespace aimem::sqlite {

// However many open the file at once. Throws SqliteError.
void use_write_ahead_log(Database& db);

// Copies the file to FILE.before-vN unless that is there. Throws SqliteError, filesystem_error.
void keep_copy(Database& db, const std::filesystem::path& file, int version, Rng& rng);

}  // namespace aimem::sqlite
