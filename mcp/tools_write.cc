#include "mcp/core_tools.h"
#include "mcp/rpc.h"
#include "store/base/clock.h"
#include "store/model/json.h"
#include "store/ops/intake.h"
#include "store/store.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr const char* kDefaultSource = "claude";  // what 0.6.3 writes for a memory of an MCP client

ToolAnswer answer(const json& value) {
    return {.structured = to_text(value)};
}

Result<Committed> commit(const ToolCall& call, Op op) {
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    return (*store)->commit(std::move(op));
}

std::string id_of(const ToolCall& call) {
    return call.arguments.at("id").get<std::string>();
}

}  // namespace

Result<ToolAnswer> memory_store(const ToolCall& call) {
    const Caller caller{call.agent_id, kDefaultSource, system_clock().now_ns()};
    auto op = store_from_json(call.arguments, caller);
    if (!op) return fail(op.error());
    op->find_similar = true;
    const auto done = commit(call, std::move(*op));
    if (!done) return fail(done.error());
    const Memory& memory = *done->memory;
    json out{{"id", done->id},
             {"tier", to_string(memory.tier)},
             {"title", memory.title},
             {"namespace", memory.ns},
             {"agent_id", metadata_text(memory.metadata, "agent_id")}};
    if (done->existed) {
        out["duplicate"] = true;
        out["action"] = "updated existing memory";
        return answer(out);
    }
    if (!done->similar.empty()) out["potential_contradictions"] = done->similar;
    return answer(out);
}

Result<ToolAnswer> memory_update(const ToolCall& call) {
    auto op = update_from_json(id_of(call), call.arguments);
    if (!op) return fail(op.error());
    const auto done = commit(call, std::move(*op));
    if (!done) return fail(done.error());
    return answer({{"updated", true}, {"memory", to_json(*done->memory)}});
}

Result<ToolAnswer> memory_delete(const ToolCall& call) {
    const auto done = commit(call, DeleteMemory{.id = id_of(call)});
    if (!done) return fail(done.error());
    return answer({{"deleted", true}, {"id", done->id}});
}

Result<ToolAnswer> memory_promote(const ToolCall& call) {
    const auto done = commit(call, PromoteMemory{.id = id_of(call)});
    if (!done) return fail(done.error());
    return answer({{"promoted", true},
                   {"mode", "tier"},
                   {"id", done->id},
                   {"tier", to_string(done->memory->tier)}});
}

Result<ToolAnswer> memory_link(const ToolCall& call) {
    auto op = link_from_arguments(call.arguments);
    if (!op) return fail(op.error());
    json out{{"linked", true},
             {"source_id", op->source_id},
             {"target_id", op->target_id},
             {"relation", op->relation}};
    const auto done = commit(call, std::move(*op));
    if (!done) return fail(done.error());
    out["existed"] = done->existed;
    return answer(out);
}

}  // namespace aimem::mcp
