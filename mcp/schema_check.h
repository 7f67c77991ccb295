// Checks a tool's arguments against the input schema that tools/list shows, so that what is
// advertised is what is enforced. Knows the keywords our schemas use: type, enum, properties,
// required, additionalProperties, items, minimum, maximum, minLength, maxLength, minItems,
// maxItems. Pure. Messages name the field, what is accepted and what was given.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace aimem::mcp {

// The first mistake, as Errc::invalid_argument. On success an integer that came as 5.0 has
// become 5. "nullable":true beside a type lets null through as well.
Result<> check_arguments(const nlohmann::json& schema, nlohmann::json& arguments);

// Keywords of a schema (at any depth) that check_arguments would ignore; for a test over all tools.
std::vector<std::string> unknown_keywords(const nlohmann::json& schema);

}  // namespace aimem::mcp
