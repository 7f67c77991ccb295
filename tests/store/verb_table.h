// One row for each verb: what must be there before it, and the Op itself. Tests of every layer walk
// this table, so that a new verb is tested by adding a row. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/ops/op.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::test {

// What the verbs work on: made once by prepare().
struct Stage {
    std::string a{}, b{}, c{};  // live memories "A", "B", "C" in namespace "team/x"
    std::string archived{};     // an archived one
    std::string pending{};      // an action that waits for approval
    std::string subscription{};
};

// `commit` carries an Op out and returns the id it speaks of.
using CommitFn = std::function<std::string(const Op&)>;
Stage prepare(const CommitFn& commit);

struct VerbRow {
    std::string_view name{};
    Op (*op)(const Stage&) = nullptr;
};

const std::vector<VerbRow>& verb_table();

}  // namespace aimem::test
