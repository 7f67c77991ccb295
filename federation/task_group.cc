#include "federation/task_group.h"

#include "federation/async.h"
#include "store/base/log.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <list>
#include <utility>
#include <vector>

namespace aimem {
namespace {

namespace net = boost::asio;

constexpr std::chrono::seconds kAfterCancel{1};

void report(const std::string& group, const std::exception_ptr& thrown) {
    if (!thrown) return;
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& e) {
        if (e.code() == net::error::operation_aborted) return;
        log::error("task.failed", "group={} why={}", group, e.what());
    } catch (const std::exception& e) {
        log::error("task.failed", "group={} why={}", group, e.what());
    }
}

}  // namespace

struct TaskGroup::State {
    State(net::any_io_executor where, std::string label)
        : executor(std::move(where)),
          name(std::move(label)) {}

    struct Task {
        net::cancellation_signal signal;
        bool ended = false;
    };
    using Tasks = std::list<Task>;

    net::any_io_executor executor;
    std::string name;
    Tasks tasks;
    std::size_t running = 0;
    std::vector<net::steady_timer*> joiners;  // timers on the frames of join()
    bool closed = false;
    bool emitting = false;

    void ended(Tasks::iterator task) {
        task->ended = true;
        if (!emitting) tasks.erase(task);
        if (--running > 0) return;
        for (net::steady_timer* timer : joiners) timer->cancel();
    }

    // Asio 1.26 passes a signal on by a posted handler that points into it: a task that ends
    // meanwhile must leave its signal where it is until that handler has run. A handler posted
    // after it clears up.
    static void cancel_all(const std::shared_ptr<State>& self) {
        self->closed = true;
        if (self->emitting) return;
        self->emitting = true;
        for (Task& task : self->tasks)
            if (!task.ended) task.signal.emit(net::cancellation_type::terminal);
        net::post(self->executor, [self] {
            self->emitting = false;
            std::erase_if(self->tasks, [](const Task& task) { return task.ended; });
        });
    }
};

TaskGroup::TaskGroup(net::any_io_executor executor, std::string name)
    : state_(std::make_shared<State>(std::move(executor), std::move(name))) {}

TaskGroup::~TaskGroup() {
    if (state_->running > 0) State::cancel_all(state_);
}

bool TaskGroup::spawn(net::awaitable<void> task) {
    if (state_->closed) return false;
    const auto entry = state_->tasks.emplace(state_->tasks.end());
    ++state_->running;
    auto on_end = [state = state_, entry](const std::exception_ptr& thrown) {
        report(state->name, thrown);
        state->ended(entry);
    };
    net::co_spawn(state_->executor, std::move(task),
                  net::bind_cancellation_slot(entry->signal.slot(), std::move(on_end)));
    return true;
}

void TaskGroup::cancel() {
    State::cancel_all(state_);
}

net::awaitable<bool> TaskGroup::join(std::chrono::milliseconds grace) {
    const auto state = state_;
    net::steady_timer timer(state->executor);
    state->joiners.push_back(&timer);
    struct Leave {  // the frame may be destroyed while it waits
        State& state;
        net::steady_timer* timer;
        ~Leave() { std::erase(state.joiners, timer); }
    } const leave{*state, &timer};

    timer.expires_after(grace);
    if (state->running > 0) co_await timer.async_wait(kNoThrow);
    const bool all_ended = state->running == 0;
    if (!all_ended) {
        State::cancel_all(state);
        timer.expires_after(kAfterCancel);
        if (state->running > 0) co_await timer.async_wait(kNoThrow);
    }
    co_return all_ended;
}

std::size_t TaskGroup::size() const noexcept {
    return state_->running;
}

}  // namespace aimem
