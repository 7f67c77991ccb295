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

// Ids for what one transaction makes. They share their first two digits, so that rows that come
// together lie together in every index by id, here and at every peer, and a commit has fewer pages
// to write. Of the eight digits that people type, 24 bits are the id's own.
class NewIds {
public:
    explicit NewIds(Rng& rng) noexcept : rng_(rng) {}
    void begin() noexcept { start_.clear(); }  // of a transaction
    std::string next();

private:
    Rng& rng_;
    std::string start_{};
};

}  // namespace aimem
