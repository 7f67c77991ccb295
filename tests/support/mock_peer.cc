#include "tests/support/mock_peer.h"

#include "tests/support/socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace aimem::test {
namespace {

constexpr std::size_t kConnectionsMax = 256;
constexpr std::size_t kBodiesMax = 1000;

struct Conversation {
    Fd socket{};
    HttpParser parser{HttpParser::Kind::request};
    bool silent = false;  // hangs: reads on, says nothing more
    bool over = false;
};

std::string encode(const MockAnswer& answer) {
    return "HTTP/1.1 " + std::to_string(answer.status) +
           " Mock\r\nContent-Type: " + answer.content_type +
           "\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
}

bool is_push(const HttpMessage& request) {
    return request.first_line.rfind("POST /api/v1/sync/push", 0) == 0;
}

MockPeer::Script only_pushes(MockAnswer answer) {
    return [answer = std::move(answer)](const HttpMessage& request) {
        return is_push(request) ? answer : answers::refusal(404);
    };
}

}  // namespace

namespace answers {

MockAnswer empty_object() {
    return {};
}
MockAnswer garbage() {
    return {200, "\x01\x02 surely applied, trust me", MockAnswer::Manner::complete, "text/plain"};
}
MockAnswer json_array() {
    return {200, R"(["applied"])"};
}
MockAnswer skipped() {
    return {200, R"({"applied":0,"noop":0,"skipped":1})"};
}
MockAnswer other_ids() {
    return {200, R"({"applied":1,"ids":["00000000-0000-4000-8000-000000000000"]})"};
}
MockAnswer hang() {
    return {200, "{}", MockAnswer::Manner::hang};
}
MockAnswer close_early() {
    return {200, "{}", MockAnswer::Manner::close_early};
}
MockAnswer cut_midway() {
    return {200, R"({"applied":1,"noop":0,"skipped":0})", MockAnswer::Manner::cut_midway};
}
MockAnswer refusal(int status) {
    return {status, R"({"error":"no"})"};
}

}  // namespace answers

struct MockPeer::State {
    State()
        : listener(listen_on(0)),
          own(port_of(listener)),
          wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        set_nonblocking(listener.get());
        thread = std::thread([this] { loop(); });
    }

    ~State() {
        const std::uint64_t one = 1;
        static_cast<void>(!::write(wake.get(), &one, sizeof one));
        thread.join();
    }

    void loop();
    void accept_one();
    void serve(Conversation& c);
    void answer(Conversation& c, const HttpMessage& request);

    Fd listener;
    const std::uint16_t own;
    Fd wake;
    std::list<Conversation> conversations;  // the loop's

    std::mutex mutex;
    Script decide = only_pushes({});  // guarded by mutex
    std::size_t pushes = 0;           // guarded by mutex
    std::deque<std::string> bodies;   // guarded by mutex
    std::thread thread;
};

void MockPeer::State::loop() {
    for (;;) {
        std::vector<pollfd> fds{{wake.get(), POLLIN, 0}, {listener.get(), POLLIN, 0}};
        for (const Conversation& c : conversations) fds.push_back({c.socket.get(), POLLIN, 0});
        ::poll(fds.data(), fds.size(), -1);
        if (fds[0].revents != 0) return;
        if (fds[1].revents != 0) accept_one();
        std::size_t i = 2;
        for (Conversation& c : conversations) {
            if (i >= fds.size()) break;  // the one just accepted is not in the list
            if (fds[i++].revents != 0) serve(c);
        }
        conversations.remove_if([](const Conversation& c) { return c.over; });
    }
}

void MockPeer::State::accept_one() {
    Fd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd.open() || conversations.size() >= kConnectionsMax) return;
    set_nodelay(fd.get());
    conversations.emplace_back().socket = std::move(fd);
}

void MockPeer::State::serve(Conversation& c) {
    std::array<char, 65536> chunk{};
    const ssize_t n = ::recv(c.socket.get(), chunk.data(), chunk.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
        c.over = true;
        return;
    }
    c.parser.feed(std::string_view(chunk.data(), static_cast<std::size_t>(n)));
    try {
        HttpMessage request;
        while (!c.over && c.parser.take(request)) answer(c, request);
    } catch (const std::runtime_error&) {  // not HTTP, or the other side went away: drop it
        c.over = true;
    }
}

void MockPeer::State::answer(Conversation& c, const HttpMessage& request) {
    MockAnswer chosen;
    {
        const std::lock_guard lock(mutex);
        if (is_push(request)) {
            ++pushes;
            bodies.push_back(request.body);
            if (bodies.size() > kBodiesMax) bodies.pop_front();
        }
        chosen = decide(request);
    }
    if (c.silent) return;
    std::string bytes = encode(chosen);
    switch (chosen.manner) {
        case MockAnswer::Manner::hang: c.silent = true; return;
        case MockAnswer::Manner::close_early: c.over = true; return;
        case MockAnswer::Manner::cut_midway:
            bytes.resize(bytes.size() - chosen.body.size() / 2 - 1);
            c.over = true;
            break;
        case MockAnswer::Manner::complete: break;
    }
    send_all(c.socket.get(), bytes, Deadline(Millis(2000)));
}

MockPeer::MockPeer() : state_(std::make_unique<State>()) {}

MockPeer::MockPeer(const MockAnswer& always) : MockPeer() {
    on_push(always);
}

MockPeer::~MockPeer() = default;

std::uint16_t MockPeer::port() const {
    return state_->own;
}

std::string MockPeer::url() const {
    return "http://127.0.0.1:" + std::to_string(state_->own);
}

void MockPeer::on_push(const MockAnswer& answer) {
    script(only_pushes(answer));
}

void MockPeer::script(Script script) {
    const std::lock_guard lock(state_->mutex);
    state_->decide = std::move(script);
}

std::size_t MockPeer::pushes() const {
    const std::lock_guard lock(state_->mutex);
    return state_->pushes;
}

std::vector<std::string> MockPeer::push_bodies() const {
    const std::lock_guard lock(state_->mutex);
    return {state_->bodies.begin(), state_->bodies.end()};
}

}  // namespace aimem::test
