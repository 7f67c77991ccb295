// SPDX-License-Identifier: Apache-2.0
#include "store/model/json_text.h"
#include "store/ops/intake.h"
#include "store/query/records.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/render.h"
#include "integrations/cli/session.h"
#include "integrations/cli/writing.h"
#include <array>

namespace aimem::cli {
namespace {

using nlohmann::json;

constexpr std::array kSetArgs{
    Arg{"namespace", Kind::text, Need::required, "NS", "The namespace; * for all"},
    Arg{"id", Kind::text, Need::required, "ID", "The memory that holds its rules"},
    Arg{"--parent", Kind::text, Need::optional, "NS", "Whose rules hold there, too"},
    Arg{"--governance", Kind::text, Need::optional, "JSON",
        "Who may do what, e.g. {\"write\":\"approve\"}; kept in the memory's metadata"},
};

constexpr std::array kShowArgs{
    Arg{"namespace", Kind::text, Need::required, "NS", "The namespace"},
    Arg{"--inherit", Kind::flag, Need::optional, {}, "All that hold there, the general ones first"},
};

constexpr std::array kClearArgs{
    Arg{"namespace", Kind::text, Need::required, "NS", "The namespace"},
};

Result<> run_set(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    json fields = args.fields();
    if (const auto text = args.text("governance")) {
        fields["governance"] = parse_json(*text);
        if (!fields["governance"].is_object())
            return fail(Errc::invalid_argument, "governance must be a JSON object");
    }
    auto op = standard_from_arguments(fields, *caller);
    if (!op) return fail(op.error());
    const auto done = commit(session, std::move(*op));
    if (!done) return fail(done.error());
    if (!*done) return {};
    const Standard& made = (*done)->standard.value();
    json out{{"set", true}, {"namespace", made.ns}, {"standard_id", made.standard_id}};
    if (made.parent) out["parent"] = *made.parent;
    if (fields.contains("governance")) out["governance"] = fields["governance"];
    session.answer(out, fmt::format("standard of {}: {}", made.ns, made.standard_id));
    return {};
}

json view_json(const query::StandardView& view) {
    json out{{"namespace", view.standard.ns}, {"standard_id", view.standard.standard_id}};
    if (view.standard.parent) out["parent"] = *view.standard.parent;
    if (!view.memory) {
        out["warning"] = "the memory of this standard is gone";
        return out;
    }
    const json metadata = parse_json(view.memory->metadata);
    out["title"] = view.memory->title;
    out["content"] = view.memory->content;
    out["priority"] = view.memory->priority;
    out["governance"] = metadata.value("governance", json(nullptr));
    return out;
}

Result<> run_show(Session& session, const Args& args) {
    const std::string ns = args.text("namespace").value_or("");
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto found = (*store)->ask(
        [&](sqlite::Database& db) { return query::standards(db, ns, args.has("inherit")); });
    if (!found) return fail(found.error());
    json rows = json::array();
    for (const query::StandardView& view : *found) {
        rows.push_back(view_json(view));
        if (session.json()) continue;
        const std::string title = view.memory ? one_line(view.memory->title) : "(gone)";
        session.line(fmt::format("{}: {} {}", view.standard.ns, view.standard.standard_id, title));
    }
    if (session.json())
        session.print(
            {{"namespace", ns}, {"standards", std::move(rows)}, {"count", found->size()}});
    else if (found->empty())
        Session::notice("no standard is set");
    return {};
}

Result<> run_clear(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    auto op = clear_standard_from_json(args.fields(), *caller);
    if (!op) return fail(op.error());
    const std::string ns = op->ns;
    const auto done = commit(session, std::move(*op));
    if (!done) return fail(done.error());
    if (!*done) return {};
    const bool cleared = (*done)->affected > 0;
    session.answer({{"cleared", cleared}, {"namespace", ns}},
                   fmt::format("{}: {}", cleared ? "cleared" : "no standard was set", ns));
    return {};
}

}  // namespace

const Command kStandardSet{
    .name = "standard set",
    .summary = "Bind a memory as the rules of a namespace",
    .examples = R"(  ai-memory standard set acme/api 1a2b3c4d
  ai-memory standard set acme/api 1a2b3c4d --governance '{"write":"approve"}'
)",
    .args = kSetArgs,
    .run = run_set,
};

const Command kStandardShow{
    .name = "standard show",
    .summary = "Show the rules of a namespace",
    .examples = R"(  ai-memory standard show acme/api --inherit
)",
    .args = kShowArgs,
    .run = run_show,
};

const Command kStandardClear{
    .name = "standard clear",
    .summary = "Let a namespace be without rules of its own",
    .examples = R"(  ai-memory standard clear acme/api
)",
    .args = kClearArgs,
    .run = run_clear,
};

}  // namespace aimem::cli
