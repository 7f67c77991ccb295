#include "federation/http/watchdog.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <utility>

namespace aimem::http {

struct Watchdog::State {
    State(const boost::asio::any_io_executor& executor, std::function<void()> call)
        : timer(executor),
          on_expiry(std::move(call)) {}

    boost::asio::steady_timer timer;
    std::function<void()> on_expiry;
    Time deadline = Time::max();
    Time armed = Time::max();  // when the wait under way fires

    static void watch(const std::shared_ptr<State>& self, Time deadline) {
        self->deadline = deadline;
        if (deadline >= self->armed) return;
        self->armed = deadline;
        self->timer.expires_at(deadline);
        self->timer.async_wait([weak = std::weak_ptr(self)](boost::system::error_code error) {
            const auto state = weak.lock();
            if (error || !state) return;
            state->armed = Time::max();
            if (state->deadline == Time::max()) return;
            if (state->deadline > std::chrono::steady_clock::now()) {
                watch(state, state->deadline);
                return;
            }
            state->deadline = Time::max();
            state->on_expiry();
        });
    }
};

Watchdog::Watchdog(boost::asio::any_io_executor executor, std::function<void()> on_expiry)
    : state_(std::make_shared<State>(executor, std::move(on_expiry))) {}

Watchdog::~Watchdog() {
    cancel();
}

void Watchdog::watch(Time deadline) {
    State::watch(state_, deadline);
}

void Watchdog::rest() noexcept {
    state_->deadline = Time::max();
}

void Watchdog::cancel() {
    rest();
    state_->armed = Time::max();
    state_->timer.cancel();
}

}  // namespace aimem::http
