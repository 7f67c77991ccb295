// store, update, delete. SPDX-License-Identifier: Apache-2.0
#include "mcp/tools/call_help.h"
#include "mcp/tools/tables.h"
#include "store/model/json.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace aimem::mcp {

using nlohmann::json;

Result<ToolAnswer> memory_store(const ToolCall& call) {
    auto op = store_from_json(call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    op->find_similar = true;
    const auto done = commit(call, std::move(*op));
    if (!done) return fail(done.error());
    if (done->pending) return answered(queued_answer(*done->pending));
    const Memory& memory = *done->memory;
    json out{{"id", done->id},
             {"tier", to_string(memory.tier)},
             {"title", memory.title},
             {"namespace", memory.ns},
             {"agent_id", metadata_text(memory.metadata, "agent_id")}};
    if (done->existed) {
        out["duplicate"] = true;
        out["action"] = "updated existing memory";
    } else if (!done->similar.empty()) {
        out["potential_contradictions"] = done->similar;
    }
    return answered(out);
}

Result<ToolAnswer> memory_update(const ToolCall& call) {
    auto op = update_from_json(text_of(call, "id"), call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    const auto done = commit(call, std::move(*op));
    if (!done) return fail(done.error());
    return answered({{"updated", true}, {"memory", to_json(*done->memory)}});
}

Result<ToolAnswer> memory_delete(const ToolCall& call) {
    const auto done =
        commit(call, DeleteMemory{.id = text_of(call, "id"), .agent_id = asker_of(call).agent_id});
    if (!done) return fail(done.error());
    if (done->pending) return answered(queued_answer(*done->pending));
    return answered({{"deleted", true}, {"id", done->id}});
}

}  // namespace aimem::mcp
