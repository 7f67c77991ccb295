// SPDX-License-Identifier: Apache-2.0
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

constexpr std::array kEntityArgs{
    Arg{"canonical-name", Kind::text, Need::required, "NAME", "What it is called"},
    Arg{"-n,--namespace", Kind::text, Need::required, "NS", "Where it belongs"},
    Arg{"--aliases", Kind::list, Need::optional, "A,B", "Other names, separated by commas"},
};

constexpr std::array kFindArgs{
    Arg{"alias", Kind::text, Need::required, "NAME", "A name it goes by"},
    Arg{"-n,--namespace", Kind::text, Need::optional, "NS", "Only in this namespace"},
};

Result<> run_register_entity(Session& session, const Args& args) {
    const auto caller = session.caller();
    if (!caller) return fail(caller.error());
    auto op = entity_from_json(args.fields(), *caller);
    if (!op) return fail(op.error());
    auto store = session.or_new();
    if (!store) return fail(store.error());
    const auto done = (*store)->commit(std::move(*op));
    if (!done) return fail(done.error());
    session.answer(
        {{"entity_id", done->id},
         {"canonical_name", done->memory->title},
         {"namespace", done->memory->ns},
         {"aliases", done->aliases},
         {"created", !done->existed}},
        fmt::format("{}: {} [{}]", done->existed ? "entity renewed" : "entity registered", done->id,
                    one_line(done->memory->title)));
    return {};
}

Result<> run_find(Session& session, const Args& args) {
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto found = (*store)->ask([&](sqlite::Database& db) {
        return query::entity_by_alias(db, args.text("alias").value_or(""), args.text("namespace"));
    });
    if (!found) return fail(found.error());
    if (!*found) return fail(Errc::not_found, "no entity goes by this name");
    const query::Entity& entity = **found;
    session.answer({{"found", true},
                    {"entity_id", entity.id},
                    {"canonical_name", entity.canonical_name},
                    {"namespace", entity.ns},
                    {"aliases", entity.aliases}},
                   fmt::format("{} {} (ns={})", entity.id, one_line(entity.canonical_name),
                               one_line(entity.ns)));
    return {};
}

}  // namespace

const Command kEntityRegister{
    .name = "entity register",
    .summary = "Name a person or thing, and the names it goes by",
    .examples = R"(  ai-memory entity register Kestrel -n acme/api --aliases "kes,the bird"
)",
    .args = kEntityArgs,
    .run = run_register_entity,
};

const Command kEntityFind{
    .name = "entity find",
    .summary = "Find the person or thing that goes by a name",
    .examples = R"(  ai-memory entity find kes
  ai-memory entity find kes -n acme/api --json
)",
    .args = kFindArgs,
    .run = run_find,
};

}  // namespace aimem::cli
