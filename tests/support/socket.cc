#include "tests/support/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace aimem::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(0x7f000001);
    return address;
}

Fd tcp_socket() {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.open()) throw_errno("socket");
    return fd;
}

bool wait_for(int fd, short events, Deadline deadline) {
    pollfd entry{fd, events, 0};
    for (;;) {
        const int n = ::poll(&entry, 1, deadline.left_ms());
        if (n > 0) return true;
        if (n == 0 && deadline.passed()) return false;
        if (n < 0 && errno != EINTR) throw_errno("poll");
    }
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

int Fd::release() {
    return std::exchange(fd_, -1);
}

void Fd::reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void throw_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

Fd listen_on(std::uint16_t port) {
    Fd fd = tcp_socket();
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in address = loopback(port);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw_errno("bind to port " + std::to_string(port));
    if (::listen(fd.get(), 128) != 0) throw_errno("listen");
    return fd;
}

std::uint16_t port_of(const Fd& listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw_errno("getsockname");
    return ntohs(address.sin_port);
}

Fd connect_to(std::uint16_t port, Deadline deadline) {
    Fd fd = tcp_socket();
    set_nonblocking(fd.get());
    const sockaddr_in address = loopback(port);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        if (errno != EINPROGRESS) throw_errno("connect to port " + std::to_string(port));
        if (!wait_writable(fd.get(), deadline)) {
            errno = ETIMEDOUT;
            throw_errno("connect to port " + std::to_string(port));
        }
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            errno = error;
            throw_errno("connect to port " + std::to_string(port));
        }
    }
    set_nodelay(fd.get());
    return fd;
}

void set_nonblocking(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) throw_errno("fcntl");
}

void set_nodelay(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void reset_on_close(int fd) {
    const linger now{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

bool wait_readable(int fd, Deadline deadline) {
    return wait_for(fd, POLLIN, deadline);
}

bool wait_writable(int fd, Deadline deadline) {
    return wait_for(fd, POLLOUT, deadline);
}

void send_all(int socket, std::string_view bytes, Deadline deadline) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) {
            if (wait_writable(socket, deadline)) continue;
            errno = ETIMEDOUT;
            throw_errno("send");
        } else if (errno != EINTR) {
            throw_errno("send");
        }
    }
}

std::size_t receive_some(int socket, char* into, std::size_t max, Deadline deadline) {
    for (;;) {
        const ssize_t n = ::recv(socket, into, max, MSG_DONTWAIT);
        if (n >= 0) return static_cast<std::size_t>(n);
        if (errno == EAGAIN) {
            if (wait_readable(socket, deadline)) continue;
            errno = ETIMEDOUT;
        }
        if (errno != EINTR) throw_errno("recv");
    }
}

}  // namespace aimem::test
