#include "store/base/clock.h"

#include <fmt/core.h>
#include <sys/random.h>

#include <chrono>
#include <stdexcept>

namespace aimem {
namespace {

class SystemClock final : public Clock {
public:
    std::int64_t now_ns() const override {
        return std::chrono::duration_cast<std::chrono::nanoseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    }
};

class KernelRng final : public Rng {
public:
    std::uint64_t next() override {
        std::uint64_t value = 0;
        if (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value))
            throw std::runtime_error("the kernel gives no random bytes");
        return value;
    }
};

}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

Rng& system_rng() {
    static KernelRng rng;
    return rng;
}

std::string uuid4(Rng& rng) {
    const std::uint64_t a = rng.next();
    const std::uint64_t b = rng.next();
    return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", a >> 32, (a >> 16) & 0xffff,
                       a & 0xfff, 0x8000 | ((b >> 48) & 0x3fff), b & 0xffffffffffffULL);
}

std::string NewIds::next() {
    constexpr std::size_t kShared = 2;
    std::string id = uuid4(rng_);
    if (start_.empty()) start_ = id.substr(0, kShared);
    id.replace(0, kShared, start_);
    return id;
}

}  // namespace aimem
