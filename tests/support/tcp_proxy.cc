#include "tests/support/tcp_proxy.h"

#include "tests/support/socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace aimem::test {
namespace {

constexpr std::size_t kHeldMax = std::size_t{4} << 20;  // a lane, then TCP itself pushes back
constexpr std::size_t kProxiedMax = 512;
constexpr int kIdleMs = 1000;

struct Chunk {
    Clock::time_point due;
    std::string bytes;
};

// One direction of one connection.
struct Lane {
    std::deque<Chunk> chunks{};
    std::size_t size = 0;
    bool source_ended = false;
    bool end_passed_on = false;

    bool has_room() const { return !source_ended && size < kHeldMax; }
};

struct Connection {
    Fd client{};
    Fd server{};  // opened when the first byte may pass
    Lane up{};
    Lane down{};
    bool dead = false;
};

struct Rules {
    Fault fault = Fault::none;
    Millis delay{0};
    std::size_t rate = 0;  // bytes a second, each way; 0: as fast as it goes
    bool cut = false;

    bool up_open() const { return fault == Fault::none || fault == Fault::drop_down; }
    bool down_open() const { return fault == Fault::none || fault == Fault::drop_up; }
};

// Since when the next bytes of one direction may go.
struct Pace {
    Clock::time_point free{};

    static std::size_t portion(std::size_t rate, std::size_t size) {
        constexpr std::size_t kPortions = 50;  // a second
        return rate == 0 ? size : std::min(size, std::max<std::size_t>(1, rate / kPortions));
    }
    void spend(std::size_t rate, std::size_t bytes) {
        if (rate == 0) return;
        const std::chrono::duration<double> took(static_cast<double>(bytes) /
                                                 static_cast<double>(rate));
        free = std::max(free, Clock::now()) + std::chrono::duration_cast<Clock::duration>(took);
    }
};

struct AtomicCounters {
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> refusals{0};
    std::atomic<std::uint64_t> up{0};
    std::atomic<std::uint64_t> down{0};
    std::atomic<std::uint64_t> held{0};
};

}  // namespace

struct TcpProxy::State {
    State(std::uint16_t target_port, std::uint16_t own_port)
        : target(target_port),
          listener(listen_on(own_port)),
          own(port_of(listener)),
          wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (!wake.open()) throw_errno("eventfd");
        set_nonblocking(listener.get());
        thread = std::thread([this] { loop(); });
    }

    ~State() {
        change([this] { stopping = true; });
        thread.join();
    }

    // Changes the rules and waits until the loop has taken them up.
    template <typename Edit>
    void change(Edit edit) {
        std::unique_lock lock(mutex);
        edit();
        const std::uint64_t mine = ++wanted;
        const std::uint64_t one = 1;
        static_cast<void>(!::write(wake.get(), &one, sizeof one));
        taken_up.wait(lock, [&] { return done >= mine || stopping; });
    }

    void loop();
    bool adopt_rules();
    std::vector<pollfd> interests() const;
    int next_due_ms() const;
    void accept_all();
    void serve(Connection& c);
    void read_into(Lane& lane, const Fd& from, bool open, Connection& c);
    void write_from(Lane& lane, Fd& to, std::atomic<std::uint64_t>& counter, Connection& c,
                    Pace& pace);
    bool ensure_server(Connection& c);
    void reset_all();

    const std::uint16_t target;
    Fd listener;
    const std::uint16_t own;
    Fd wake;
    AtomicCounters counters;
    Rules rules;                        // the loop's copy
    std::list<Connection> connections;  // the loop's
    Pace pace_up{};                     // the loop's
    Pace pace_down{};                   // the loop's

    std::mutex mutex;
    std::condition_variable taken_up;
    Rules next{};              // guarded by mutex
    std::uint64_t wanted = 0;  // guarded by mutex
    std::uint64_t done = 0;    // guarded by mutex
    bool stopping = false;     // guarded by mutex
    std::thread thread;
};

void TcpProxy::State::loop() {
    while (adopt_rules()) {
        std::vector<pollfd> fds = interests();
        ::poll(fds.data(), fds.size(), next_due_ms());
        std::uint64_t count = 0;
        static_cast<void>(!::read(wake.get(), &count, sizeof count));
        if (!adopt_rules()) return;
        if (listener.open()) accept_all();
        for (Connection& c : connections) serve(c);
        connections.remove_if([](const Connection& c) { return c.dead; });
    }
}

bool TcpProxy::State::adopt_rules() {
    const std::lock_guard lock(mutex);
    if (stopping) return false;
    if (done == wanted) return true;
    rules = next;
    next.cut = false;
    if (rules.cut || rules.fault == Fault::refuse) reset_all();
    if (rules.fault == Fault::refuse) {
        listener.reset();
    } else if (!listener.open()) {
        listener = listen_on(own);
        set_nonblocking(listener.get());
    }
    done = wanted;
    taken_up.notify_all();
    return true;
}

