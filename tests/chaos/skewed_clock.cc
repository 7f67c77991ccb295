// A library to preload into a node: its wall clock is AIMEM_TEST_CLOCK_SKEW seconds ahead (or
// behind, when negative); the steady clock is left alone. Only what our programs ask the time with.
// SPDX-License-Identifier: Apache-2.0
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

namespace {

time_t skew() {
    static const time_t seconds = [] {
        const char* wanted = std::getenv("AIMEM_TEST_CLOCK_SKEW");
        return wanted == nullptr ? time_t{0}
                                 : static_cast<time_t>(std::strtol(wanted, nullptr, 10));
    }();
    return seconds;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* out) noexcept {
    const long rc = ::syscall(SYS_clock_gettime, clock, out);
    if (rc == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        out->tv_sec += skew();
    return static_cast<int>(rc);
}

extern "C" int gettimeofday(timeval* out, void* /*zone*/) noexcept {
    timespec now{};
    const int rc = clock_gettime(CLOCK_REALTIME, &now);
    *out = {now.tv_sec, now.tv_nsec / 1000};
    return rc;
}

extern "C" time_t time(time_t* out) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (out != nullptr) *out = now.tv_sec;
    return now.tv_sec;
}
