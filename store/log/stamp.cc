#include "store/log/stamp.h"

#include "store/log/planted.h"

#include <algorithm>

namespace aimem {
namespace {

constexpr std::int64_t floor_step(std::int64_t ns) noexcept {
    return ns / kStampStep * kStampStep;
}

}  // namespace

std::int64_t tick(StampClock& clock, std::int64_t now_ns, std::int64_t overwritten) noexcept {
    if (planted(Fault::overwritten_not_dominated)) overwritten = 0;
    const std::int64_t base = std::max(
        {floor_step(now_ns), clock.hlc + kStampStep, floor_step(overwritten) + kStampStep});
    const bool far_future = base > now_ns + kFutureTolerance;
    clock.hlc = far_future ? std::max(clock.hlc, floor_step(now_ns)) : base;
    return base + clock.tag;
}

void observe(StampClock& clock, std::int64_t now_ns, std::int64_t stamp) noexcept {
    if (planted(Fault::observe_forgotten)) return;
    clock.hlc = std::max(clock.hlc, floor_step(std::min(stamp, now_ns + kFutureTolerance)));
}

}  // namespace aimem
