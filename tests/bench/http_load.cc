#include "tests/bench/http_load.h"

#include "tests/support/http_message.h"
#include "tests/support/socket.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>

namespace aimem::bench {
namespace {

using test::Clock;
using test::Deadline;
using test::Fd;
using test::Millis;

constexpr Millis kStuckAfter{15'000};

struct Client {
    Fd socket{};
    test::HttpParser parser{test::HttpParser::Kind::reply};
    Clock::time_point sent{};
};

class Driver {
public:
    explicit Driver(const LoadPlan& plan) : plan_(plan), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        for (std::size_t i = 0; i < plan.clients; ++i) {
            Client& client = clients_.emplace_back();
            client.socket = test::connect_to(plan.port, Deadline(Millis(5000)));
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.u64 = i;
            if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, client.socket.get(), &event) != 0)
                test::throw_errno("epoll_ctl");
        }
    }

    LoadResult run() {
        const auto begin = Clock::now();
        counts_from_ = begin + plan_.warm_up;
        const auto end = counts_from_ + plan_.duration;
        for (Client& client : clients_) send_next(client);
        std::array<epoll_event, 64> events{};
        while (Clock::now() < end) {
            const int n = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                       static_cast<int>(kStuckAfter.count()));
            if (n == 0) throw std::runtime_error("no answer at all for 15 s");
            for (int i = 0; i < n; ++i)
                receive(clients_[events.at(static_cast<std::size_t>(i)).data.u64]);
        }
        result_.seconds = std::chrono::duration<double>(Clock::now() - counts_from_).count();
        return std::move(result_);
    }

private:
    void send_next(Client& client) {
        client.sent = Clock::now();
        test::send_all(client.socket.get(), plan_.request(next_++), Deadline(kStuckAfter));
    }

    void receive(Client& client) {
        const ssize_t n = ::recv(client.socket.get(), chunk_.data(), chunk_.size(), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0) throw std::runtime_error("the server closed a connection under load");
        client.parser.feed({chunk_.data(), static_cast<std::size_t>(n)});
        test::HttpMessage message;
        if (!client.parser.take(message)) return;
        const auto now = Clock::now();
        ++result_.answered;
        const int status = message.status();
        if (status < 200 || status >= 300) {
            ++result_.refused[status];
            result_.refusal = message.body;
        } else if (client.sent >= counts_from_) {
            result_.times_ms.push_back(
                std::chrono::duration<double, std::milli>(now - client.sent).count());
        }
        send_next(client);
    }

    const LoadPlan& plan_;
    Fd epoll_;
    std::vector<Client> clients_;
    std::array<char, 65536> chunk_{};
    std::size_t next_ = 0;
    Clock::time_point counts_from_{};
    LoadResult result_{};
};

}  // namespace

LoadResult http_load(const LoadPlan& plan) {
    return Driver(plan).run();
}

std::string post_bytes(const std::string& target, const std::string& body) {
    return "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string get_bytes(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
}

}  // namespace aimem::bench
