// Reading from the store what the replication machine asks for. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/events.h"

namespace aimem::repl {

// Runs on a thread that may read; a failed read is a PageLoaded without a page.
PageLoaded load_page(Store& store, const LoadPage& wanted);

}  // namespace aimem::repl
