// Process: one child program with pipes at its stdin and stdout, its stderr in a file. The child is
// killed when its owner goes out of scope, and by the kernel when the thread that started it ends;
// so start it from a thread that outlives it. Throws std::system_error when it cannot be started.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/deadline.h"

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::test {

struct Command {
    std::vector<std::string> argv{};           // argv[0] is the path of the program
    std::map<std::string, std::string> env{};  // added to ours; an empty value removes a name
    std::filesystem::path dir{};               // empty: ours
    std::filesystem::path stderr_file{};       // appended to; empty: ours
};

class Process {
public:
    explicit Process(const Command& command);
    Process(Process&&) noexcept;
    Process& operator=(Process&&) noexcept;
    ~Process();  // kill -9, if it still runs, and reap

    pid_t pid() const;
    bool running();

    void signal(int number);
    void kill9();  // and reap: when this returns the program is gone
    void pause();  // SIGSTOP
    void resume();
    // The exit code, or 128 + the signal that ended it; nothing if it still runs at the deadline.
    std::optional<int> wait(Millis within);
    std::optional<int> stop(Millis within);  // SIGTERM, then wait

    // False when the child has closed its end.
    bool write(std::string_view bytes, Millis within = Millis(10'000));
    void close_stdin();
    // Without the newline; nothing at the end of the stream or at the deadline.
    std::optional<std::string> read_line(Millis within);
    std::string read_to_end(Millis within);

    std::size_t resident_kib() const;             // VmRSS
    std::size_t proportional_kib() const;         // Pss: shared pages counted by share
    std::vector<std::string> open_files() const;  // where /proc/PID/fd points to

private:
    struct State;
    std::unique_ptr<State> state_;
};

struct Finished {
    int status = -1;
    std::string out{};
    std::string err{};
};

// Runs a program to its end. Status 124 means that it was killed at the deadline.
Finished run(Command command, std::string_view input = {}, Millis within = Millis(30'000));

std::string read_file(const std::filesystem::path& path);  // empty if there is none

}  // namespace aimem::test
