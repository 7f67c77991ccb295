#include "mcp/resources.h"

#include "mcp/tools/call_help.h"
#include "store/model/json.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::string_view kScheme = "memory://";
constexpr std::size_t kResourcesOnPage = 100;
constexpr std::size_t kUriBytesMax = 4096;
constexpr std::size_t kResourceOffsetMax = 100'000'000;

bool stays(char c) {
    constexpr std::string_view marks = "-._~/:@!$&'()*+,;=";
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           marks.find(c) != std::string_view::npos;
}

std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (stays(c))
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            if (!stays(text[at])) return std::nullopt;
            out += text[at];
            continue;
        }
        unsigned byte = 0;
        if (at + 2 >= text.size()) return std::nullopt;
        const char* first = text.data() + at + 1;
        const auto read = std::from_chars(first, first + 2, byte, 16);
        if (read.ec != std::errc() || read.ptr != first + 2) return std::nullopt;
        out += static_cast<char>(byte);
        at += 2;
    }
    return out;
}

tl::unexpected<RpcError> bad_params_of(std::string text) {
    return tl::unexpected<RpcError>(
        RpcError{.code = code::invalid_params, .message = "Invalid params: " + std::move(text)});
}

json resource_json(const Memory& memory) {
    return {{"uri", uri_of({memory.ns, memory.id})},
            {"name", memory.title},
            {"title", memory.title},
            {"mimeType", "text/markdown"},
            {"annotations",
             {{"priority", memory.priority / 10.0}, {"lastModified", memory.updated_at}}}};
}

std::string markdown_of(const Memory& memory) {
    std::string tags;
    for (const std::string& tag : memory.tags) tags += (tags.empty() ? "" : ", ") + tag;
    return fmt::format(
        "# {}\n\n{}\n\n---\nnamespace: {} · tier: {} · priority: {} · tags: {} · updated: {}\n",
        memory.title, memory.content, memory.ns, to_string(memory.tier), memory.priority, tags,
        memory.updated_at);
}

std::optional<std::size_t> page_start(const json& params) {
    const auto cursor = params.find("cursor");
    if (cursor == params.end()) return 0;
    if (!cursor->is_string()) return std::nullopt;
    const auto& text = cursor->get_ref<const std::string&>();
    if (text.empty()) return 0;
    std::size_t offset = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), offset);
    const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
    if (!whole || offset > kResourceOffsetMax) return std::nullopt;
    return offset;
}

}  // namespace

std::string uri_of(const ResourceName& name) {
    return std::string(kScheme) + encoded(name.ns) + "/" + encoded(name.id);
}

std::optional<ResourceName> name_in(std::string_view uri) {
    if (uri.size() > kUriBytesMax || !uri.starts_with(kScheme)) return std::nullopt;
    uri.remove_prefix(kScheme.size());
    const auto slash = uri.rfind('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == uri.size())
        return std::nullopt;
    auto ns = decoded(uri.substr(0, slash));
    auto id = decoded(uri.substr(slash + 1));
    if (!ns || !id) return std::nullopt;
    return ResourceName{*std::move(ns), *std::move(id)};
}

MethodResult resource_page(const ToolHost& host, const json& params) {
    const auto offset = page_start(params);
    if (!offset) return bad_params_of("unknown cursor");
    const auto store = host.store();
    if (!store) return tl::unexpected<RpcError>(rpc_error(store.error()));
    const auto found = (*store)->list({.limit = kResourcesOnPage + 1, .offset = *offset});
    if (!found) return tl::unexpected<RpcError>(rpc_error(found.error()));
    json rows = json::array();
    for (std::size_t i = 0; i < std::min(found->size(), kResourcesOnPage); ++i)
        if (!is_internal((*found)[i].ns)) rows.push_back(resource_json((*found)[i]));
    json out{{"resources", std::move(rows)}};
    if (found->size() > kResourcesOnPage)
        out["nextCursor"] = std::to_string(*offset + kResourcesOnPage);
    return to_text(out);
}

std::string resource_templates_text() {
    return to_text({{"resourceTemplates",
                     {{{"uriTemplate", kResourceTemplate},
                       {"name", "memory"},
                       {"title", "A memory"},
                       {"description", "One memory by its namespace and id"},
                       {"mimeType", "text/markdown"}}}}});
}

MethodResult resource_contents(const ToolHost& host, const json& params, Revision revision) {
    const auto uri = params.find("uri");
    if (uri == params.end() || !uri->is_string()) return bad_params_of("uri must be a string");
    const auto& text = uri->get_ref<const std::string&>();
    RpcError unknown{.code = is_modern(revision) ? code::invalid_params : code::resource_not_found,
                     .message = "Resource not found: " + excerpt(text),
                     .data = to_text({{"uri", excerpt(text)}})};
    const auto name = name_in(text);
    if (!name) return tl::unexpected<RpcError>(std::move(unknown));
    const auto store = host.store();
    if (!store) return tl::unexpected<RpcError>(rpc_error(store.error()));
    const auto memory = (*store)->get(name->id);
    if (!memory && memory.error().code == Errc::storage)
        return tl::unexpected<RpcError>(rpc_error(memory.error()));
    // The whole id and the namespace it is in: a URI is no search.
    if (!memory || memory->ns != name->ns || memory->id != name->id)
        return tl::unexpected<RpcError>(std::move(unknown));
    const json contents = json::array(
        {{{"uri", text}, {"mimeType", "text/markdown"}, {"text", markdown_of(*memory)}}});
    return to_text({{"contents", contents}});
}

RpcError rpc_error(const Error& error) {
    if (error.code == Errc::invalid_argument || error.code == Errc::wrong_type)
        return {.code = code::invalid_params, .message = "Invalid params: " + error.message};
    return {.code = code::internal_error, .message = "The memory database failed; see the log"};
}

}  // namespace aimem::mcp
