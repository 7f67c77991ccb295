#include "mcp/toon.h"

#include "mcp/rpc.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 9> kCompact{
    "id", "title", "tier", "namespace", "priority", "score", "tags", "agent_id", "content"};
constexpr std::array<std::string_view, 14> kFull{
    "id",           "title", "tier",   "namespace",  "priority",   "confidence", "score",
    "access_count", "tags",  "source", "created_at", "updated_at", "metadata",   "content"};
constexpr std::array<std::string_view, 6> kMeta{"count",         "mode",        "tokens_used",
                                                "budget_tokens", "next_cursor", "left_out"};
constexpr std::array<std::string_view, 3> kStandard{"id", "title", "content"};
constexpr std::size_t kLeastContentBytes = 240;  // of one row

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\\': out += "\\\\"; break;
            case '|': out += "\\|"; break;
            case ':': out += "\\:"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            default: out += c;
        }
    }
}

std::string plain(const json& value) {
    if (value.is_null()) return {};
    if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
    if (value.is_string()) return value.get<std::string>();
    if (value.is_object() && value.empty()) return {};
    if (!value.is_array()) return to_text(value);
    std::string list;
    for (const json& item : value) {
        if (!list.empty()) list += ',';
        list += plain(item);
    }
    return list;
}

json field(const json& memory, std::string_view column) {
    if (column != "agent_id") return memory.value(std::string(column), json());
    const auto metadata = memory.find("metadata");
    return metadata == memory.end() ? json() : metadata->value("agent_id", json());
}

std::string meta_line(const json& answer) {
    std::string line;
    for (const std::string_view name : kMeta) {
        const auto value = answer.find(name);
        if (value == answer.end()) continue;
        if (!line.empty()) line += '|';
        line += name;
        line += ':';
        line += plain(*value);
    }
    return line + '\n';
}

std::string row(const json& memory, std::span<const std::string_view> columns) {
    std::string line;
    for (const std::string_view column : columns) {
        if (!line.empty() || column != columns.front()) line += '|';
        append_escaped(line, plain(field(memory, column)));
    }
    return line + '\n';
}

std::string header(std::string_view name, std::span<const std::string_view> columns) {
    std::string line(name);
    line += '[';
    for (const std::string_view column : columns) {
        if (line.back() != '[') line += '|';
        line += column;
    }
    return line + "]:\n";
}

std::string standards_text(const json& answer) {
    const auto one = answer.find("standard");
    const auto many = answer.find("standards");
    if (one == answer.end() && many == answer.end()) return {};
    std::string text = header("standards", kStandard);
    if (one != answer.end()) text += row(*one, kStandard);
    if (many != answer.end())
        for (const json& standard : *many) text += row(standard, kStandard);
    return text;
}

// Cut between characters.
void cut_content(json& memory, std::size_t bytes_max) {
    const auto content = memory.find("content");
    if (content == memory.end() || !content->is_string()) return;
    auto& text = content->get_ref<std::string&>();
    if (text.size() <= bytes_max) return;
    std::size_t end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    const std::size_t gone = text.size() - end;
    text.resize(end);
    text += "...(+" + std::to_string(gone) + " bytes)";
}

}  // namespace

std::string toon_text(const json& answer, ToonColumns columns) {
    const bool compact = columns == ToonColumns::compact;
    const std::span<const std::string_view> names =
        compact ? std::span<const std::string_view>(kCompact) : kFull;
    std::string text = meta_line(answer) + standards_text(answer) + header("memories", names);
    for (const char* list : {"memories", "results"}) {
        const auto memories = answer.find(list);
        if (memories == answer.end()) continue;
        const std::size_t share = std::max(
            kLeastContentBytes, kCompactContentBytes / std::max<std::size_t>(1, memories->size()));
        for (json memory : *memories) {
            if (compact && !answer.contains("budget_tokens")) cut_content(memory, share);
            text += row(memory, names);
        }
    }
    return text;
}

}  // namespace aimem::mcp
