// Time and randomness as values that are passed in, so that the core runs without either.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace aimem {

class Clock {
public:
    virtual ~Clock() = default;
    virtual std::int64_t now_ns() const = 0;  // ns since 1970, UTC; may jump
};

class Rng {
public:
    virtual ~Rng() = default;
    virtual std::uint64_t next() = 0;
};

const Clock& system_clock();
Rng& system_rng();  // thread-safe, from the kernel

std::string uuid4(Rng& rng);

}  // namespace aimem
