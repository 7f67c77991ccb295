// The smallest coroutine type and a member that counts its lives: what it takes to show where g++
// 12 destroys a temporary twice. flagged.cc and fine.cc hold the forms; forms_test.cc runs them,
// the await gate reads them. One thread. No form fails by itself: the count of the living tells
// afterwards. SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coroutine>
#include <exception>
#include <span>
#include <string_view>
#include <utility>

namespace aimem::gcc12 {

// Owns nothing, so a second destruction is counted instead of crashing.
class Tracked {
public:
    Tracked() { ++alive_; }
    Tracked(const Tracked&) { ++alive_; }
    Tracked(Tracked&&) noexcept { ++alive_; }
    Tracked& operator=(const Tracked&) = default;
    Tracked& operator=(Tracked&&) = default;
    ~Tracked() { --alive_; }

    static int alive() { return alive_; }
    static void reset() { alive_ = 0; }

private:
    static inline int alive_ = 0;
};

// An aggregate with a member that has a destructor: what the compiler stumbles over.
struct Letter {
    Tracked body{};
    int weight = 0;
};

// The same with a constructor: not an aggregate, and safe.
struct Parcel {
    Parcel(Tracked tracked, int grams) : body(std::move(tracked)), weight(grams) {}
    Tracked body;
    int weight;
};

// A lazy coroutine that yields an int; whoever awaits it resumes it, nobody else does.
class Task {
public:
    struct promise_type {
        int value = 0;
        std::coroutine_handle<> waiting = std::noop_coroutine();

        Task get_return_object() {
            return Task(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        std::suspend_always initial_suspend() noexcept { return {}; }
        auto final_suspend() noexcept {
            struct Back {
                bool await_ready() noexcept { return false; }
                std::coroutine_handle<> await_suspend(
                    std::coroutine_handle<promise_type> done) noexcept {
                    return done.promise().waiting;
                }
                void await_resume() noexcept {}
            };
            return Back{};
        }
        void return_value(int result) { value = result; }
        [[noreturn]] void unhandled_exception() { std::terminate(); }
    };

    Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, {})) {}
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    Task& operator=(Task&&) = delete;
    ~Task() {
        if (coroutine_) {
            coroutine_.destroy();
        }
    }

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
        coroutine_.promise().waiting = waiting;
        return coroutine_;
    }
    int await_resume() { return coroutine_.promise().value; }

    int run() {
        coroutine_.resume();
        return coroutine_.promise().value;
    }

private:
    explicit Task(std::coroutine_handle<promise_type> coroutine) : coroutine_(coroutine) {}
    std::coroutine_handle<promise_type> coroutine_;
};

inline Task weigh(Letter letter) {
    co_return letter.weight;
}
inline Task weigh_seen(const Letter& letter) {
    co_return letter.weight;
}
inline Task weigh_parcel(Parcel parcel) {
    co_return parcel.weight;
}
inline Task one() {
    co_return 1;
}
template <typename Function>
Task call(Function function) {
    co_return function();
}

struct Form {
    std::string_view name;
    Task (*run)();
};
std::span<const Form> flagged_forms();
std::span<const Form> fine_forms();

}  // namespace aimem::gcc12
