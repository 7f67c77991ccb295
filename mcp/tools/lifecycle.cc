// promote, forget, consolidate, gc. SPDX-License-Identifier: Apache-2.0
#include "mcp/tools/call_help.h"
#include "mcp/tools/schema_parts.h"
#include "mcp/tools/tables.h"
#include "store/query/counts.h"
#include "store/query/sweep.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::size_t kForgetCounted = 1'000'000;  // rows a dry run counts

constexpr std::string_view kPromoteIn = AIMEM_IN(
    R"("id":)" AIMEM_ID_OR_PREFIX
    R"(,"to_namespace":{"type":"string","minLength":1,"maxLength":512,"description":"A level above its own: makes a copy there"},)" AIMEM_ASKER) R"("required":["id"],)" AIMEM_CLOSED;
constexpr std::string_view kPromoteOut = AIMEM_OUT(
    R"("promoted":{"type":"boolean"},"mode":{"type":"string"},"id":{"type":"string"},"tier":{"type":"string"},)"
    R"("source_id":{"type":"string"},"clone_id":{"type":"string"},"to_namespace":{"type":"string"},)" AIMEM_QUEUED_OUT);

constexpr std::string_view kForgetIn = AIMEM_IN(
    R"("namespace":)" AIMEM_NAMESPACE
    R"(,"pattern":{"type":"string","minLength":1,"maxLength":65536,"description":"Any of these words"},"tier":)" AIMEM_TIER
    R"(,"dry_run":{"type":"boolean","default":false},)" AIMEM_ASKER) AIMEM_CLOSED;
constexpr std::string_view kForgetOut = AIMEM_OUT(
    R"("deleted":{"type":"integer"},"archived":{"type":"boolean"},"would_delete":{"type":"integer"},"dry_run":{"type":"boolean"})");

constexpr std::string_view kConsolidateIn = AIMEM_IN(
    R"("ids":{"type":"array","items":)" AIMEM_ID R"(,"minItems":2,"maxItems":100},)"
    R"("title":{"type":"string","minLength":1,"maxLength":512},)"
    R"("summary":{"type":"string","minLength":1,"maxLength":65536,"description":"The new content; write it yourself"},)"
    R"("namespace":{"type":"string","minLength":1,"maxLength":512,"description":"Default: that of all of them, else global"},)" AIMEM_ASKER) R"("required":["ids","title","summary"],)" AIMEM_CLOSED;
constexpr std::string_view kConsolidateOut = AIMEM_OUT(
    R"("id":{"type":"string"},"consolidated":{"type":"integer"},"namespace":{"type":"string"})");

constexpr std::string_view kGcIn =
    AIMEM_IN(R"("dry_run":{"type":"boolean","default":false})") AIMEM_CLOSED;
constexpr std::string_view kGcOut =
    AIMEM_OUT(R"("collected":{"type":"integer"},"dry_run":{"type":"boolean"})");

Result<ToolAnswer> memory_promote(const ToolCall& call) {
    auto op = promote_from_json(text_of(call, "id"), call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    const auto to = op->to_namespace;
    const auto done = commit(call, *std::move(op));
    if (!done) return fail(done.error());
    if (done->pending) return answered(queued_answer(*done->pending));
    if (to)
        return answered({{"promoted", true},
                         {"mode", "vertical"},
                         {"source_id", done->link ? done->link->target_id : text_of(call, "id")},
                         {"clone_id", done->id},
                         {"to_namespace", *to}});
    return answered({{"promoted", true},
                     {"mode", "tier"},
                     {"id", done->id},
                     {"tier", to_string(done->memory->tier)}});
}

Result<ToolAnswer> memory_forget(const ToolCall& call) {
    const auto op = forget_from_json(call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    if (call.arguments.value("dry_run", false)) {
        const auto found = ask(call, [&](sqlite::Database& db) {
            return query::forgettable(db, {op->ns, op->pattern, op->tier}, kForgetCounted);
        });
        if (!found) return fail(found.error());
        return answered({{"would_delete", found->size()}, {"dry_run", true}});
    }
    const auto gone = sweep(call, *op);
    if (!gone) return fail(gone.error());
    return answered({{"deleted", *gone}, {"archived", true}});
}

Result<ToolAnswer> memory_consolidate(const ToolCall& call) {
    auto op = consolidate_from_json(call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    const auto done = commit(call, *std::move(op));
    if (!done) return fail(done.error());
    return answered({{"id", done->id},
                     {"consolidated", done->affected},
                     {"namespace", done->memory->ns},
                     {"method", "given summary"}});
}

Result<ToolAnswer> memory_gc(const ToolCall& call) {
    if (call.arguments.value("dry_run", false)) {
        const auto expired =
            ask(call, [](sqlite::Database& db) { return query::expired_count(db, now_of_call()); });
        if (!expired) return fail(expired.error());
        return answered({{"collected", *expired}, {"dry_run", true}});
    }
    const auto collected = sweep(call, ExpireMemories{});
    if (!collected) return fail(collected.error());
    return answered({{"collected", *collected}, {"dry_run", false}});
}

constexpr std::array<Tool, 4> kLifecycleTable{{
    {"memory_promote", "Keep a memory for good",
     "Make one memory long-lived (tier long, no expiry), or copy it to a namespace above its own, "
     "linked derived_from it.",
     Effect::settles, kPromoteIn, kPromoteOut, &memory_promote, kGraph | kAdmin},
    {"memory_forget", "Forget memories",
     "Move to the archive what fits all that is given: namespace, words, tier; one at least. Try "
     "dry_run first.",
     Effect::destroys, kForgetIn, kForgetOut, &memory_forget, kAdmin},
    {"memory_consolidate", "Consolidate memories",
     "Replace 2 to 100 memories by one long-lived memory with the summary you give; they go to the "
     "archive.",
     Effect::destroys, kConsolidateIn, kConsolidateOut, &memory_consolidate, kGraph | kAdmin},
    {"memory_gc", "Collect expired memories",
     "Move memories whose time is over to the archive now. They are hidden already.",
     Effect::destroys, kGcIn, kGcOut, &memory_gc, kAdmin},
}};

}  // namespace

std::span<const Tool> lifecycle_table() {
    return kLifecycleTable;
}

}  // namespace aimem::mcp
