// What deleting a memory does to the namespaces whose standard it is. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "store/ops/context.h"

#include <string>

namespace aimem {

void clear_standard(OpContext& context, const std::string& ns);

}  // namespace aimem
