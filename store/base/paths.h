// Where this program's files are: the XDG folders, never the current directory (design:
// decisions.md 4). The one file that reads the environment for the rest of the program. Any
// thread, as long as nobody changes the environment. Errc::invalid_argument when a path cannot be
// worked out, Errc::storage when a folder cannot be made.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace aimem {

std::optional<std::string> env_text(const char* name);  // an empty variable counts as not set
bool env_present(const char* name);                     // also when it is empty

Result<std::filesystem::path> expand_home(std::string_view path);  // "~" and "~/..."
Result<std::filesystem::path> default_database();  // $XDG_DATA_HOME/ai-memory/memory.db
Result<std::filesystem::path> config_file();       // whether or not it exists

// Makes the folders that are missing above `file`, for this user only (0700). Call before the first
// write.
Result<> make_private_folders(const std::filesystem::path& file);

// Makes an empty file that only this user may read (0600), whatever the umask says; one that is
// there stays as it is. What hinders it is left for whoever opens the file to tell.
void make_private_file(const std::filesystem::path& file) noexcept;

}  // namespace aimem
