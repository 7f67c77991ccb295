// The way of a command that changes something: in a file that is there already, in the name of who
// runs it. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/ops/op.h"
#include "store/ops/outcome.h"

#include "integrations/cli/session.h"
#include <optional>

namespace aimem::cli {

// Nothing: a policy wants approval first; that was said, and the command is done.
Result<std::optional<Committed>> commit(Session& session, Op op);

// Says so, when the action was queued.
bool answer_queued(Session& session, const Committed& done);

// A verb that takes a bounded number of rows at once: until none are left. How many there were.
Result<std::int64_t> commit_sweep(Session& session, const Op& op);

}  // namespace aimem::cli
