// The archive: list, restore, purge, counts. SPDX-License-Identifier: Apache-2.0
#include "mcp/tools/call_help.h"
#include "mcp/tools/paging.h"
#include "mcp/tools/schema_parts.h"
#include "mcp/tools/tables.h"
#include "store/query/counts.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::size_t kArchivedNamespacesShown = 100;  // of a page
constexpr std::string_view kArchiveListIn = AIMEM_IN(
    R"("namespace":)" AIMEM_NAMESPACE
    R"(,"offset":{"type":"integer","minimum":0,"maximum":100000000,"default":0},)" AIMEM_AS_AGENT
    "," AIMEM_PAGE("50", "1000")) AIMEM_CLOSED;
constexpr std::string_view kArchiveListOut =
    AIMEM_OUT(R"("archived":)" AIMEM_OBJECTS "," AIMEM_PAGE_OUT);
constexpr std::string_view kRestoreIn =
    AIMEM_IN(R"("id":)" AIMEM_ID "," AIMEM_ASKER) R"("required":["id"],)" AIMEM_CLOSED;
constexpr std::string_view kRestoreOut =
    AIMEM_OUT(R"("restored":{"type":"boolean"},"id":{"type":"string"},"tier":{"type":"string"})");
constexpr std::string_view kPurgeIn = AIMEM_IN(
    R"("older_than_days":{"type":"integer","minimum":0,"maximum":36500,"description":"Default: all of it"},)"
    R"("namespace":)" AIMEM_NAMESPACE "," AIMEM_ASKER) AIMEM_CLOSED;
constexpr std::string_view kPurgeOut = AIMEM_OUT(R"("purged":{"type":"integer"})");
constexpr std::string_view kArchiveStatsIn =
    AIMEM_IN(AIMEM_AS_AGENT "," AIMEM_PAGE("100", "1000")) AIMEM_CLOSED;
constexpr std::string_view kArchiveStatsOut = AIMEM_OUT(
    R"("archived_total":{"type":"integer"},"by_namespace":)" AIMEM_OBJECTS "," AIMEM_PAGE_OUT);

Result<ToolAnswer> memory_archive_list(const ToolCall& call) {
    const auto page = page_of(call, ArchiveQuery{}.limit);
    if (!page) return fail(page.error());
    const auto store = call.host.store();
    if (!store) return fail(store.error());
    ArchiveQuery query{text_if(call, "namespace"), page->limit + 1, page->offset};
    if (auto ok = check_filter({.ns = query.ns}); !ok) return fail(ok.error());
    const auto found = (*store)->archived(query);
    if (!found) return fail(found.error());
    json out = json::object();
    put_page(out, "archived", rows_json(*found), page->offset, *page);
    return answered(out);
}

Result<ToolAnswer> memory_archive_restore(const ToolCall& call) {
    const auto done =
        commit(call, RestoreMemory{.id = text_of(call, "id"), .agent_id = asker_of(call).agent_id});
    if (!done) return fail(done.error());
    json out{{"restored", true}, {"id", done->id}};
    if (done->memory) out["tier"] = to_string(done->memory->tier);
    return answered(out);
}

Result<ToolAnswer> memory_archive_purge(const ToolCall& call) {
    const auto op = purge_from_json(call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    const auto purged = sweep(call, *op);
    if (!purged) return fail(purged.error());
    return answered({{"purged", *purged}});
}

Result<ToolAnswer> memory_archive_stats(const ToolCall& call) {
    const auto page = page_of(call, kArchivedNamespacesShown);
    if (!page) return fail(page.error());
    const auto counts =
        ask(call, [](sqlite::Database& db) { return query::archive_by_namespace(db); });
    if (!counts) return fail(counts.error());
    json rows = json::array();
    std::int64_t total = 0;
    for (const Counted& one : *counts) {
        rows.push_back({{"namespace", one.name}, {"count", one.count}});
        total += one.count;
    }
    json out{{"archived_total", total}};
    put_page(out, "by_namespace", std::move(rows), 0, *page);
    return answered(out);
}

constexpr std::array<Tool, 4> kArchiveTable{{
    {"memory_archive_list", "List the archive",
     "Show what was forgotten, consolidated or has expired, latest first.", Effect::reads,
     kArchiveListIn, kArchiveListOut, &memory_archive_list, kAdmin},
    {"memory_archive_restore", "Restore from the archive",
     "Bring one archived memory back, as it was.", Effect::settles, kRestoreIn, kRestoreOut,
     &memory_archive_restore, kAdmin},
    {"memory_archive_purge", "Empty the archive",
     "Remove archived memories for good, on all nodes: those older than the days given, else all.",
     Effect::destroys, kPurgeIn, kPurgeOut, &memory_archive_purge, kAdmin},
    {"memory_archive_stats", "Count the archive", "How many memories are archived, by namespace.",
     Effect::reads, kArchiveStatsIn, kArchiveStatsOut, &memory_archive_stats, kAdmin},
}};

}  // namespace

std::span<const Tool> archive_table() {
    return kArchiveTable;
}

}  // namespace aimem::mcp
