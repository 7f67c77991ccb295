#include "mcp/tools/call_help.h"

#include "mcp/rpc.h"
#include "mcp/spread.h"
#include "store/base/clock.h"
#include "store/model/json.h"
#include "store/model/json_text.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace aimem::mcp {

using nlohmann::json;

std::int64_t now_of_call() {
    return system_clock().now_ns();
}

Caller asker_of(const ToolCall& call) {
    constexpr const char* source = "claude";  // what 0.6.3 writes for a memory of an MCP client
    return {text_if(call, "agent_id").value_or(call.agent_id), source, now_of_call()};
}

ToolAnswer answered(const json& value) {
    return {.structured = to_text(value)};
}

std::string text_of(const ToolCall& call, const char* name) {
    return call.arguments.at(name).get<std::string>();
}

std::optional<std::string> text_if(const ToolCall& call, const char* name) {
    const auto found = call.arguments.find(name);
    if (found == call.arguments.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

Result<Committed> commit(const ToolCall& call, Op op) {
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    auto done = (*store)->commit(std::move(op));
    if (call.host.spread != nullptr && done && !done->rows.empty())
        call.host.spread->wrote(done->rows.back().seq);
    return done;
}

Result<std::int64_t> sweep(const ToolCall& call, const Op& op) {
    std::int64_t affected = 0;
    while (true) {
        const auto done = commit(call, op);
        if (!done) return fail(done.error());
        affected += done->affected;
        if (!done->more || call.cancelled) return affected;
        if (call.progress) call.progress(affected);
    }
}

json queued_answer(const PendingState& state) {
    json out{{"status", state.status},
             {"pending_id", state.action.id},
             {"reason", "governance requires approval"},
             {"action", state.action.action_type},
             {"namespace", state.action.ns}};
    if (state.action.memory_id) out["memory_id"] = *state.action.memory_id;
    return out;
}

bool is_internal(std::string_view ns) noexcept {
    return ns.starts_with('_');
}

json metadata_of(const Memory& memory) {
    json value = parse_json(memory.metadata);
    return value.is_object() ? value : json::object();
}

template <typename Row>
json rows_json(const std::vector<Row>& rows) {
    json list = json::array();
    for (const Row& row : rows) list.push_back(to_json(row));
    return list;
}
template json rows_json(const std::vector<Memory>&);
template json rows_json(const std::vector<Archived>&);
template json rows_json(const std::vector<Link>&);
template json rows_json(const std::vector<PendingState>&);

}  // namespace aimem::mcp
