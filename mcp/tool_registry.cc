#include "mcp/tool_registry.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>

namespace aimem::mcp {
namespace {

using nlohmann::ordered_json;  // the order of the source is the order people read

ordered_json annotations_of(const Tool& tool) {
    const bool reads = tool.effect == Effect::reads;
    return {{"readOnlyHint", reads},
            {"destructiveHint", tool.effect == Effect::destroys},
            {"idempotentHint", tool.effect != Effect::adds},
            {"openWorldHint", false}};
}

ordered_json entry_of(const Tool& tool, Revision revision) {
    ordered_json entry{{"name", tool.name}};
    if (has_structured_results(revision)) entry["title"] = tool.title;
    entry["description"] = tool.description;
    entry["inputSchema"] = ordered_json::parse(tool.input_schema);
    if (has_structured_results(revision)) {
        entry["outputSchema"] = ordered_json::parse(tool.output_schema);
    }
    if (has_annotations(revision)) entry["annotations"] = annotations_of(tool);
    return entry;
}

std::size_t list_of(Revision revision) noexcept {
    if (!has_annotations(revision)) return 0;
    return has_structured_results(revision) ? 2 : 1;
}

}  // namespace

ToolRegistry::ToolRegistry(std::span<const Tool> tools, Profile profile) : profile_(profile) {
    for (const Tool& tool : tools) {
        if (!is_in(tool.profiles, profile)) {
            others_.push_back(tool);
            continue;
        }
        auto schema = nlohmann::json::parse(tool.input_schema);
        if (schema.value("type", "") != "object") {
            throw std::logic_error("input schema of " + std::string(tool.name) + " is no object");
        }
        if (!by_name_.emplace(tool.name, tools_.size()).second) {
            throw std::logic_error("two tools are called " + std::string(tool.name));
        }
        tools_.push_back({tool, std::make_shared<const nlohmann::json>(std::move(schema))});
    }
    for (const Revision revision :
         {Revision::v2024_11_05, Revision::v2025_03_26, kLatestHandshake}) {
        ordered_json list = ordered_json::array();
        for (const RegisteredTool& tool : tools_) list.push_back(entry_of(tool.tool, revision));
        lists_[list_of(revision)] = ordered_json{{"tools", std::move(list)}}.dump();
    }
}

const RegisteredTool* ToolRegistry::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &tools_[found->second];
}

const Tool* ToolRegistry::find_other(std::string_view name) const {
    const auto found = std::find_if(others_.begin(), others_.end(),
                                    [&](const Tool& tool) { return tool.name == name; });
    return found == others_.end() ? nullptr : &*found;
}

const std::string& ToolRegistry::list_text(Revision revision) const noexcept {
    return lists_[list_of(revision)];
}

}  // namespace aimem::mcp
