#include "mcp/stdio.h"

#include "mcp/limits.h"
#include "store/base/log.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>
#include <utility>

namespace aimem::mcp {
namespace {

constexpr std::size_t kKeptBufferBytes = std::size_t{1}
                                         << 20;  // a rare large line gives its memory back
constexpr std::size_t kPipeWriteBytes = 4096;    // PIPE_BUF: after POLLOUT this much never blocks
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_open(int fd) {
    return ::fcntl(fd, F_GETFD) != -1;
}

Fd checked(int fd, const char* what) {
    if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
    return Fd(fd);
}

sigset_t stop_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    return set;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
    if (this != &other) {
        if (fd_ >= 0) ::close(fd_);
        fd_ = other.release();
    }
    return *this;
}

Fd::~Fd() {
    if (fd_ >= 0) ::close(fd_);
}

int Fd::release() noexcept {
    return std::exchange(fd_, -1);
}

Result<Fd> claim_stdout() {
    if (!is_open(STDIN_FILENO) || !is_open(STDOUT_FILENO)) {
        return fail(Errc::invalid_argument,
                    "stdin and stdout must be open: the client speaks through them");
    }
    if (!is_open(STDERR_FILENO)) {
        const int sink = ::open("/dev/null", O_WRONLY);  // takes the lowest free number, which is 2
        if (sink != STDERR_FILENO) return fail(Errc::invalid_argument, "stderr cannot be replaced");
    }
    Fd out(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
    if (out.get() < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        return fail(Errc::invalid_argument, "stdout cannot be claimed");
    }
    if (::signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        return fail(Errc::invalid_argument, "SIGPIPE cannot be ignored");
    }
    return out;
}

StopRequest::StopRequest() {
    const sigset_t set = stop_signals();
    if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, &before_); error != 0) {
        throw std::system_error(error, std::generic_category(), "pthread_sigmask");
    }
    signals_ = checked(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
    asked_ = checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
    both_ = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    for (const int fd : {signals_.get(), asked_.get()}) {
        epoll_event event{};
        event.events = EPOLLIN;
        if (::epoll_ctl(both_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
            throw std::system_error(errno, std::generic_category(), "epoll_ctl");
        }
    }
}

StopRequest::~StopRequest() {
    // A signal that arrived is consumed here: unblocking it would end the program by it, and exit 0
    // is what we mean.
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof(info)) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopRequest::ask() noexcept {
    const std::uint64_t one = 1;
    const auto written = ::write(asked_.get(), &one, sizeof(one));
    static_cast<void>(written);  // can only fail when the counter is full, and then it is readable
}

void LineBuffer::feed(std::string_view bytes) {
    if (begin_ > 0 && begin_ >= bytes_.size() / 2) {
        bytes_.erase(0, begin_);
        scanned_ -= begin_;
        begin_ = 0;
    }
    if (bytes_.capacity() > kKeptBufferBytes && bytes_.size() < kKeptBufferBytes / 2) {
        bytes_.shrink_to_fit();
    }
    bytes_ += bytes;
}

LineEvent LineBuffer::pop(std::string& line) {
    const std::size_t newline = bytes_.find('\n', scanned_);
    const std::size_t end = newline == std::string::npos ? bytes_.size() : newline;
    scanned_ = end;
    if (end - begin_ > kLineBytesMax) skipping_ = true;
    if (newline == std::string::npos) {
        if (skipping_) {
            bytes_.clear();
            begin_ = scanned_ = 0;
        }
        return LineEvent::none;
    }
    const std::size_t begin = begin_;
    begin_ = scanned_ = newline + 1;
    if (std::exchange(skipping_, false)) return LineEvent::too_long;
    line.assign(bytes_, begin, newline - begin);
    clean(line);
    return LineEvent::line;
}

LineEvent LineBuffer::finish(std::string& line) {
    if (std::exchange(skipping_, false)) return LineEvent::too_long;
    if (begin_ >= bytes_.size()) return LineEvent::none;
    line.assign(bytes_, begin_, std::string::npos);
    bytes_.clear();
    begin_ = scanned_ = 0;
    clean(line);
    return LineEvent::line;
}

void LineBuffer::clean(std::string& line) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (std::exchange(first_line_, false) &&
        line.compare(0, kByteOrderMark.size(), kByteOrderMark) == 0) {
        line.erase(0, kByteOrderMark.size());
    }
}

// False: there will be no more input worth reading.
bool LineReader::wait_for_input() {
    std::array<pollfd, 3> fds{{{in_, POLLIN, 0}, {stop_.fd(), POLLIN, 0}, {out_, 0, 0}}};
    while (::poll(fds.data(), fds.size(), -1) < 0) {
        if (errno != EINTR) return false;
    }
    if (fds[1].revents != 0) return false;
    if ((fds[2].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) return false;  // nobody reads us
    return true;
}

ReadEvent LineReader::next(std::string& line) {
    // As it is: to clear it would cost more than the line. NOLINTNEXTLINE(*-member-init)
    std::array<char, kReadChunkBytes> chunk;
    while (true) {
        switch (buffer_.pop(line)) {
            case LineEvent::line: return ReadEvent::line;
            case LineEvent::too_long: return ReadEvent::too_long;
            case LineEvent::none: break;
        }
        if (ended_ || !wait_for_input()) return ReadEvent::end;
        const ssize_t got = ::read(in_, chunk.data(), chunk.size());
        if (got > 0) {
            buffer_.feed({chunk.data(), static_cast<std::size_t>(got)});
            continue;
        }
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        ended_ = true;
        switch (buffer_.finish(line)) {
            case LineEvent::line: return ReadEvent::line;
            case LineEvent::too_long: return ReadEvent::too_long;
            case LineEvent::none: return ReadEvent::end;
        }
    }
}

void LineWriter::write_line(std::string_view text) {
    std::string bytes(text);
    bytes += '\n';
    const std::lock_guard lock(mutex_);
    if (broken_ || write_all(bytes)) return;
    broken_ = true;
    log::info("mcp.client_gone", "stdout takes nothing any more");
    stop_.ask();
}

void LineWriter::give_up() {
    given_up_ = true;
    stop_.ask();
}

// False: the client is gone, or a stop was asked for and it has not read for the whole grace time.
bool LineWriter::wait_for_room() {
    std::array<pollfd, 2> fds{{{out_.get(), POLLOUT, 0}, {stop_.fd(), POLLIN, 0}}};
    int timeout_ms = -1;
    while (true) {
        const int ready = ::poll(fds.data(), fds.size(), timeout_ms);
        if (ready < 0 && errno != EINTR) return false;
        if (ready == 0) return false;
        if ((fds[0].revents & (POLLERR | POLLNVAL)) != 0) return false;
        if ((fds[0].revents & POLLOUT) != 0) return true;
        if (ready > 0 && fds[1].revents != 0) {
            if (given_up_) return false;
            fds[1].fd = -1;  // seen; from now on the grace time runs
            timeout_ms = static_cast<int>(kUnreadGrace.count());
        }
    }
}

bool LineWriter::write_all(std::string_view bytes) {
    while (!bytes.empty()) {
        if (!wait_for_room()) return false;
        const std::size_t size = std::min(bytes.size(), kPipeWriteBytes);
        const ssize_t wrote = ::write(out_.get(), bytes.data(), size);
        if (wrote > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(wrote));
        } else if (wrote < 0 && errno != EINTR && errno != EAGAIN) {
            return false;
        }
    }
    return true;
}

}  // namespace aimem::mcp
