// Governance: who may do what in a namespace, as the standard memory of that namespace or of the
// nearest one above says in metadata.governance (facts/mcp-tools.md 8). Values only; a namespace
// without a policy allows everything, a policy that cannot be read allows nothing.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aimem {

enum class Level : std::uint8_t { any, registered, owner, approve };
enum class Action : std::uint8_t { write, promote, remove };

struct Approver {
    std::string agent{};         // empty: see below
    std::int64_t consensus = 0;  // registered agents that must agree; 0 without an agent: a human
};

struct Policy {
    Level write = Level::any;
    Level promote = Level::any;
    Level remove = Level::owner;
    Approver approver{};

    Level level(Action action) const noexcept;
    bool open() const noexcept;  // nobody is kept from anything
};

// From the text of the JSON object {"write":..., "promote":..., "delete":..., "approver":...};
// names the member that is wrong and what is accepted.
Result<Policy> policy_from(std::string_view json_object);

std::string_view to_string(Level level) noexcept;

enum class Ruling : std::uint8_t { allowed, queued, denied };

struct Asked {
    std::string_view agent{};
    std::string_view owner{};  // of what is acted on; empty: nobody is known
    bool registered = false;
};

Ruling rule(const Policy& policy, Action action, const Asked& asked) noexcept;

// Whether this agent's voice counts: nothing, or why not. One's own request is for others to
// approve.
Result<> may_approve(const Policy& policy, const Asked& asked, std::string_view requested_by);
Result<> may_reject(const Policy& policy, const Asked& asked, std::string_view requested_by);

}  // namespace aimem
