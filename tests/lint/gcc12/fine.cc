// The forms to write instead: each destroys what it made once, with every compiler. The await gate
// must be silent on all of this file. SPDX-License-Identifier: Apache-2.0
#include "tests/lint/gcc12/forms.h"

#include <array>

namespace aimem::gcc12 {
namespace {

Letter make(int weight) {
    return {.body = {}, .weight = weight};
}
Task yes_or_no() {
    co_return 1;
}

Task named_then_moved() {
    Letter letter{.body = {}, .weight = 1};
    co_return co_await weigh(std::move(letter));
}
Task task_then_awaited() {
    auto task = weigh({.body = {}, .weight = 1});
    co_return co_await std::move(task);
}
Task with_a_constructor() {
    co_return co_await weigh_parcel(Parcel{Tracked{}, 1});
}
Task from_a_factory() {
    co_return co_await weigh(make(1));
}
Task named_lambda() {
    const Tracked tracked;
    auto answer = [tracked] {
        return tracked.alive() > 0 ? 1 : 0;
    };
    co_return co_await call(std::move(answer));
}
Task captureless_lambda() {
    co_return co_await call([] { return 1; });
}
Task awaited_before_building() {
    const int weight = co_await one();
    const Letter letter{.body = {}, .weight = weight};
    co_return letter.weight;
}
Task in_a_condition() {
    if (const int answer = co_await yes_or_no(); answer == 1) {
        co_return co_await weigh_parcel(Parcel(Tracked{}, answer));
    }
    co_return 0;
}
Task ternary() {
    const bool yes = co_await yes_or_no() == 1;
    co_return yes ? co_await weigh(make(1)) : co_await one();
}

constexpr std::array kForms = {
    Form{"named_then_moved", named_then_moved},
    Form{"task_then_awaited", task_then_awaited},
    Form{"with_a_constructor", with_a_constructor},
    Form{"from_a_factory", from_a_factory},
    Form{"named_lambda", named_lambda},
    Form{"captureless_lambda", captureless_lambda},
    Form{"awaited_before_building", awaited_before_building},
    Form{"in_a_condition", in_a_condition},
    Form{"ternary", ternary},
};

}  // namespace

std::span<const Form> fine_forms() {
    return kForms;
}

}  // namespace aimem::gcc12
