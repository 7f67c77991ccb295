// Fills databases for the benchmarks through the library, faster than any door.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/store.h"
#include "tests/bench/text_maker.h"

#include <cstddef>
#include <filesystem>
#include <memory>

namespace aimem::bench {

inline constexpr std::size_t kLoadBatch = 1000;  // rows that are stored at once

// Both throw std::runtime_error.
std::unique_ptr<Store> open_store(const std::filesystem::path& file);
void load_batch(Store& store, std::vector<Op> ops);  // returns once all are committed

StoreMemory op_from(Text text);  // in namespace "bench"

}  // namespace aimem::bench
