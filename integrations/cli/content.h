// `-` as content means: read it from stdin.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <nlohmann/json_fwd.hpp>

namespace aimem::cli {

// Replaces fields.content when it is "-". Reads no more than a content may hold and one byte, which
// makes the check that follows complain.
Result<> replace_by_stdin(nlohmann::json& fields);

}  // namespace aimem::cli
