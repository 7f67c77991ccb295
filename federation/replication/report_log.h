// One log line for each fault or return of a peer. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "federation/replication/events.h"

#include <string>

namespace aimem {

void log_report(const repl::Report& report, const std::string& url);

}  // namespace aimem
