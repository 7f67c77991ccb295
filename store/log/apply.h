// The one place where a Change, made here or received, becomes the state of the store: compared
// with the register, kept, numbered, and materialised into the tables people query.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/log/change.h"
#include "store/log/registers.h"
#include "store/model/memory.h"

#include <optional>
#include <string>
#include <string_view>

namespace aimem {

enum class Origin { here, peer };

// The memory in the body of a live change, when somebody has read it already: reading it twice
// would cost every write.
struct KnownBody {
    std::optional<Memory> memory{};
    bool canonical = false;  // the body is memory_body(memory)
};

// What makes a Change acceptable whoever sent it: key, state, stamp range, a body that parses and
// meets the rules of store/model/validate.h, and the signature that belongs to it.
Result<> check_change(const Change& change);
Result<> check_change(const Change& change, KnownBody& known);

// Applies a change that passed check_change. Nothing, and no write, when the register holds the
// same or a newer version.
std::optional<FeedRow> apply_change(Registers& registers, const Change& change, Origin origin,
                                    const KnownBody& known = {});

// What other programs wrote to the memory tables (repl_dirty) becomes stamped changes of this node.
void adopt_foreign_writes(Registers& registers);
bool foreign_writes_wait(sqlite::Database& db);

}  // namespace aimem
