#include "tests/demo/notes.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace aimem::demo {
namespace {

constexpr std::string_view kTitle = "== ";
constexpr std::string_view kTags = "tags:";
constexpr std::string_view kBlank = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

std::vector<std::string> split_tags(std::string_view list) {
    std::vector<std::string> tags;
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        const std::string_view tag = trimmed(list.substr(0, comma));
        if (!tag.empty()) tags.emplace_back(tag);
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return tags;
}

}  // namespace

std::vector<Note> parse_notes(std::string_view text) {
    std::vector<Note> notes;
    bool tags_may_follow = false;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        if (line.substr(0, kTitle.size()) == kTitle) {
            notes.push_back(Note{std::string(trimmed(line.substr(kTitle.size()))), {}, {}});
            tags_may_follow = true;
        } else if (!notes.empty() && tags_may_follow && line.substr(0, kTags.size()) == kTags) {
            notes.back().tags = split_tags(line.substr(kTags.size()));
            tags_may_follow = false;
        } else if (!notes.empty()) {
            notes.back().content.append(line).append("\n");
            tags_may_follow = false;
        }
    }
    for (Note& note : notes) note.content = trimmed(note.content);
    return notes;
}

std::vector<Note> read_notes(const std::filesystem::path& file) {
    const std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    std::ostringstream text;
    text << in.rdbuf();
    std::vector<Note> notes = parse_notes(text.str());
    if (notes.empty())
        throw std::runtime_error(file.string() + " holds no note; a note begins with \"== Title\"");
    return notes;
}

}  // namespace aimem::demo
