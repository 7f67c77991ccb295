// Turns an Op into register writes inside the caller's transaction: one function for each verb,
// chosen by the variant. On an error nothing of the Op must stay: the caller rolls its savepoint
// back. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/ops/context.h"
#include "store/ops/op.h"
#include "store/ops/outcome.h"

namespace aimem {

Result<Committed> apply_op(OpContext& context, const Op& op);

// The verbs. Each has been checked by check_op before.
Result<Committed> run(OpContext& context, const StoreMemory& op);
Result<Committed> run(OpContext& context, const UpdateMemory& op);
Result<Committed> run(OpContext& context, const PromoteMemory& op);
Result<Committed> run(OpContext& context, const DeleteMemory& op);
Result<Committed> run(OpContext& context, const ArchiveMemory& op);
Result<Committed> run(OpContext& context, const RestoreMemory& op);
Result<Committed> run(OpContext& context, const LinkMemories& op);
Result<Committed> run(OpContext& context, const UnlinkMemories& op);

}  // namespace aimem
