// Entities, the tree of namespaces, and whether something is there already.
// SPDX-License-Identifier: Apache-2.0
#include "mcp/tools/call_help.h"
#include "mcp/tools/paging.h"
#include "mcp/tools/schema_parts.h"
#include "mcp/tools/tables.h"
#include "store/model/validate.h"
#include "store/query/records.h"
#include "store/query/taxonomy.h"
#include "store/query/words.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <span>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::string_view kEntityIn = AIMEM_IN(
    R"("canonical_name":{"type":"string","minLength":1,"maxLength":512},"namespace":)" AIMEM_NAMESPACE
    R"(,"aliases":{"type":"array","items":{"type":"string","maxLength":512},"maxItems":100},)"
    R"("metadata":{"type":"object"},)" AIMEM_ASKER) R"("required":["canonical_name","namespace"],)" AIMEM_CLOSED;
constexpr std::string_view kEntityOut = AIMEM_OUT(
    R"("entity_id":{"type":"string"},"canonical_name":{"type":"string"},"namespace":{"type":"string"},"aliases":)" AIMEM_TEXTS
    R"(,"created":{"type":"boolean"})");

constexpr std::string_view kAliasIn = AIMEM_IN(
    R"("alias":{"type":"string","minLength":1,"maxLength":512},"namespace":)" AIMEM_NAMESPACE
    "," AIMEM_AS_AGENT) R"("required":["alias"],)" AIMEM_CLOSED;
constexpr std::string_view kAliasOut =
    AIMEM_OUT(R"("found":{"type":"boolean"},"aliases":)" AIMEM_TEXTS);

constexpr std::string_view kTaxonomyIn =
    AIMEM_IN(R"("namespace_prefix":{"type":"string","maxLength":512},)"
             R"("depth":{"type":"integer","minimum":0,"maximum":8,"default":8},)" AIMEM_PAGE(
                 "1000", "10000") "," AIMEM_AS_AGENT) AIMEM_CLOSED;
constexpr std::string_view kTaxonomyOut = AIMEM_OUT(
    R"("tree":{"type":"object"},"total_count":{"type":"integer"},"truncated":{"type":"boolean"},)" AIMEM_PAGE_OUT);

constexpr std::string_view kDuplicateIn = AIMEM_IN(
    R"("title":{"type":"string","minLength":1,"maxLength":512},"content":{"type":"string","minLength":1,"maxLength":65536},"namespace":)" AIMEM_NAMESPACE
    R"(,"threshold":{"type":"number","minimum":0.5,"maximum":1,"default":0.85},)" AIMEM_AS_AGENT) R"("required":["title","content"],)" AIMEM_CLOSED;
constexpr std::string_view kDuplicateOut = AIMEM_OUT(
    R"("is_duplicate":{"type":"boolean"},"threshold":{"type":"number"},"candidates_scanned":{"type":"integer"},"method":{"type":"string"})");

Result<ToolAnswer> memory_entity_register(const ToolCall& call) {
    auto op = entity_from_json(call.arguments, asker_of(call));
    if (!op) return fail(op.error());
    const auto done = commit(call, *std::move(op));
    if (!done) return fail(done.error());
    return answered({{"entity_id", done->id},
                     {"canonical_name", done->memory->title},
                     {"namespace", done->memory->ns},
                     {"aliases", done->aliases},
                     {"created", !done->existed}});
}

Result<ToolAnswer> memory_entity_get_by_alias(const ToolCall& call) {
    const auto found = ask(call, [&](sqlite::Database& db) {
        return query::entity_by_alias(db, text_of(call, "alias"), text_if(call, "namespace"));
    });
    if (!found) return fail(found.error());
    if (!*found)
        return answered({{"found", false},
                         {"entity_id", json()},
                         {"canonical_name", json()},
                         {"namespace", json()},
                         {"aliases", json::array()}});
    const query::Entity& entity = **found;
    return answered({{"found", true},
                     {"entity_id", entity.id},
                     {"canonical_name", entity.canonical_name},
                     {"namespace", entity.ns},
                     {"aliases", entity.aliases}});
}

Result<ToolAnswer> memory_get_taxonomy(const ToolCall& call) {
    const auto page = page_of(call, query::kTaxonomyRows);
    if (!page) return fail(page.error());
    std::string prefix = text_if(call, "namespace_prefix").value_or("");
    const auto all = ask(call, [&](sqlite::Database& db) {
        return query::namespaces_below(db, prefix, now_of_call());
    });
    if (!all) return fail(all.error());
    std::int64_t total = 0;
    json leaves = json::array();  // what each costs
    for (const query::NamespaceCount& one : *all) {
        total += one.count;
        leaves.push_back(query::tree_of({}, one.ns, 0));
    }
    json out{{"total_count", total}};
    put_page(out, "tree", std::move(leaves), 0, *page);
    const auto first = std::min(page->offset, all->size());
    out["tree"] = query::tree_of(std::span(*all).subspan(first, out["tree"].size()), prefix,
                                 call.arguments.value("depth", query::TaxonomyQuery().depth));
    out["truncated"] =
        out["tree"]["subtree_count"] < total || all->size() == query::kTaxonomyRowsMax;
    return answered(out);
}

Result<ToolAnswer> memory_check_duplicate(const ToolCall& call) {
    const std::string title = text_of(call, "title");
    const std::string content = text_of(call, "content");
    const auto ns = text_if(call, "namespace");
    for (const auto& ok : {check_title("title", title), check_content("content", content),
                           ns ? check_namespace("namespace", *ns) : Result<>()})
        if (!ok) return fail(ok.error());
    const double threshold = call.arguments.value("threshold", 0.85);
    const auto found = ask(call, [&](sqlite::Database& db) {
        return query::nearest(db, title, content, ns, now_of_call());
    });
    if (!found) return fail(found.error());
    const bool duplicate = found->memory && found->likeness >= threshold;
    json out{{"is_duplicate", duplicate},
             {"threshold", threshold},
             {"nearest", json()},
             {"suggested_merge", json()},
             {"candidates_scanned", found->scanned},
             {"method", "keyword"}};
    if (found->memory) {
        out["nearest"] = {{"id", found->memory->id},
                          {"title", found->memory->title},
                          {"namespace", found->memory->ns},
                          {"similarity", std::round(found->likeness * 1000.0) / 1000.0}};
        if (duplicate) out["suggested_merge"] = found->memory->id;
    }
    return answered(out);
}

constexpr std::array<Tool, 4> kEntityTable{{
    {"memory_entity_register", "Register an entity",
     "Give a person, project or thing one entry and the names it goes by. Again: adds names.",
     Effect::settles, kEntityIn, kEntityOut, &memory_entity_register, kGraph},
    {"memory_entity_get_by_alias", "Find an entity", "Find an entity by any of its names.",
     Effect::reads, kAliasIn, kAliasOut, &memory_entity_get_by_alias, kGraph},
    {"memory_get_taxonomy", "Tree of namespaces",
     "Show the namespaces as a tree with the number of memories in each.", Effect::reads,
     kTaxonomyIn, kTaxonomyOut, &memory_get_taxonomy, kGraph | kAdmin},
    {"memory_check_duplicate", "Check for a duplicate",
     "Before storing: the memory most like this title and content, compared by words.",
     Effect::reads, kDuplicateIn, kDuplicateOut, &memory_check_duplicate, kGraph},
}};

}  // namespace

std::span<const Tool> entity_table() {
    return kEntityTable;
}

}  // namespace aimem::mcp
