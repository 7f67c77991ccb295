// Entities, the tree of namespaces, and whether something is there already.
// SPDX-License-Identifier: Apache-2.0
#include "mcp/tools/call_help.h"
#include "mcp/tools/schema_parts.h"
#include "mcp/tools/tables.h"
#include "store/model/validate.h"
#include "store/query/records.h"
#include "store/query/words.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

namespace aimem::mcp {
namespace {

using nlohmann::json;

constexpr std::size_t kNamespacesCounted = 10'000;

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

constexpr std::string_view kTaxonomyIn = AIMEM_IN(
    R"("namespace_prefix":{"type":"string","maxLength":512},)"
    R"("depth":{"type":"integer","minimum":0,"maximum":8,"default":8},)"
    R"("limit":{"type":"integer","minimum":1,"maximum":10000,"default":1000},)" AIMEM_AS_AGENT)
    AIMEM_CLOSED;
constexpr std::string_view kTaxonomyOut = AIMEM_OUT(
    R"("tree":{"type":"object"},"total_count":{"type":"integer"},"truncated":{"type":"boolean"})");

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

struct TreeNode {
    std::int64_t count = 0;
    std::int64_t below = 0;  // with itself
    std::map<std::string, TreeNode> children{};
};

// What lies deeper than `depth` levels counts below its last visible ancestor.
void add_namespace(TreeNode& root, std::string_view rest, std::size_t depth, std::int64_t count) {
    TreeNode* at = &root;
    at->below += count;
    for (; !rest.empty() && depth > 0; --depth) {
        const auto slash = rest.find('/');
        at = &at->children[std::string(rest.substr(0, slash))];
        at->below += count;
        rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
    }
    if (rest.empty()) at->count += count;
}

json tree_json(const TreeNode& node, const std::string& path) {
    json children = json::array();
    for (const auto& [name, child] : node.children)
        children.push_back(tree_json(child, path.empty() ? name : path + '/' + name));
    const auto slash = path.rfind('/');
    return {{"namespace", path},
            {"name", slash == std::string::npos ? path : path.substr(slash + 1)},
            {"count", node.count},
            {"subtree_count", node.below},
            {"children", std::move(children)}};
}

Result<ToolAnswer> memory_get_taxonomy(const ToolCall& call) {
    std::string prefix = text_if(call, "namespace_prefix").value_or("");
    while (prefix.ends_with('/')) prefix.pop_back();
    if (!prefix.empty())
        if (auto ok = check_namespace("namespace_prefix", prefix); !ok) return fail(ok.error());
    const std::size_t depth = call.arguments.value("depth", std::size_t{8});
    const std::size_t limit = call.arguments.value("limit", std::size_t{1000});
    const auto counts = ask(call, [&](sqlite::Database& db) {
        return query::namespaces(db, prefix, kNamespacesCounted, now_of_call());
    });
    if (!counts) return fail(counts.error());
    TreeNode root;
    std::int64_t total = 0;
    for (std::size_t i = 0; i < counts->size(); ++i) {
        const query::NamespaceCount& one = (*counts)[i];
        total += one.count;
        if (i >= limit) continue;
        const std::size_t skipped = prefix.empty() ? 0 : std::min(one.ns.size(), prefix.size() + 1);
        add_namespace(root, std::string_view(one.ns).substr(skipped), depth, one.count);
    }
    const bool truncated = root.below < total || counts->size() == kNamespacesCounted;
    return answered(
        {{"tree", tree_json(root, prefix)}, {"total_count", total}, {"truncated", truncated}});
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
