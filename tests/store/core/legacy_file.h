// A file as ai-memory 0.6.3 leaves it (facts/mcp-tools.md 10), with some rows.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace aimem::test {

// Two live memories and an archived one, a link, namespace standards, a pending action.
void make_legacy_file(const std::filesystem::path& file);

// Runs statements on a plain connection, as the sqlite3 shell would; throws on an error.
void run_sql(const std::filesystem::path& file, const std::string& statements);

}  // namespace aimem::test