std::vector<pollfd> TcpProxy::State::interests() const {
    std::vector<pollfd> fds{{wake.get(), POLLIN, 0}};
    if (listener.open()) fds.push_back({listener.get(), POLLIN, 0});
    const auto now = Clock::now();
    const auto add = [&](const Fd& fd, const Lane& from, const Lane& to, bool to_open,
                         const Pace& pace) {
        short events = from.has_room() ? POLLIN : 0;
        if (to_open && !to.chunks.empty() && to.chunks.front().due <= now && pace.free <= now)
            events = static_cast<short>(events | POLLOUT);
        if (fd.open() && events != 0) fds.push_back({fd.get(), events, 0});
    };
    for (const Connection& c : connections) {
        add(c.client, c.up, c.down, rules.down_open(), pace_down);
        add(c.server, c.down, c.up, rules.up_open(), pace_up);
    }
    return fds;
}

int TcpProxy::State::next_due_ms() const {
    auto soonest = Clock::now() + Millis(kIdleMs);
    const auto look = [&](const Lane& lane, bool open, const Pace& pace) {
        if (open && !lane.chunks.empty())
            soonest = std::min(soonest, std::max(lane.chunks.front().due, pace.free));
    };
    for (const Connection& c : connections) {
        look(c.up, rules.up_open(), pace_up);
        look(c.down, rules.down_open(), pace_down);
    }
    const auto left = std::chrono::ceil<Millis>(soonest - Clock::now()).count();
    return static_cast<int>(std::max<Millis::rep>(left, 0));
}

void TcpProxy::State::accept_all() {
    while (connections.size() < kProxiedMax) {
        Fd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!fd.open()) return;
        set_nodelay(fd.get());
        ++counters.connections;
        connections.emplace_back().client = std::move(fd);
    }
}

void TcpProxy::State::serve(Connection& c) {
    read_into(c.up, c.client, rules.up_open(), c);
    if (c.server.open()) read_into(c.down, c.server, rules.down_open(), c);
    if (c.dead) return;
    if (rules.up_open()) write_from(c.up, c.server, counters.up, c, pace_up);
    if (rules.down_open() && c.server.open())
        write_from(c.down, c.client, counters.down, c, pace_down);
    if (c.up.end_passed_on && (c.down.end_passed_on || !c.server.open())) c.dead = true;
}

void TcpProxy::State::read_into(Lane& lane, const Fd& from, bool open, Connection& c) {
    std::array<char, 65536> chunk{};
    while (lane.has_room()) {
        const ssize_t n = ::recv(from.get(), chunk.data(), chunk.size(), 0);
        if (n == 0) lane.source_ended = true;
        if (n < 0 && errno != EAGAIN && errno != EINTR) c.dead = true;
        if (n <= 0) return;
        const auto size = static_cast<std::size_t>(n);
        if (!open) counters.held += size;
        lane.size += size;
        lane.chunks.push_back({Clock::now() + rules.delay, std::string(chunk.data(), size)});
    }
}

void TcpProxy::State::write_from(Lane& lane, Fd& to, std::atomic<std::uint64_t>& counter,
                                 Connection& c, Pace& pace) {
    while (!lane.chunks.empty() && std::max(lane.chunks.front().due, pace.free) <= Clock::now()) {
        if (&to == &c.server && !ensure_server(c)) return;
        std::string& bytes = lane.chunks.front().bytes;
        const ssize_t n = ::send(to.get(), bytes.data(), Pace::portion(rules.rate, bytes.size()),
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0) {
            if (errno != EAGAIN && errno != EINTR) c.dead = true;
            return;
        }
        const auto size = static_cast<std::size_t>(n);
        counter += size;
        pace.spend(rules.rate, size);
        lane.size -= size;
        bytes.erase(0, size);
        if (bytes.empty()) lane.chunks.pop_front();
    }
    if (lane.chunks.empty() && lane.source_ended && !lane.end_passed_on) {
        if (to.open()) ::shutdown(to.get(), SHUT_WR);
        lane.end_passed_on = true;
    }
}

bool TcpProxy::State::ensure_server(Connection& c) {
    if (c.server.open()) return true;
    try {
        c.server = connect_to(target, Deadline(Millis(1000)));
        set_nonblocking(c.server.get());
        return true;
    } catch (const std::system_error&) {  // the server is down: pass that on
        ++counters.refusals;
        reset_on_close(c.client.get());
        c.dead = true;
        return false;
    }
}

void TcpProxy::State::reset_all() {
    for (Connection& c : connections) {
        ++counters.refusals;
        reset_on_close(c.client.get());
        if (c.server.open()) reset_on_close(c.server.get());
    }
    connections.clear();
}

TcpProxy::TcpProxy(std::uint16_t target_port) : TcpProxy(target_port, 0) {}

TcpProxy::TcpProxy(std::uint16_t target_port, std::uint16_t own_port)
    : state_(std::make_unique<State>(target_port, own_port)) {}

TcpProxy::~TcpProxy() = default;

std::uint16_t TcpProxy::port() const {
    return state_->own;
}

void TcpProxy::set(Fault fault) {
    state_->change([&] { state_->next.fault = fault; });
}

void TcpProxy::delay(Millis each_way) {
    state_->change([&] { state_->next.delay = each_way; });
}

void TcpProxy::throttle(std::size_t bytes_per_second) {
    state_->change([&] { state_->next.rate = bytes_per_second; });
}

void TcpProxy::cut() {
    state_->change([&] { state_->next.cut = true; });
}

ProxyCounters TcpProxy::counters() const {
    const AtomicCounters& c = state_->counters;
    return ProxyCounters{c.connections, c.refusals, c.up, c.down, c.held};
}

}  // namespace aimem::test
