// What the official conformance suite wants of a server under test, beside its memories: tools,
// prompts and resources of fixed names and contents (the suite's scenarios say which).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/rpc.h"
#include "mcp/tool.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aimem::mcp::conformance {

// The smallest picture and sound there are, in base64.
extern const std::string_view kPixelPng;
extern const std::string_view kSilenceWav;

nlohmann::json text_block(std::string_view text);
nlohmann::json image_block();

// tools.cc, asking_tools.cc
std::span<const Tool> content_tools();
std::span<const Tool> asking_tools();
MethodResult set_log_level(const nlohmann::json& params);

// Results that ask the client for something first (2026-07-28: "input_required").
std::string asking_result(const nlohmann::json& input_requests, std::string_view state);
// What the client answered to one of them; nothing: it did not, or not with an object.
std::optional<nlohmann::json> input_response(const nlohmann::json& params, const std::string& key);
std::string sealed(std::string_view state);  // with a code that goes with it
bool has_forged_state(const nlohmann::json& params);

// prompts.cc, resources.cc: nothing means that it is not one of ours.
nlohmann::json prompt_list();
std::optional<MethodResult> prompt(const nlohmann::json& params);
nlohmann::json resource_list();
nlohmann::json resource_template_list();
std::optional<MethodResult> resource(const nlohmann::json& params);
bool is_watched(const nlohmann::json& params);

}  // namespace aimem::mcp::conformance
