// SPDX-License-Identifier: Apache-2.0
#include "store/base/clock.h"
#include "store/base/time_text.h"
#include "store/model/json.h"
#include "store/model/json_text.h"
#include "store/ops/intake.h"
#include "store/query/everything.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/session.h"
#include <array>
#include <cstdio>

namespace aimem::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kReadBytes = 65'536;

constexpr std::array kImportArgs{
    Arg{"--trust-source",
        Kind::flag,
        Need::optional,
        {},
        "Keeps the authors as they are given; otherwise whoever imports becomes the author"},
};

Result<> run_export(Session& session, const Args&) {
    auto store = session.existing();
    if (!store) return fail(store.error());
    const std::int64_t now = system_clock().now_ns();
    const auto all =
        (*store)->ask([&](sqlite::Database& db) { return query::everything(db, now); });
    if (!all) return fail(all.error());
    json memories = json::array();
    for (const Memory& memory : all->memories) memories.push_back(to_json(memory));
    json links = json::array();
    for (const Link& link : all->links) links.push_back(to_json(link));
    if (!current_viewer().sees_all())
        Session::notice("only what the agent or place that was named may see was exported");
    session.print({{"memories", std::move(memories)},
                   {"links", std::move(links)},
                   {"count", all->memories.size()},
                   {"exported_at", time_text(now)}});
    return {};
}

Result<json> read_stdin() {
    std::string text;
    std::array<char, kReadBytes> buffer{};
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), stdin))
        text.append(buffer.data(), got);
    if (std::ferror(stdin) != 0) return fail(Errc::storage, "cannot read stdin");
    json out = parse_json(text);
    if (out.is_discarded() || !out.is_object() || !out.contains("memories") ||
        !out["memories"].is_array())
        return fail(Errc::invalid_argument,
                    "stdin must hold what export prints: {\"memories\":[...],\"links\":[...]}");
    return out;
}

struct Imported {
    std::size_t memories = 0, restamped = 0, links = 0;
    json errors = json::array();
};

// What was written in another's name shows both.
bool restamp(Memory& memory, const std::string& agent_id) {
    const std::string author = metadata_text(memory.metadata, "agent_id");
    if (author == agent_id) return false;
    if (!author.empty())
        memory.metadata = with_metadata_text(memory.metadata, "imported_from_agent_id", author);
    memory.metadata = with_metadata_text(memory.metadata, "agent_id", agent_id);
    return true;
}

void import_memory(Store& store, const json& value, const Caller& caller, bool trusted,
                   Imported& out) {
    auto memory = memory_from_json(value);
    const std::string id = memory ? memory->id : std::string("?");
    if (!memory) return out.errors.push_back(id + ": " + memory.error().message);
    if (!trusted && restamp(*memory, caller.agent_id)) out.restamped += 1;
    const auto done = store.commit(ImportMemory{std::move(*memory), caller.agent_id});
    if (!done) return out.errors.push_back(id + ": " + done.error().message);
    out.memories += 1;
}

void import_link(Store& store, const json& value, const Caller& caller, Imported& out) {
    const auto link = link_from_json(value);
    if (!link) return out.errors.push_back("link: " + link.error().message);
    LinkMemories op;
    op.source_id = link->source_id;
    op.target_id = link->target_id;
    op.relation = link->relation;
    op.valid_from = link->valid_from;
    op.valid_until = link->valid_until;
    op.closed_by = link->closed_by;
    op.closed_at = link->closed_at;
    op.agent_id = caller.agent_id;
    const auto done = store.commit(std::move(op));
    if (done)
        out.links += 1;
    else
        out.errors.push_back(fmt::format("link {} -> {}: {}", link->source_id, link->target_id,
                                         done.error().message));
}

Result<> run_import(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    const auto given = read_stdin();
    if (!given) return fail(given.error());
    auto store = session.or_new();
    if (!store) return fail(store.error());
    const bool trusted = args.has("trust-source");
    Imported out;
    for (const json& one : given->at("memories"))
        import_memory(**store, one, *caller, trusted, out);
    if (const auto links = given->find("links"); links != given->end() && links->is_array())
        for (const json& one : *links) import_link(**store, one, *caller, out);
    if (!session.json())
        for (const json& one : out.errors) Session::notice("error: " + one.get<std::string>());
    session.answer(
        {{"imported", out.memories},
         {"restamped", out.restamped},
         {"links_imported", out.links},
         {"trusted_source", trusted},
         {"errors", out.errors}},
        fmt::format("imported: {} (restamped agent_id on {})", out.memories, out.restamped));
    return {};
}

}  // namespace

const Command kImport{
    .name = "import",
    .summary = "Take in what export printed, from stdin",
    .details = "The newer of two versions wins; what is newer here stays.",
    .examples = R"(  ai-memory export --db old.db | ai-memory import --trust-source
)",
    .args = kImportArgs,
    .run = run_import,
};

const Command kExport{
    .name = "export",
    .summary = "Print every memory and link as one JSON document",
    .examples = R"(  ai-memory export > memories.json
)",
    .run = run_export,
};

}  // namespace aimem::cli
