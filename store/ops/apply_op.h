// Turns an Op into register writes inside the caller's transaction: one function for each verb,
// chosen by the variant. A verb checks before it writes: one that fails has written nothing.
// SPDX-License-Identifier: Apache-2.0
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
Result<Committed> run(OpContext& context, const PurgeArchive& op);
Result<Committed> run(OpContext& context, const ForgetMemories& op);
Result<Committed> run(OpContext& context, const ExpireMemories& op);
Result<Committed> run(OpContext& context, const ConsolidateMemories& op);
Result<Committed> run(OpContext& context, const ImportMemory& op);
Result<Committed> run(OpContext& context, const LinkMemories& op);
Result<Committed> run(OpContext& context, const UnlinkMemories& op);
Result<Committed> run(OpContext& context, const InvalidateLink& op);
Result<Committed> run(OpContext& context, const RegisterEntity& op);
Result<Committed> run(OpContext& context, const RegisterAgent& op);
Result<Committed> run(OpContext& context, const RequestAction& op);
Result<Committed> run(OpContext& context, const DecideAction& op);
Result<Committed> run(OpContext& context, const SetStandard& op);
Result<Committed> run(OpContext& context, const ClearStandard& op);
Result<Committed> run(OpContext& context, const NotifyAgent& op);
Result<Committed> run(OpContext& context, const SubscribeEvents& op);
Result<Committed> run(OpContext& context, const UnsubscribeEvents& op);

}  // namespace aimem
