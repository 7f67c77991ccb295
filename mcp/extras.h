// Extras: what a program offers beside the memories, as answers of its own to methods of this
// protocol. The program that the official conformance suite tests has its prompts, resources and
// log this way; the server of the memories has none. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/rpc.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <optional>
#include <string_view>

namespace aimem::mcp {

struct Extras {
    // Asked before the server itself; nothing means that the request is the server's. Called on the
    // reader and on the strand, at the same time.
    using Answer = std::function<std::optional<MethodResult>(std::string_view method,
                                                             const nlohmann::json& params)>;
    Answer answer{};
    std::string_view handshake_capabilities{};  // JSON members, each followed by a comma
};

}  // namespace aimem::mcp
