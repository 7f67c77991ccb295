// Reading registers and their bodies, on any connection. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/log/change.h"
#include "store/sqlite/sqlite.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

struct Register {
    Version version{};
    State state = State::dead;
    std::int64_t seq = 0;
    bool foreign = false;  // came from a peer: not ours to send
};

struct StoredBody {
    std::optional<std::string> a{};  // clashing memory: namespace; link: source id
    std::optional<std::string>
        b{};  // clashing memory: title; link: target id; merged tombstone: surviving id
    std::string body{};
};

std::optional<Register> find_register(sqlite::Database& db, std::string_view key);
std::optional<StoredBody> stored_body(sqlite::Database& db, std::string_view key);

// The exact body of a register, from repl_body or from the tables people query.
std::string body_of(sqlite::Database& db, std::string_view key, State state);

// The members of the atomic group that this key heads or headed; mostly none.
std::vector<GroupMember> group_of(sqlite::Database& db, std::string_view head);

// The register as it can be shipped: version, body and group.
Change change_of(sqlite::Database& db, std::string_view key, const Register& found);

}  // namespace aimem
