// PortLease: a loopback port nobody else will take while the lease lives. The number lies below the
// kernel's ephemeral range, so no outgoing connection grabs it between stop and restart of a node,
// and an abstract unix socket named after it keeps other test programs of this machine off it.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/socket.h"

#include <cstdint>

namespace aimem::test {

class PortLease {
public:
    PortLease();  // throws std::runtime_error when no port is free
    std::uint16_t port() const { return port_; }

private:
    std::uint16_t port_ = 0;
    Fd claim_;
};

}  // namespace aimem::test
