// Which deliberate bug is switched on in this thread; see store/log/planted.h.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/planted.h"

#include <string_view>

namespace aimem::sim {

struct FaultText {
    Fault fault;
    std::string_view name;
    std::string_view what;
};

const FaultText& text_of(Fault fault);
void plant(Fault fault) noexcept;

}  // namespace aimem::sim
