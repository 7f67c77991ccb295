#include "tests/support/free_port.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <stdexcept>
#include <system_error>

namespace aimem::test {
namespace {

constexpr std::uint32_t kFirstPort = 17'000;  // the ephemeral range begins at 32768
constexpr std::uint32_t kPorts = 12'000;

std::atomic<std::uint32_t> next_offset{0};

Fd claim(std::uint32_t port) {
    Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;  // a first byte of zero means: no file, gone with its owner
    const int length =
        std::snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "ai-memory-test-port-%u", port);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1) +
                      static_cast<socklen_t>(length);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), size) != 0) fd.reset();
    return fd;
}

bool nobody_listens(std::uint16_t port) {
    try {
        listen_on(port);
        return true;
    } catch (const std::system_error&) {
        return false;
    }
}

}  // namespace

PortLease::PortLease() {
    const auto start = static_cast<std::uint32_t>(::getpid()) * 37U;
    for (std::uint32_t tries = 0; tries < kPorts; ++tries) {
        const std::uint32_t port = kFirstPort + (start + next_offset++) % kPorts;
        claim_ = claim(port);
        if (claim_.open() && nobody_listens(static_cast<std::uint16_t>(port))) {
            port_ = static_cast<std::uint16_t>(port);
            return;
        }
    }
    throw std::runtime_error("no free port on 127.0.0.1");
}

}  // namespace aimem::test
