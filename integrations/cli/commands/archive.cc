#include "store/base/clock.h"
#include "store/model/json.h"
#include "store/model/limits.h"
#include "store/ops/intake.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/render.h"
#include "integrations/cli/session.h"
#include "integrations/cli/writing.h"
#include <array>
#include <optional>

namespace aimem::cli {
namespace {

using nlohmann::json;

constexpr std::array kPutArgs{
    Arg{"id", Kind::text, Need::one_or_more, "ID...", "Ids, or the beginnings of them"},
    Arg{"--reason", Kind::text, Need::optional, "TEXT", "Why; default archive"},
};

constexpr std::array kArchivedArgs{
    Arg{"-n,--namespace", Kind::text, Need::optional, "NS", "Only from this namespace"},
    Arg{"--limit", Kind::integer, Need::optional, "N", "At most N; default 50, at most 1000"},
    Arg{"--offset", Kind::integer, Need::optional, "N", "Leave out the first N"},
};

constexpr std::array kRestoreArgs{
    Arg{"id", Kind::text, Need::required, "ID", "Its whole id, as archive list shows it"},
};

constexpr std::array kPurgeArgs{
    Arg{"--older-than-days", Kind::integer, Need::optional, "N",
        "Only what was archived at least N days ago"},
    Arg{"-n,--namespace", Kind::text, Need::optional, "NS", "Only from this namespace"},
    Arg{"-y,--yes", Kind::flag, Need::optional, {}, "Needed when nothing limits it"},
};

ArchiveMemory archive_op(const Args& args, std::string id, std::string agent_id = {}) {
    ArchiveMemory op;
    op.id = std::move(id);
    op.agent_id = std::move(agent_id);
    if (auto reason = args.text("reason")) op.reason = std::move(*reason);
    return op;
}

// Every id gets its own verdict: one that is unknown does not keep the others from being archived.
Result<> run_put(Session& session, const Args& args) {
    for (const std::string& id : args.texts("id"))
        if (auto ok = check_op(archive_op(args, id)); !ok) return ok;
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    auto store = session.existing();
    if (!store) return fail(store.error());
    json archived = json::array();
    json missing = json::array();
    std::optional<Error> first;
    for (const std::string& id : args.texts("id")) {
        const auto done = (*store)->commit(archive_op(args, id, caller->agent_id));
        if (done) {
            archived.push_back(done->id);
            if (!session.json()) session.line("archived: " + done->id);
            continue;
        }
        missing.push_back(id);
        if (first) Session::notice("error: " + first->message);  // main prints the last one
        first = done.error();
    }
    if (session.json())
        session.print({{"archived", archived},
                       {"missing", missing},
                       {"count", archived.size()},
                       {"reason", args.text("reason").value_or("archive")}});
    return first ? Result<>(fail(*first)) : Result<>{};
}

void show_archive(Session& session, const std::vector<Archived>& found) {
    if (found.empty()) return Session::notice("the archive is empty");
    const std::int64_t now = system_clock().now_ns();
    for (const Archived& row : found)
        session.line(fmt::format("{} {} (ns={}, archived {}, reason {})", row.memory.id,
                                 one_line(row.memory.title), one_line(row.memory.ns),
                                 age_text(row.archived_at, now), one_line(row.reason)));
    session.line(count_line(found.size(), "in the archive"));
}

Result<> run_archived(Session& session, const Args& args) {
    ArchiveQuery query;
    const auto filter = filter_of(args, TierFilter::no);
    if (!filter) return fail(filter.error());
    query.ns = filter->ns;
    const auto limit = limit_of(args, query.limit, limits::list_rows);
    if (!limit) return fail(limit.error());
    query.limit = *limit;
    const auto offset = args.size("offset");
    if (!offset) return fail(offset.error());
    query.offset = offset->value_or(0);
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto found = (*store)->archived(query);
    if (!found) return fail(found.error());
    if (!session.json()) {
        show_archive(session, *found);
        return {};
    }
    json rows = json::array();
    for (const Archived& row : *found) rows.push_back(to_json(row));
    session.print({{"archived", std::move(rows)}, {"count", found->size()}});
    return {};
}

Result<> run_restore(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    const RestoreMemory op{args.text("id").value_or(""), caller->agent_id};
    if (auto ok = check_op(op); !ok) return ok;
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto done = (*store)->commit(op);
    if (!done) return fail(done.error());
    session.answer({{"restored", true}, {"id", done->id}}, "restored: " + done->id);
    return {};
}

Result<> run_purge(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    const auto op = purge_from_json(args.fields(), *caller);
    if (!op) return fail(op.error());
    if (!op->older_than_days && !op->ns && !args.has("yes"))
        return fail(Errc::invalid_argument,
                    "this would empty the archive: give --older-than-days, --namespace or --yes");
    const auto purged = commit_sweep(session, *op);
    if (!purged) return fail(purged.error());
    session.answer({{"purged", *purged}}, fmt::format("purged: {}", *purged));
    return {};
}

constexpr std::string_view kPutExamples =
    R"(  ai-memory archive put 1a2b3c4d 5e6f7a8b --reason outdated
)";

}  // namespace

const Command kArchive{
    .name = "archive",
    .summary = "Put memories out of sight without losing them",
    .examples = R"(  ai-memory archive 1a2b3c4d
  ai-memory archive 1a2b3c4d --reason "project ended"
)",
    .args = kPutArgs,
    .run = run_put,
};

const Command kArchivePut{
    .name = "archive put",
    .alias = "archive add",
    .summary = "The same, also written archive add",
    .examples = kPutExamples,
    .args = kPutArgs,
    .run = run_put,
};

const Command kArchiveList{
    .name = "archive list",
    .summary = "List what is in the archive, newest first",
    .examples = R"(  ai-memory archive list
  ai-memory archive list -n acme/api --json
)",
    .args = kArchivedArgs,
    .run = run_archived,
};

const Command kArchiveRestore{
    .name = "archive restore",
    .summary = "Bring a memory back from the archive, as it was",
    .examples = R"(  ai-memory archive restore 1a2b3c4d
)",
    .args = kRestoreArgs,
    .run = run_restore,
};

const Command kArchivePurge{
    .name = "archive purge",
    .summary = "Delete archived memories for good, here and on every peer",
    .examples = R"(  ai-memory archive purge --older-than-days 90
  ai-memory archive purge -n acme/old --json
)",
    .args = kPurgeArgs,
    .run = run_purge,
};

}  // namespace aimem::cli
