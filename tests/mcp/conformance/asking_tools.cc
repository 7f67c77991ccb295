// Tools that need something of the client before they can answer: a name, a sampled text, its
// roots. A result of type "input_required" asks; the same call comes again with the answers and the
// state it was given. SPDX-License-Identifier: Apache-2.0
#include "mcp/era.h"
#include "store/base/sha256.h"
#include "tests/mcp/conformance/server.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <array>
#include <functional>

namespace aimem::mcp::conformance {

using nlohmann::json;

namespace {

constexpr std::string_view kNoArguments = R"({"type":"object","additionalProperties":false})";
constexpr std::string_view kAnything = R"({"type":"object"})";
constexpr std::string_view kSecret = "a test program keeps no secrets";

json elicitation(std::string_view message, const std::string& field, std::string_view type) {
    const json schema{
        {"type", "object"}, {"properties", {{field, {{"type", type}}}}}, {"required", {field}}};
    return {{"method", "elicitation/create"},
            {"params", {{"message", message}, {"requestedSchema", schema}}}};
}

json sampling(std::string_view text, int tokens) {
    const json messages = json::array({{{"role", "user"}, {"content", text_block(text)}}});
    return {{"method", "sampling/createMessage"},
            {"params", {{"messages", messages}, {"maxTokens", tokens}}}};
}

json roots() {
    return {{"method", "roots/list"}, {"params", json::object()}};
}

ToolAnswer asks(const json& requests, std::string_view state = {}) {
    return {.result = asking_result(requests, state)};
}

ToolAnswer says(std::string_view text) {
    return {.result = to_text({{"content", json::array({text_block(text)})},
                               {"structuredContent", json::object()}})};
}

std::string state_in(const json& params) {
    const auto state = params.find("requestState");
    return state != params.end() && state->is_string() ? state->get<std::string>() : std::string();
}

Result<ToolAnswer> name_first(const ToolCall& call) {
    const auto name = input_response(call.params, "user_name");
    if (!name) return asks({{"user_name", elicitation("What is your name?", "name", "string")}});
    return says("Hello, " + name->value("content", json::object()).value("name", "you") + "!");
}

Result<ToolAnswer> sampled(const ToolCall& call) {
    const auto text = input_response(call.params, "capital_question");
    if (!text) return asks({{"capital_question", sampling("What is the capital of France?", 100)}});
    return says(text->value("content", json::object()).value("text", ""));
}

Result<ToolAnswer> rooted(const ToolCall& call) {
    const auto got = input_response(call.params, "client_roots");
    if (!got) return asks({{"client_roots", roots()}});
    return says("Roots: " + got->value("roots", json::array()).dump());
}

Result<ToolAnswer> confirmed(const ToolCall& call) {
    const std::string state = sealed("confirm");
    if (!input_response(call.params, "confirm") || state_in(call.params) != state)
        return asks({{"confirm", elicitation("Please confirm", "ok", "boolean")}}, state);
    return says("state-ok");
}

Result<ToolAnswer> three_at_once(const ToolCall& call) {
    const std::string state = sealed("three");
    bool all = state_in(call.params) == state;
    for (const char* key : {"user_name", "greeting", "client_roots"})
        all = all && input_response(call.params, key);
    if (all) return says("All three came.");
    return asks({{"user_name", elicitation("What is your name?", "name", "string")},
                 {"greeting", sampling("Generate a greeting", 50)},
                 {"client_roots", roots()}},
                state);
}

Result<ToolAnswer> two_rounds(const ToolCall& call) {
    const std::string first = sealed("after step 1");
    const std::string second = sealed("after step 2");
    const std::string state = state_in(call.params);
    if (state == second && input_response(call.params, "step2")) return says("Both rounds done.");
    if (state == first && input_response(call.params, "step1"))
        return asks(
            {{"step2", elicitation("Step 2: What is your favorite color?", "color", "string")}},
            second);
    return asks({{"step1", elicitation("Step 1: What is your name?", "name", "string")}}, first);
}

// Asks for what the client has said that it can be asked for.
Result<ToolAnswer> within_capabilities(const ToolCall& call) {
    const json meta = call.params.value("_meta", json::object());
    const json able = meta.value(kClientCapabilities, json::object());
    json requests = json::object();
    if (able.contains("elicitation"))
        requests["name"] = elicitation("Your name?", "name", "string");
    if (able.contains("sampling")) requests["text"] = sampling("Say something", 50);
    if (able.contains("roots")) requests["roots"] = roots();
    if (requests.empty()) return says("There is nothing to ask this client.");
    return asks(requests);
}

Result<ToolAnswer> out_of_reach(const ToolCall& /*call*/) {
    return says("This client can sample.");
}

constexpr std::array<Tool, 10> kTools{{
    {"test_input_required_result_elicitation", "Name", "Asks for a name.", Effect::reads,
     kNoArguments, kAnything, &name_first},
    {"test_input_required_result_sampling", "Sample", "Asks for a text.", Effect::reads,
     kNoArguments, kAnything, &sampled},
    {"test_input_required_result_list_roots", "Roots", "Asks for the roots.", Effect::reads,
     kNoArguments, kAnything, &rooted},
    {"test_input_required_result_request_state", "State", "Asks and gives a state.", Effect::reads,
     kNoArguments, kAnything, &confirmed},
    {"test_input_required_result_multiple_inputs", "Three", "Asks for three things.", Effect::reads,
     kNoArguments, kAnything, &three_at_once},
    {"test_input_required_result_multi_round", "Rounds", "Asks twice.", Effect::reads, kNoArguments,
     kAnything, &two_rounds},
    {"test_input_required_result_tampered_state", "Sealed", "Gives a sealed state.", Effect::reads,
     kNoArguments, kAnything, &confirmed},
    {"test_input_required_result_capabilities", "Capable", "Asks for what the client can do.",
     Effect::reads, kNoArguments, kAnything, &within_capabilities},
    {"test_streaming_elicitation", "Elicit", "Asks for a name.", Effect::reads, kNoArguments,
     kAnything, &name_first},
    {"test_missing_capability", "Sampler", "For clients that can sample.", Effect::reads,
     kNoArguments, kAnything, &out_of_reach, kEverywhere, R"({"sampling":{}})"},
}};

}  // namespace

std::span<const Tool> asking_tools() {
    return kTools;
}

std::string asking_result(const json& input_requests, std::string_view state) {
    std::string text = fmt::format(R"({{"resultType":"input_required","inputRequests":{})",
                                   to_text(input_requests));
    if (!state.empty()) text += fmt::format(R"(,"requestState":{})", json_string(state));
    return text + "}";
}

std::optional<json> input_response(const json& params, const std::string& key) {
    const auto all = params.find("inputResponses");
    if (all == params.end() || !all->is_object()) return std::nullopt;
    const auto one = all->find(key);
    if (one == all->end() || !one->is_object()) return std::nullopt;
    return *one;
}

std::string sealed(std::string_view state) {
    return fmt::format("{}.{}", state, sha256_hex(fmt::format("{}|{}", kSecret, state)));
}

bool has_forged_state(const json& params) {
    if (!params.contains("requestState")) return false;
    const std::string state = state_in(params);
    const std::size_t dot = state.rfind('.');
    return dot == std::string::npos || sealed(state.substr(0, dot)) != state;
}

}  // namespace aimem::mcp::conformance
