// How list and search answer.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/model/memory.h"

#include "integrations/cli/session.h"
#include <string_view>
#include <vector>

namespace aimem::cli {

struct Listing {
    std::string_view json_key;  // "memories", "results"
    std::string_view done;      // "listed", "found"
};

void show_memories(Session& session, const std::vector<Memory>& memories, const Listing& listing);

}  // namespace aimem::cli
