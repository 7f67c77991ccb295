// Whether commits of this process are answered before the disk synced (synchronous=OFF); see
// store/log/planted.h. SPDX-License-Identifier: Apache-2.0
#pragma once

namespace aimem::crash {

void answer_before_durable(bool on) noexcept;

}  // namespace aimem::crash
