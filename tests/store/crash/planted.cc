#include "tests/store/crash/planted.h"

#include "store/log/planted.h"

#include <atomic>

namespace aimem {
namespace {

std::atomic<bool> before_durable{false};

}  // namespace

bool planted(Fault fault) noexcept {
    return fault == Fault::ack_before_durable && before_durable;
}

void crash::answer_before_durable(bool on) noexcept {
    before_durable = on;
}

}  // namespace aimem
