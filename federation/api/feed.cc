#include "federation/api/feed.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace aimem::api {
namespace {

namespace net = boost::asio;
using SteadyClock = std::chrono::steady_clock;

// Counts a waiting request while it waits.
class Waiter {
public:
    explicit Waiter(Services& services) : services_(services) { services_.waiting += 1; }
    ~Waiter() { services_.waiting -= 1; }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

private:
    Services& services_;
};

struct Look {
    std::int64_t version = 0;
    Result<FeedPage> page{};
};

}  // namespace

net::awaitable<Result<FeedPage>> next_changes(Services& services, FeedWish wish) {
    const auto deadline = SteadyClock::now() + std::min(wish.wait, kWaitMax);
    const bool may_wait = services.waiting < kWaitersMax;
    const Waiter counted(services);
    net::steady_timer pause(co_await net::this_coro::executor);
    std::optional<std::int64_t> looked_at;
    for (;;) {
        // The version first: what is committed in between is seen at the next look.
        auto ask = [wish, looked_at](Store& store) {
            Look look;
            look.version = store.data_version();
            if (looked_at != look.version)
                look.page = store.changes_after(wish.after, wish.rows_max);
            return look;
        };
        Look look = co_await services.store.read(std::move(ask));
        const bool found = !look.page || !look.page->rows.empty();
        const bool patient = may_wait && !services.stopping && SteadyClock::now() < deadline;
        if (found || !patient) {
            if (look.page && look.page->rows.empty()) {
                look.page->from = wish.after;
                look.page->to = std::max(look.page->to, wish.after);
            }
            co_return std::move(look.page);
        }
        looked_at = look.version;
        pause.expires_at(std::min(deadline, SteadyClock::now() + kLookPause));
        co_await pause.async_wait(net::use_awaitable);
    }
}

}  // namespace aimem::api
