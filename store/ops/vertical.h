// Promotion up the tree of namespaces: a copy of the memory, linked derived_from it. Doing it again
// renews the copy. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/ops/context.h"
#include "store/ops/outcome.h"

#include <string>

namespace aimem {

Result<Committed> promote_up(OpContext& context, Memory source, const std::string& to_namespace);

}  // namespace aimem
