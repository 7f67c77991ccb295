#include "tests/support/process.h"

#include "tests/support/socket.h"
#include "tests/support/temp_dir.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

extern char** environ;

namespace aimem::test {
namespace {

constexpr std::size_t kStdoutMax = std::size_t{256} << 20;  // a child that talks for ever is a bug

struct Pipe {
    Fd read;
    Fd write;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_errno("pipe");
    return Pipe{Fd(ends[0]), Fd(ends[1])};
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& changes) {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string line(*entry);
        if (changes.find(line.substr(0, line.find('='))) == changes.end()) result.push_back(line);
    }
    for (const auto& [name, value] : changes) {
        if (value.empty()) continue;
        result.push_back(name);
        result.back().append("=").append(value);
    }
    return result;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (std::string& s : strings) result.push_back(s.data());
    result.push_back(nullptr);
    return result;
}

// Everything the child needs between fork and exec, prepared before: only async-signal-safe calls
// there.
struct Launch {
    std::vector<char*> argv;
    std::vector<char*> env;
    const char* dir;
    int in;
    int out;
    int err;
    pid_t parent;
};

[[noreturn]] void become(const Launch& launch) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != launch.parent) ::_exit(126);  // it died before the line above
    struct sigaction standard = {};
    standard.sa_handler = SIG_DFL;
    ::sigaction(SIGPIPE, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    ::dup2(launch.in, 0);
    ::dup2(launch.out, 1);
    if (launch.err >= 0) ::dup2(launch.err, 2);
    if (launch.dir != nullptr && ::chdir(launch.dir) != 0) ::_exit(126);
    ::execve(launch.argv[0], launch.argv.data(), launch.env.data());
    ::_exit(127);
}

std::size_t kib_after(const std::string& file, std::string_view key) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (line.rfind(key, 0) == 0) return std::strtoul(line.c_str() + key.size(), nullptr, 10);
    }
    return 0;
}

}  // namespace

struct Process::State {
    pid_t pid = -1;
    Fd pidfd;
    Fd in;
    Fd out;
    std::string unread;
    std::optional<int> status;

    ~State() {
        if (status) return;
        ::kill(pid, SIGKILL);
        siginfo_t info{};
        ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED);
    }
};

