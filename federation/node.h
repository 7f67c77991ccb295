// Builds a node from its options and runs it until it is told to stop: `serve` with its door,
// `sync-daemon` without. One I/O thread, the store's writer, two readers. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "federation/options.h"
#include "store/base/result.h"

namespace aimem {

// Returns after SIGTERM or SIGINT, when requests under way were answered and everything is on disk.
// SIGHUP reads the certificates and the allowlist again. Errors are those of the start: a file that
// cannot be opened, an address in use.
Result<> run_node(const NodeOptions& options);

}  // namespace aimem
