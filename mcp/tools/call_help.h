// What every tool does the same way: who asks, one commit, one query, an answer.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mcp/tool.h"
#include "store/ops/intake.h"
#include "store/store.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace aimem::mcp {

std::int64_t now_of_call();  // ns since 1970

// agent_id of the arguments, else the client's own.
Caller asker_of(const ToolCall& call);

ToolAnswer answered(const nlohmann::json& value);

std::string text_of(const ToolCall& call, const char* name);  // of an argument that is required
std::optional<std::string> text_if(const ToolCall& call, const char* name);

Result<Committed> commit(const ToolCall& call, Op op);

// Commits a bounded verb again until it has no more to do, or the client wants no more of it; what
// it did in all.
Result<std::int64_t> sweep(const ToolCall& call, const Op& op);

// The answer to a store, delete or promote that a policy put on the list of pending actions.
nlohmann::json queued_answer(const PendingState& state);

// Rows of a namespace that begins with _ belong to the program: others' messages, registrations.
bool is_internal(std::string_view ns) noexcept;

nlohmann::json metadata_of(const Memory& memory);  // parsed; an object

template <typename Row>
nlohmann::json rows_json(const std::vector<Row>& rows);  // of memories, links, archived, pendings

template <typename Query>
auto ask(const ToolCall& call, Query query) -> std::invoke_result_t<Query&, sqlite::Database&> {
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    return (*store)->ask(std::move(query));
}

}  // namespace aimem::mcp