Process::Process(const Command& command) : state_(std::make_unique<State>()) {
    static const auto previous = std::signal(SIGPIPE, SIG_IGN);  // a pipe has no MSG_NOSIGNAL
    static_cast<void>(previous);
    Pipe in = make_pipe();
    Pipe out = make_pipe();
    Fd err;
    if (!command.stderr_file.empty()) {
        err = Fd(
            ::open(command.stderr_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
        if (!err.open()) throw_errno("open " + command.stderr_file.string());
    }
    std::vector<std::string> argv = command.argv;
    std::vector<std::string> env = environment_with(command.env);
    const Launch launch{
        pointers_to(argv), pointers_to(env), command.dir.empty() ? nullptr : command.dir.c_str(),
        in.read.get(),     out.write.get(),  err.get(),
        ::getpid()};
    state_->pid = ::fork();
    if (state_->pid == 0) become(launch);
    if (state_->pid < 0) {
        state_->status = -1;
        throw_errno("fork");
    }
    // By number: the header of glibc 2.36 declares pidfd_open without C linkage.
    state_->pidfd = Fd(static_cast<int>(::syscall(SYS_pidfd_open, state_->pid, 0)));
    if (!state_->pidfd.open()) throw_errno("pidfd_open");
    state_->in = std::move(in.write);
    state_->out = std::move(out.read);
    set_nonblocking(state_->in.get());
    set_nonblocking(state_->out.get());
}

Process::Process(Process&&) noexcept = default;
Process& Process::operator=(Process&&) noexcept = default;
Process::~Process() = default;

pid_t Process::pid() const {
    return state_->pid;
}

bool Process::running() {
    return !wait(Millis(0)).has_value();
}

void Process::signal(int number) {
    if (!state_->status) ::kill(state_->pid, number);
}

void Process::kill9() {
    signal(SIGKILL);
    wait(Millis(10'000));
}

void Process::pause() {
    signal(SIGSTOP);
}

void Process::resume() {
    signal(SIGCONT);
}

std::optional<int> Process::wait(Millis within) {
    if (state_->status) return state_->status;
    if (!wait_readable(state_->pidfd.get(), Deadline(within))) return std::nullopt;
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(state_->pid), &info, WEXITED) != 0) throw_errno("waitid");
    state_->status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    return state_->status;
}

std::optional<int> Process::stop(Millis within) {
    signal(SIGTERM);
    return wait(within);
}

bool Process::write(std::string_view bytes, Millis within) {
    const Deadline deadline(within);
    while (!bytes.empty()) {
        if (!state_->in.open()) return false;
        const ssize_t n = ::write(state_->in.get(), bytes.data(), bytes.size());
        if (n > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) {
            if (!wait_writable(state_->in.get(), deadline)) return false;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void Process::close_stdin() {
    state_->in.reset();
}

namespace {

enum class Got { bytes, end, nothing };

Got read_more(int fd, std::string& into, Deadline deadline) {
    std::array<char, 65536> chunk{};
    for (;;) {
        const ssize_t n = ::read(fd, chunk.data(), chunk.size());
        if (n == 0) return Got::end;
        if (n > 0) {
            into.append(chunk.data(), static_cast<std::size_t>(n));
            if (into.size() > kStdoutMax) throw std::length_error("a child wrote without end");
            return Got::bytes;
        }
        if (errno == EAGAIN) {
            if (!wait_readable(fd, deadline)) return Got::nothing;
        } else if (errno != EINTR) {
            throw_errno("read from child");
        }
    }
}

}  // namespace

std::optional<std::string> Process::read_line(Millis within) {
    const Deadline deadline(within);
    std::size_t searched = 0;
    for (;;) {
        const std::size_t end = state_->unread.find('\n', searched);
        if (end != std::string::npos) {
            std::string line = state_->unread.substr(0, end);
            state_->unread.erase(0, end + 1);
            return line;
        }
        searched = state_->unread.size();
        if (read_more(state_->out.get(), state_->unread, deadline) != Got::bytes)
            return std::nullopt;
    }
}

std::string Process::read_to_end(Millis within) {
    const Deadline deadline(within);
    while (read_more(state_->out.get(), state_->unread, deadline) == Got::bytes) {
    }
    return std::exchange(state_->unread, {});
}

std::size_t Process::resident_kib() const {
    return kib_after("/proc/" + std::to_string(state_->pid) + "/status", "VmRSS:");
}

std::size_t Process::proportional_kib() const {
    return kib_after("/proc/" + std::to_string(state_->pid) + "/smaps_rollup", "Pss:");
}

std::vector<std::string> Process::open_files() const {
    std::vector<std::string> result;
    const std::filesystem::path folder = "/proc/" + std::to_string(state_->pid) + "/fd";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::error_code gone;  // a descriptor may close while we look
        const auto target = std::filesystem::read_symlink(entry.path(), gone);
        if (!gone) result.push_back(target.string());
    }
    return result;
}

Finished run(Command command, std::string_view input, Millis within) {
    const TempDir dir;
    if (command.stderr_file.empty()) command.stderr_file = dir / "stderr";
    const Deadline deadline(within);
    Process process(command);
    process.write(input, within);
    process.close_stdin();
    Finished result;
    result.out = process.read_to_end(Millis(deadline.left_ms()));
    const std::optional<int> status = process.wait(Millis(deadline.left_ms()));
    if (!status) process.kill9();
    result.status = status.value_or(124);
    result.err = read_file(command.stderr_file);
    return result;
}

std::string read_file(const std::filesystem::path& path) {
    const std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    if (in) text << in.rdbuf();
    return std::move(text).str();
}

}  // namespace aimem::test
