// What a fuzz target holds true of every input: if not, the process dies, so that the fuzzer keeps
// the input. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace aimem::fuzz {

inline void expect(bool holds, const char* rule, const std::string& seen) {
    if (holds) return;
    std::fprintf(stderr, "%s: %s\n", rule, seen.substr(0, 4000).c_str());
    std::abort();
}

}  // namespace aimem::fuzz
