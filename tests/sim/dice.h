// Numbers that depend on nothing but the seeds they are made of: one seed is one schedule, on every
// machine. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/clock.h"

#include <cstdint>

namespace aimem::sim {

// The finishing steps of splitmix64: close numbers become unrelated ones.
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}
template <typename... More>
constexpr std::uint64_t mix(std::uint64_t first, std::uint64_t second, More... more) noexcept {
    return mix(mix(first) ^ second, static_cast<std::uint64_t>(more)...);
}

class Dice final : public Rng {
public:
    explicit Dice(std::uint64_t seed) noexcept : state_(seed) {}
    std::uint64_t next() override { return mix(state_++ * 0x2545f4914f6cdd1dULL); }
    std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : next() % n; }
    std::int64_t between(std::int64_t lowest, std::int64_t highest) {
        return lowest +
               static_cast<std::int64_t>(below(static_cast<std::uint64_t>(highest - lowest) + 1));
    }
    bool chance(unsigned percent) { return below(100) < percent; }

private:
    std::uint64_t state_;
};

}  // namespace aimem::sim
