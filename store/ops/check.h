// The rules of single arguments that doors and ops share. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <cstdint>
#include <string_view>

namespace aimem {

Result<> check_ttl(std::int64_t secs);
// A JSON object, and the one member of it that has a meaning here: its scope.
Result<> check_metadata_and_scope(std::string_view text);
Result<> check_agent_type(std::string_view type);
Result<> check_days(std::int64_t days);

}  // namespace aimem
