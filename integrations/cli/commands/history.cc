#include "store/query/history.h"

#include "store/base/clock.h"
#include "store/base/time_text.h"
#include "store/model/limits.h"
#include "store/model/validate.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/render.h"
#include "integrations/cli/session.h"
#include <array>
#include <span>

namespace aimem::cli {
namespace {

constexpr std::size_t kVersionsListed = 20;

constexpr std::array kHistoryArgs{
    Arg{"id", Kind::text, Need::required, "ID", "Its id, or the beginning of it"},
    Arg{"--limit", Kind::integer, Need::optional, "N", "At most N; default 20, at most 1000"},
    Arg{"--offset", Kind::integer, Need::optional, "N", "Leave out the newest N"},
};

std::string_view word_of(State state) {
    switch (state) {
        case State::live: return "written";
        case State::archived: return "archived";
        case State::dead: return "deleted";
    }
    return "";
}

std::string heading(const query::VersionSeen& version, std::int64_t now) {
    std::string out =
        fmt::format("{} {}", age_text(time_text(version.stamp), now), word_of(version.state));
    if (!version.writer.empty()) out += " by " + one_line(version.writer);
    if (version.from_peer) out += ", on another node";
    if (version.said && version.said->archive_reason)
        out += ", " + one_line(*version.said->archive_reason);
    std::string changed;
    for (const std::string& name : version.changed) changed += changed.empty() ? name : ", " + name;
    return changed.empty() ? out : out + ": " + changed;
}

void show_versions(Session& session, std::span<const query::VersionSeen> versions) {
    const std::int64_t now = system_clock().now_ns();
    for (const query::VersionSeen& version : versions) {
        session.line(heading(version, now));
        if (!version.said) continue;
        session.line("  " + one_line(version.said->title));
        if (version.said->content) session.line("  " + one_line(*version.said->content));
    }
    session.line(fmt::format("{} {} known here", versions.size(),
                             versions.size() == 1 ? "version" : "versions"));
}

Result<> run_history(Session& session, const Args& args) {
    const std::string id = args.text("id").value_or("");
    if (auto ok = check_id("id", id); !ok) return ok;
    const auto limit = limit_of(args, kVersionsListed, limits::list_rows);
    if (!limit) return fail(limit.error());
    const auto offset = args.size("offset");
    if (!offset) return fail(offset.error());
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto found = (*store)->ask([&](sqlite::Database& db) { return query::history(db, id); });
    if (!found) return fail(found.error());
    const auto shown = query::some_of(*found, offset->value_or(0), *limit);
    if (session.json())
        session.print(to_json(*found, shown));
    else
        show_versions(session, shown);
    return {};
}

}  // namespace

const Command kHistory{
    .name = "history",
    .summary = "Show who wrote which version of a memory, newest first",
    .details =
        "Older versions are those that this machine has overwritten, the newest of them. "
        "Of a memory that was deleted it tells who and when.",
    .examples = R"(  ai-memory history 1a2b3c4d
  ai-memory history 1a2b3c4d --json | jq -r '.versions[].written_by'
)",
    .args = kHistoryArgs,
    .run = run_history,
};

}  // namespace aimem::cli
