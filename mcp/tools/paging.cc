#include "mcp/tools/paging.h"

#include "mcp/rpc.h"
#include "mcp/toon.h"
#include "store/base/hash.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::size_t kBytesPerToken = 4;
constexpr std::size_t kOffsetMax = 100'000'000;

std::uint64_t question_of(json arguments) {
    for (const char* name : {"limit", "cursor", "budget_tokens", "format", "offset"})
        arguments.erase(name);
    return hash64(to_text(arguments));
}

std::string cursor_text(std::size_t offset, std::uint64_t question) {
    return fmt::format("{}.{:016x}", offset, question);
}

std::optional<std::size_t> offset_in(const std::string& cursor, std::uint64_t question) {
    std::size_t offset = 0;
    const char* end = cursor.data() + cursor.size();
    const auto read = std::from_chars(cursor.data(), end, offset);
    if (read.ec != std::errc() || offset > kOffsetMax) return std::nullopt;
    if (cursor != cursor_text(offset, question)) return std::nullopt;
    return offset;
}

std::size_t text_bytes(const json& row, const char* name) {
    const auto found = row.find(name);
    return found != row.end() && found->is_string() ? found->get_ref<const std::string&>().size()
                                                    : 0;
}

}  // namespace

Result<Page> page_of(const ToolCall& call, std::size_t standard_limit) {
    const json& arguments = call.arguments;
    Page page;
    page.limit = arguments.value("limit", standard_limit);
    page.offset = arguments.value("offset", std::size_t{0});
    if (arguments.contains("budget_tokens"))
        page.budget = arguments.at("budget_tokens").get<std::size_t>();
    page.question = question_of(arguments);
    const std::string cursor = arguments.value("cursor", std::string());
    if (cursor.empty()) return page;
    const auto offset = offset_in(cursor, page.question);
    if (!offset)
        return fail(Errc::invalid_argument,
                    "cursor: must be the next_cursor of an answer to the same arguments; leave it "
                    "out to begin anew");
    page.offset = *offset;
    return page;
}

std::size_t tokens_of_row(const json& row) {
    const std::size_t bytes = text_bytes(row, "title") + text_bytes(row, "content");
    return (bytes > 0 ? bytes : to_text(row).size()) / kBytesPerToken;
}

void put_page(json& out, const char* name, json rows, std::size_t first, const Page& page) {
    json kept = json::array();
    std::size_t used = 0;
    std::size_t left_out = 0;
    std::size_t next = page.offset;
    for (; next < page.end() && next - first < rows.size(); ++next) {
        json& row = rows[next - first];
        const std::size_t cost = tokens_of_row(row);
        if (page.budget && used + cost > *page.budget) {
            if (page.over == OverBudget::passed_over) {
                left_out += 1;
                continue;
            }
            if (!kept.empty()) break;
        }
        used += cost;
        kept.push_back(std::move(row));
    }
    out["count"] = kept.size();
    out[name] = std::move(kept);
    if (page.budget) {
        out["tokens_used"] = used;
        out["budget_tokens"] = *page.budget;
    }
    if (left_out > 0) out["left_out"] = left_out;
    if (next - first < rows.size()) out["next_cursor"] = cursor_text(next, page.question);
}

ToolAnswer in_format(const json& answer, const json& arguments, const char* standard_format) {
    const std::string format = arguments.value("format", standard_format);
    ToolAnswer out{.structured = to_text(answer)};
    if (format == "toon") out.text = toon_text(answer, ToonColumns::full);
    if (format == "toon_compact") out.text = toon_text(answer, ToonColumns::compact);
    return out;
}

}  // namespace aimem::mcp
