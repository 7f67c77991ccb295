// `ai-memory serve` is another program, so that this one has no network code in it: it is found
// beside this binary, or in ../libexec/ai-memory, and takes this process's place (design:
// decisions.md 2).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <string>
#include <vector>

namespace aimem::cli {

// Returns only when it failed. `words`: what comes after the program's name.
Error become_node(std::vector<std::string> words);

}  // namespace aimem::cli
