// A message of an inbox as the doors show it. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/model/memory.h"

#include <nlohmann/json_fwd.hpp>

namespace aimem {

nlohmann::json message_to_json(const Memory& memory);

}  // namespace aimem
