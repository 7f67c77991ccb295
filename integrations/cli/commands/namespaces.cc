// SPDX-License-Identifier: Apache-2.0
#include "store/base/clock.h"
#include "store/query/records.h"
#include "store/store.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "integrations/cli/args.h"
#include "integrations/cli/commands/rows.h"
#include "integrations/cli/render.h"
#include "integrations/cli/session.h"
#include <array>

namespace aimem::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kRowsMax = 10'000;

constexpr std::array kNamespacesArgs{
    Arg{"--prefix", Kind::text, Need::optional, "NS", "Only this one and those below it"},
};

Result<> run_namespaces(Session& session, const Args& args) {
    auto store = session.existing();
    if (!store) return fail(store.error());
    const auto found = (*store)->ask([&](sqlite::Database& db) {
        return query::namespaces(db, args.text("prefix").value_or(""), kRowsMax,
                                 system_clock().now_ns());
    });
    if (!found) return fail(found.error());
    json rows = json::array();
    for (const query::NamespaceCount& one : *found) {
        rows.push_back({{"namespace", one.ns}, {"count", one.count}});
        if (!session.json()) session.line(fmt::format("{}: {}", one_line(one.ns), one.count));
    }
    if (session.json()) session.print({{"namespaces", std::move(rows)}});
    return {};
}

}  // namespace

const Command kNamespaces{
    .name = "namespaces",
    .summary = "Count the memories of each namespace",
    .examples = R"(  ai-memory namespaces
  ai-memory namespaces --prefix acme --json
)",
    .args = kNamespacesArgs,
    .run = run_namespaces,
};

}  // namespace aimem::cli
