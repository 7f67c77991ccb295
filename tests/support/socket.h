// Fd and the few blocking socket calls the helpers share: loopback TCP only, every wait bounded by
// a Deadline. Failures throw std::system_error. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/deadline.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aimem::test {

// Owns one descriptor. -1 is "none".
class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(other.release()) {}
    Fd& operator=(Fd&& other) noexcept;
    ~Fd() { reset(); }

    int get() const { return fd_; }
    bool open() const { return fd_ >= 0; }
    int release();
    void reset();

private:
    int fd_ = -1;
};

[[noreturn]] void throw_errno(const std::string& what);

Fd listen_on(
    std::uint16_t port);  // 127.0.0.1, close-on-exec, address reusable; 0 lets the kernel choose
std::uint16_t port_of(const Fd& listener);
Fd connect_to(std::uint16_t port, Deadline deadline);
void set_nonblocking(int fd);
void set_nodelay(int fd);
void reset_on_close(int fd);  // the other side sees a reset, not an orderly end

bool wait_readable(int fd, Deadline deadline);
bool wait_writable(int fd, Deadline deadline);

// Sends all of it, or throws. Never raises SIGPIPE.
void send_all(int socket, std::string_view bytes, Deadline deadline);
// One chunk; 0 at the end of the stream. Throws when the deadline passes first.
std::size_t receive_some(int socket, char* into, std::size_t max, Deadline deadline);

}  // namespace aimem::test
