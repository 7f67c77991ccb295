#include "store/model/json.h"
#include "store/model/validate.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/session.h"
#include <array>

namespace aimem::cli {
namespace {

using nlohmann::json;

constexpr int kIndent = 2;

constexpr std::array kGetArgs{
    Arg{"id", Kind::text, Need::required, "ID", "Its id, or the beginning of it"},
};

void show(Session& session, const MemoryWithLinks& found) {
    // Escapes for all but ASCII's printable characters would hide text; json escapes the control
    // characters.
    session.line(to_json(found.memory).dump(kIndent, ' ', false, json::error_handler_t::replace));
    if (found.links.empty()) return;
    session.line("links:");
    for (const Link& link : found.links)
        session.line(
            fmt::format("  {} --[{}]--> {}", link.source_id, link.relation, link.target_id));
}

Result<> run_get(Session& session, const Args& args) {
    const std::string id = args.text("id").value_or("");
    if (auto ok = check_id("id", id); !ok) return ok;
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto found = (*store)->get_with_links(id);
    if (!found) return fail(found.error());
    if (!session.json()) {
        show(session, *found);
        return {};
    }
    json links = json::array();
    for (const Link& link : found->links) links.push_back(to_json(link));
    session.print({{"memory", to_json(found->memory)}, {"links", std::move(links)}});
    return {};
}

}  // namespace

const Command kGet{
    .name = "get",
    .summary = "Show one memory with all it has, and its links",
    .examples = R"(  ai-memory get 1a2b3c4d
  ai-memory get 1a2b3c4d --json | jq -r .memory.content
)",
    .args = kGetArgs,
    .run = run_get,
};

}  // namespace aimem::cli
