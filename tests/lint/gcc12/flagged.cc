// The forms that g++ 12 gets wrong: a temporary beside co_await is destroyed twice. The await gate
// must flag the lines marked `// double` and no others. SPDX-License-Identifier: Apache-2.0
#include "tests/lint/gcc12/forms.h"

#include <array>
#include <optional>

namespace aimem::gcc12 {
namespace {

int add(const Letter& letter, int number) {
    return letter.weight + number;
}
Task weigh_default(Letter letter = {.body = {}, .weight = 1}) {  // double
    co_return letter.weight;
}
Task weigh_perhaps(std::optional<Letter> letter) {
    co_return letter->weight;
}
struct Scale {
    Task weigh(Letter letter) { co_return letter.weight + offset; }
    int offset = 0;
};

Task designated() {
    co_return co_await weigh({.body = {}, .weight = 1});  // double
}
Task typed_braces() {
    co_return co_await weigh(Letter{Tracked{}, 1});  // double
}
Task by_reference() {
    co_return co_await weigh_seen(Letter{Tracked{}, 1});  // double
}
Task into_optional() {
    co_return co_await weigh_perhaps(Letter{Tracked{}, 1});  // double
}
Task to_a_member() {
    Scale scale;
    co_return co_await scale.weigh({Tracked{}, 1});  // double
}
Task to_a_lambda() {
    const auto weigh_here = [](Letter letter) -> Task {
        co_return letter.weight;
    };
    co_return co_await weigh_here(Letter{Tracked{}, 1});  // double
}
Task default_argument() {
    co_return co_await weigh_default();
}
Task capturing_lambda() {
    const Tracked tracked;
    co_return co_await call([tracked] { return tracked.alive() > 0 ? 1 : 0; });  // double
}
Task built_from_an_await() {
    const Letter letter{Tracked{}, co_await one()};  // double
    co_return letter.weight;
}
Task beside_an_await() {
    co_return add(Letter{Tracked{}, 0}, co_await one());  // double
}

constexpr std::array kForms = {
    Form{"designated", designated},
    Form{"typed_braces", typed_braces},
    Form{"by_reference", by_reference},
    Form{"into_optional", into_optional},
    Form{"to_a_member", to_a_member},
    Form{"to_a_lambda", to_a_lambda},
    Form{"default_argument", default_argument},
    Form{"capturing_lambda", capturing_lambda},
    Form{"built_from_an_await", built_from_an_await},
    Form{"beside_an_await", beside_an_await},
};

}  // namespace

std::span<const Form> flagged_forms() {
    return kForms;
}

}  // namespace aimem::gcc12
