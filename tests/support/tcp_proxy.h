// TcpProxy: stands in front of one loopback port, on a thread of its own, and breaks the wire on
// demand: hold one or both directions (bytes are kept and flow on when healed, as TCP would
// retransmit them), refuse connections, delay, throttle, cut what is open. Its counters let a test
// assert that the fault bit. All calls are safe from any thread. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "tests/support/deadline.h"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace aimem::test {

enum class Fault {
    none,
    refuse,      // nobody listens, and what was open is reset
    black_hole,  // connections are accepted, no byte moves either way
    drop_up,     // nothing from the client reaches the server
    drop_down,   // requests arrive, their answers do not
};

struct ProxyCounters {
    std::uint64_t connections = 0;
    std::uint64_t refusals =
        0;  // connections reset by refuse or cut (never seen: those nobody accepted)
    std::uint64_t bytes_up = 0;  // client to server, forwarded
    std::uint64_t bytes_down = 0;
    std::uint64_t bytes_held = 0;  // read while a fault kept them from going on
};

class TcpProxy {
public:
    explicit TcpProxy(std::uint16_t target_port);
    TcpProxy(std::uint16_t target_port, std::uint16_t own_port);
    ~TcpProxy();  // stops the thread
    TcpProxy(const TcpProxy&) = delete;
    TcpProxy& operator=(const TcpProxy&) = delete;

    std::uint16_t port() const;
    void set(Fault fault);  // when this returns the fault is in force
    void heal() { set(Fault::none); }
    void delay(Millis each_way);
    void throttle(std::size_t bytes_per_second);  // each way, all connections together; 0: none
    void cut();  // resets every open connection; new ones are let through
    ProxyCounters counters() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace aimem::test
