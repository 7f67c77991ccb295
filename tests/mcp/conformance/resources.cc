// The resources that the suite asks for. SPDX-License-Identifier: Apache-2.0
#include "tests/mcp/conformance/server.h"

#include <nlohmann/json.hpp>

namespace aimem::mcp::conformance {

using nlohmann::json;

namespace {

constexpr std::string_view kText = "test://static-text";
constexpr std::string_view kBinary = "test://static-binary";
constexpr std::string_view kWatched = "test://watched-resource";
constexpr std::string_view kTemplateHead = "test://template/";
constexpr std::string_view kTemplateTail = "/data";

MethodResult contents(const json& one) {
    return to_text({{"contents", json::array({one})}});
}

json described(std::string_view uri, std::string_view name, std::string_view mime_type) {
    return {{"uri", uri}, {"name", name}, {"description", "For tests"}, {"mimeType", mime_type}};
}

}  // namespace

json resource_list() {
    return json::array({described(kText, "static-text", "text/plain"),
                        described(kBinary, "static-binary", "image/png"),
                        described(kWatched, "watched", "text/plain")});
}

json resource_template_list() {
    return json::array({{{"uriTemplate", "test://template/{id}/data"},
                         {"name", "template"},
                         {"mimeType", "application/json"}}});
}

std::optional<MethodResult> resource(const json& params) {
    const json given = params.value("uri", json());
    if (!given.is_string()) return std::nullopt;
    const std::string uri = given.get<std::string>();
    if (uri == kText)
        return contents({{"uri", uri},
                         {"mimeType", "text/plain"},
                         {"text", "This is the content of the static text resource."}});
    if (uri == kBinary)
        return contents({{"uri", uri}, {"mimeType", "image/png"}, {"blob", kPixelPng}});
    if (uri == kWatched)
        return contents({{"uri", uri}, {"mimeType", "text/plain"}, {"text", "Watched."}});
    const std::size_t ends = kTemplateHead.size() + kTemplateTail.size();
    if (!uri.starts_with(kTemplateHead) || !uri.ends_with(kTemplateTail) || uri.size() <= ends)
        return std::nullopt;
    const std::string id = uri.substr(kTemplateHead.size(), uri.size() - ends);
    const json data{{"id", id}, {"templateTest", true}, {"data", "Data for ID: " + id}};
    return contents({{"uri", uri}, {"mimeType", "application/json"}, {"text", to_text(data)}});
}

bool is_watched(const json& params) {
    return params.value("uri", json()) == kWatched;
}

}  // namespace aimem::mcp::conformance
