// percentile(): the value below which a share of the samples lies; nearest rank, 0 when there are
// none. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace aimem::test {

// By value: sorts its copy. share is in 0..1.
inline double percentile(std::vector<double> samples, double share) {
    if (samples.empty()) return 0;
    const auto rank =
        static_cast<std::size_t>(std::lround(share * static_cast<double>(samples.size() - 1)));
    const auto at = samples.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(samples.begin(), at, samples.end());
    return *at;
}

}  // namespace aimem::test
