// Notes of a text file, the memories the demo stores; the format stands at the top of notes.txt.
// Throws std::runtime_error that names the file when it holds no note. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::demo {

struct Note {
    std::string title{};
    std::vector<std::string> tags{};
    std::string content{};
};

std::vector<Note> parse_notes(std::string_view text);
std::vector<Note> read_notes(const std::filesystem::path& file);

}  // namespace aimem::demo
