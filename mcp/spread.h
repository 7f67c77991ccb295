// --mcp-wait-ms: a tool that wrote something says on how many nodes it is. Read from the file,
// where the node beside this server writes down what its peers have; nothing here touches a
// network. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/tool.h"

#include <chrono>
#include <cstdint>

namespace aimem::mcp {

class SpreadWatch {  // the strand's alone
public:
    explicit SpreadWatch(std::chrono::milliseconds wait) : wait_(wait) {}

    void begin() noexcept { place_ = 0; }
    void wrote(std::int64_t place) noexcept { place_ = place; }
    // The answer with `replicated: {copies, nodes}`, once all nodes have what was written, or the
    // time is over, or the client no longer waits. As it was when nothing was written.
    ToolAnswer reported(ToolAnswer answer, Store& store, const std::atomic<bool>& cancelled) const;

private:
    std::chrono::milliseconds wait_;
    std::int64_t place_ = 0;  // in this file's feed, of the last row written by the call; 0: none
};

}  // namespace aimem::mcp
