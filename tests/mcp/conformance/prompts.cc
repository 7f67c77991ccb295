// The prompts that the suite asks for. SPDX-License-Identifier: Apache-2.0
#include "tests/mcp/conformance/server.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace aimem::mcp::conformance {

using nlohmann::json;

namespace {

json from_user(const json& content) {
    return {{"role", "user"}, {"content", content}};
}

MethodResult messages(const json& list) {
    return to_text({{"messages", list}});
}

json argument(std::string_view name, std::string_view description) {
    return {{"name", name}, {"description", description}, {"required", true}};
}

MethodResult with_arguments(const json& given) {
    for (const char* name : {"arg1", "arg2"}) {
        if (given.value(name, json()).is_string()) continue;
        return tl::unexpected<RpcError>(
            RpcError{.code = code::invalid_params,
                     .message = fmt::format("Invalid params: {} must be a string", name)});
    }
    return messages(json::array({from_user(text_block(
        fmt::format("Prompt with arguments: arg1='{}', arg2='{}'", given["arg1"].get<std::string>(),
                    given["arg2"].get<std::string>())))}));
}

MethodResult with_resource(const json& given) {
    const json resource{{"uri", given.value("resourceUri", "test://example-resource")},
                        {"mimeType", "text/plain"},
                        {"text", "Embedded resource content for testing."}};
    return messages(
        json::array({from_user({{"type", "resource"}, {"resource", resource}}),
                     from_user(text_block("Please process the embedded resource above."))}));
}

MethodResult about_a_context(const json& params) {
    const auto got = input_response(params, "user_context");
    if (got) return messages(json::array({from_user(text_block("In context: " + got->dump()))}));
    const json schema{{"type", "object"},
                      {"properties", {{"context", {{"type", "string"}}}}},
                      {"required", {"context"}}};
    return asking_result(
        {{"user_context",
          {{"method", "elicitation/create"},
           {"params",
            {{"message", "What context should the prompt use?"}, {"requestedSchema", schema}}}}}},
        {});
}

}  // namespace

json prompt_list() {
    return json::array(
        {{{"name", "test_simple_prompt"}, {"description", "One sentence"}},
         {{"name", "test_prompt_with_arguments"},
          {"description", "Repeats its arguments"},
          {"arguments", {argument("arg1", "First"), argument("arg2", "Second")}}},
         {{"name", "test_prompt_with_embedded_resource"},
          {"description", "With a resource"},
          {"arguments", {argument("resourceUri", "Which")}}},
         {{"name", "test_prompt_with_image"}, {"description", "With a picture"}},
         {{"name", "test_input_required_result_prompt"}, {"description", "Asks for a context"}}});
}

std::optional<MethodResult> prompt(const json& params) {
    const json name = params.value("name", json());
    const json given = params.value("arguments", json::object());
    if (name == "test_simple_prompt")
        return messages(
            json::array({from_user(text_block("This is a simple prompt for testing."))}));
    if (name == "test_prompt_with_arguments") return with_arguments(given);
    if (name == "test_prompt_with_embedded_resource") return with_resource(given);
    if (name == "test_prompt_with_image")
        return messages(json::array(
            {from_user(image_block()), from_user(text_block("Please analyze the image above."))}));
    if (name == "test_input_required_result_prompt") return about_a_context(params);
    return std::nullopt;
}

}  // namespace aimem::mcp::conformance
