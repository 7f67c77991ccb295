#include "store/model/validate.h"

#include "store/base/text.h"
#include "store/base/time_text.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/model/limits.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace aimem {
namespace {

constexpr std::string_view kLineBreaks = "\n\t";
constexpr std::array<std::string_view, 10> kSources{
    "user", "claude", "hook", "api", "cli", "import", "consolidation", "system", "chaos", "notify"};
constexpr std::array<std::string_view, 5> kScopes{"private", "team", "unit", "org", "collective"};

template <typename... Args>
tl::unexpected<Error> bad(fmt::format_string<Args...> text, Args&&... args) {
    return fail(Errc::invalid_argument, fmt::format(text, std::forward<Args>(args)...));
}

template <std::size_t N>
Result<> one_of(std::string_view field, std::string_view value,
                const std::array<std::string_view, N>& accepted) {
    if (std::find(accepted.begin(), accepted.end(), value) != accepted.end()) return {};
    std::string list;
    for (const auto& name : accepted) list += (list.empty() ? "" : ", ") + std::string(name);
    return bad("invalid {}: accepted are {}", field, list);
}

Result<> check_text(std::string_view field, std::string_view text) {
    if (!is_utf8(text)) return bad("{} is not valid UTF-8", field);
    if (trim(text).empty()) return bad("{} cannot be empty", field);
    if (has_control_char(text, kLineBreaks))
        return bad("{} contains a control character (only line feed and tab are allowed)", field);
    return {};
}

}  // namespace

Result<> check_id(std::string_view field, std::string_view id) {
    if (trim(id).empty()) return bad("{} cannot be empty", field);
    if (id.size() > limits::id_bytes)
        return bad("{} exceeds max size of {} bytes", field, limits::id_bytes);
    if (!is_utf8(id) || has_control_char(id, ""))
        return bad("invalid id: {} contains a control character", field);
    return {};
}

Result<> check_title(std::string_view field, std::string_view title) {
    if (auto text = check_text(field, title); !text) return text;
    if (count_chars(trim(title)) > limits::title_chars)
        return bad("{} exceeds max size of {} characters", field, limits::title_chars);
    return {};
}

Result<> check_content(std::string_view field, std::string_view content) {
    if (content.size() > limits::content_bytes)
        return bad("{} exceeds max size of {} bytes", field, limits::content_bytes);
    return check_text(field, content);
}

Result<> check_namespace(std::string_view field, std::string_view ns) {
    if (!is_utf8(ns) || trim(ns).empty()) return bad("{} cannot be empty", field);
    if (count_chars(ns) > limits::namespace_chars)
        return bad("{} exceeds max size of {} characters", field, limits::namespace_chars);
    if (has_control_char(ns, "") || ns.find_first_of(" \\") != std::string_view::npos)
        return bad("invalid {}: no spaces, backslashes or control characters", field);
    std::size_t depth = 0;
    for (std::size_t at = 0; at <= ns.size(); ++depth) {
        const auto end = std::min(ns.find('/', at), ns.size());
        const auto segment = ns.substr(at, end - at);
        if (segment.empty() || segment == "." || segment == "..")
            return bad("invalid {}: segments between '/' must be non-empty and not '.' or '..'",
                       field);
        at = end + 1;
    }
    if (depth > limits::namespace_depth)
        return bad("invalid {}: at most {} segments", field, limits::namespace_depth);
    return {};
}

Result<> check_tags(const std::vector<std::string>& tags) {
    if (tags.size() > limits::tags_count)
        return bad("tags: at most {} are accepted", limits::tags_count);
    for (const auto& tag : tags) {
        if (!is_utf8(tag) || trim(tag).empty()) return bad("tags: a tag cannot be empty");
        if (tag.size() > limits::tag_bytes)
            return bad("tags: a tag exceeds max size of {} bytes", limits::tag_bytes);
        if (has_control_char(tag, "")) return bad("tags: a tag contains a control character");
    }
    return {};
}

Result<> check_priority(std::int64_t priority) {
    if (priority < limits::priority_min || priority > limits::priority_max)
        return bad("priority must be an integer from {} to {}", limits::priority_min,
                   limits::priority_max);
    return {};
}

Result<> check_confidence(double confidence) {
    if (!std::isfinite(confidence) || confidence < 0.0 || confidence > 1.0)
        return bad("confidence must be a number from 0.0 to 1.0");
    return {};
}

Result<> check_source(std::string_view source) {
    return one_of("source", source, kSources);
}

Result<> check_agent_id(std::string_view field, std::string_view agent_id) {
    if (agent_id.empty()) return bad("invalid {}: {} cannot be empty", field, field);
    if (agent_id.size() > limits::agent_id_bytes)
        return bad("invalid {}: {} exceeds max length of {} bytes", field, field,
                   limits::agent_id_bytes);
    for (const char c : agent_id) {
        const bool alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!alphanumeric && std::string_view("_-:@./").find(c) == std::string_view::npos)
            return bad(
                "invalid {}: {} contains an invalid character (allowed: alphanumeric, _-:@./)",
                field, field);
    }
    return {};
}

Result<> check_scope(std::string_view scope) {
    return one_of("scope", scope, kScopes);
}

Result<> check_relation(std::string_view relation) {
    return one_of("relation", relation, kRelations);
}

Result<> check_time(std::string_view field, std::string_view text) {
    if (!parse_time(text))
        return bad("{} must be an RFC 3339 timestamp such as 2026-05-01T10:00:00+00:00", field);
    return {};
}

Result<> check_metadata(std::string_view json_text) {
    if (json_text.size() > limits::metadata_bytes)
        return bad("metadata exceeds max size of {} bytes", limits::metadata_bytes);
    const auto parsed = parse_json(json_text);
    if (!parsed.is_object()) return bad("metadata must be a JSON object");
    if (deeper_than(parsed, limits::metadata_depth))
        return bad("metadata is nested deeper than {} levels", limits::metadata_depth);
    return {};
}

Result<> check_link(std::string_view source_id, std::string_view target_id,
                    std::string_view relation) {
    if (auto ok = check_id("source_id", source_id); !ok) return ok;
    if (auto ok = check_id("target_id", target_id); !ok) return ok;
    if (auto ok = check_relation(relation); !ok) return ok;
    if (source_id == target_id)
        return bad("cannot link a memory to itself: target_id must differ from source_id");
    return {};
}

Result<> check_memory(const Memory& memory) {
    if (auto ok = check_id("id", memory.id); !ok) return ok;
    if (auto ok = check_title("title", memory.title); !ok) return ok;
    if (auto ok = check_content("content", memory.content); !ok) return ok;
    if (auto ok = check_namespace("namespace", memory.ns); !ok) return ok;
    if (auto ok = check_tags(memory.tags); !ok) return ok;
    if (auto ok = check_priority(memory.priority); !ok) return ok;
    if (auto ok = check_confidence(memory.confidence); !ok) return ok;
    if (auto ok = check_time("created_at", memory.created_at); !ok) return ok;
    if (memory.expires_at)
        if (auto ok = check_time("expires_at", *memory.expires_at); !ok) return ok;
    return check_metadata(memory.metadata);
}

}  // namespace aimem
