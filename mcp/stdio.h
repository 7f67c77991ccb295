// The process's own stdin and stdout as a stream of lines. stdout is taken away from everybody
// else: what a library prints lands on stderr. Reading and writing stop by themselves when the
// client is gone or the program is asked to end. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <atomic>
#include <csignal>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace aimem::mcp {

// A descriptor, closed by its owner.
class Fd {
public:
    explicit Fd(int fd = -1) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(other.release()) {}
    Fd& operator=(Fd&& other) noexcept;
    ~Fd();

    int get() const noexcept { return fd_; }
    int release() noexcept;

private:
    int fd_;
};

// The private way to the client, made from fd 1, which from now on is stderr. Also sees to it that
// fds 0 to 2 are open, so that no database ever becomes one of them, and that SIGPIPE kills nobody.
Result<Fd> claim_stdout();

// SIGTERM and SIGINT, and the program's own wish, as one descriptor to poll. Make it before any
// other thread: the signals are blocked in every thread started later.
class StopRequest {
public:
    StopRequest();
    ~StopRequest();
    StopRequest(const StopRequest&) = delete;
    StopRequest& operator=(const StopRequest&) = delete;

    int fd() const noexcept { return both_.get(); }  // readable once something asked to stop
    void ask() noexcept;                             // any thread

private:
    sigset_t before_{};
    Fd signals_;
    Fd asked_;
    Fd both_;
};

enum class LineEvent { none, line, too_long };

// Cuts bytes into lines. Holds at most one line of kLineBytesMax and one chunk; of a longer line
// only the fact is kept.
class LineBuffer {
public:
    void feed(std::string_view bytes);
    LineEvent pop(std::string& line);
    LineEvent finish(std::string& line);  // at the end of the stream: what had no newline

private:
    void clean(std::string& line);

    std::string bytes_;
    std::size_t begin_ = 0;    // of the line that is being gathered
    std::size_t scanned_ = 0;  // no newline before this
    bool skipping_ = false;    // inside a line that is too long
    bool first_line_ = true;
};

enum class ReadEvent { line, too_long, end };

class LineReader {
public:
    // Ends when `stop` becomes readable, when stdin ends, or when nobody reads `out_fd` any more.
    LineReader(int in_fd, int out_fd, const StopRequest& stop) noexcept
        : in_(in_fd),
          out_(out_fd),
          stop_(stop) {}

    ReadEvent next(std::string& line);

private:
    bool wait_for_input();

    int in_;
    int out_;
    const StopRequest& stop_;
    LineBuffer buffer_;
    bool ended_ = false;
};

// Any thread may write; a line goes out whole. When the client is gone, or has not read for
// kUnreadGrace after a stop was asked for, the writer drops everything and asks the program to
// stop.
class LineWriter {
public:
    LineWriter(Fd out, StopRequest& stop) noexcept : out_(std::move(out)), stop_(stop) {}

    void write_line(std::string_view text);
    void give_up();  // ends a write that waits for the client, soon
    int fd() const noexcept { return out_.get(); }

private:
    bool write_all(std::string_view bytes);
    bool wait_for_room();

    Fd out_;
    StopRequest& stop_;
    std::atomic<bool> given_up_{false};
    std::mutex mutex_;
    bool broken_ = false;  // guarded by mutex_
};

}  // namespace aimem::mcp
