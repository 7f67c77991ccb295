// The configuration file and the order of precedence: flag, environment, file, default (design:
// house.md 3.9). An unknown key, a wrong type or unparsable text is an error
// (Errc::invalid_argument) that names file, line and key; no value is ever put into a message.
// Read once, in main. A new key is one row in config.cc.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace aimem {

struct Config {
    std::optional<std::filesystem::path> db{};  // absolute
    std::optional<std::string> api_key{};       // what HTTP clients of the node must show
};

// Of config_file(); the defaults when there is none or AI_MEMORY_NO_CONFIG is set.
Result<Config> load_config();
Result<Config> parse_config(std::string_view text, const std::string& file_name);

// `flag` (what --db said), else $AI_MEMORY_DB, else the file's db, else the XDG default. Absolute,
// ~ expanded.
Result<std::filesystem::path> database_path(const std::optional<std::string>& flag,
                                            const Config& config);

}  // namespace aimem
