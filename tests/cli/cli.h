// Cli: runs the built ai-memory the way a person does, with a home folder of its own and nothing
// of the user's environment. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>
#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::test {

inline constexpr const char* kUnknown = "00000000-0000-4000-8000-000000000000";  // no memory's id

using Words = std::vector<std::string>;

class Cli : public testing::Test {
protected:
    Finished run(const Words& words, std::string_view input = {});
    std::string text(const Words& words, std::string_view input = {});  // stdout; must succeed
    nlohmann::json json(Words words, std::string_view input = {});  // one line of it; must succeed
    // Must fail with this code, an `error: ` line that holds `said`, and nothing on stdout.
    void refuses(const Words& words, int code, std::string_view said);

    std::string store(const std::string& title, const std::string& content, const Words& more = {});

    Command command(const Words& words) const;
    std::filesystem::path path(const std::string& name) const { return home_ / name; }
    std::filesystem::path database() const { return home_ / "memory.db"; }
    void write_file(const std::filesystem::path& file, std::string_view text) const;

    TempDir home_{};
    std::map<std::string, std::string> env_{};  // AI_MEMORY_DB is database(), until changed here
    void SetUp() override;
};

}  // namespace aimem::test
