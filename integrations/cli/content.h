// `-` as content, or as a secret, means: read it from stdin.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace aimem::cli {

// Replaces fields.content when it is "-". Reads no more than a content may hold and one byte, which
// makes the check that follows complain.
Result<> replace_by_stdin(nlohmann::json& fields);

// The secret itself: text, or without its last line end what stdin has. At most
// kWebhookSecretBytes.
Result<std::string> secret_from(std::string_view text_or_dash);

}  // namespace aimem::cli
