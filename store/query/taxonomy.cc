#include "store/query/taxonomy.h"

#include "store/model/validate.h"
#include "store/query/records.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace aimem::query {
namespace {

using nlohmann::json;

struct TreeNode {
    std::int64_t count = 0;
    std::int64_t below = 0;  // itself included
    std::map<std::string, TreeNode> children{};
};

// `rest`: the path below the root.
void add_namespace(TreeNode& root, std::string_view rest, std::size_t depth, std::int64_t count) {
    TreeNode* at = &root;
    at->below += count;
    for (; !rest.empty() && depth > 0; --depth) {
        const auto slash = rest.find('/');
        at = &at->children[std::string(rest.substr(0, slash))];
        at->below += count;
        rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
    }
    if (rest.empty()) at->count += count;
}

json tree_json(const TreeNode& node, const std::string& path) {
    json children = json::array();
    for (const auto& [name, child] : node.children)
        children.push_back(
            tree_json(child, path.empty() ? name : fmt::format("{}/{}", path, name)));
    return {{"namespace", path},
            {"name", path.substr(path.rfind('/') + 1)},
            {"count", node.count},
            {"subtree_count", node.below},
            {"children", std::move(children)}};
}

}  // namespace

Result<std::vector<NamespaceCount>> namespaces_below(sqlite::Database& db, std::string& prefix,
                                                     std::int64_t now_ns) {
    while (prefix.ends_with('/')) prefix.pop_back();
    if (!prefix.empty())
        if (auto ok = check_namespace("namespace_prefix", prefix); !ok) return fail(ok.error());
    return namespaces(db, prefix, kTaxonomyRowsMax, now_ns);
}

json tree_of(std::span<const NamespaceCount> some, const std::string& prefix, std::size_t depth) {
    TreeNode root;
    for (const NamespaceCount& one : some) {
        const std::size_t skipped = prefix.empty() ? 0 : std::min(one.ns.size(), prefix.size() + 1);
        add_namespace(root, std::string_view(one.ns).substr(skipped), depth, one.count);
    }
    return tree_json(root, prefix);
}

Result<json> taxonomy(sqlite::Database& db, TaxonomyQuery query, std::int64_t now_ns) {
    const auto counts = namespaces_below(db, query.prefix, now_ns);
    if (!counts) return fail(counts.error());
    std::int64_t total = 0;
    for (const NamespaceCount& one : *counts) total += one.count;
    const auto some = std::span(*counts).first(std::min(query.limit, counts->size()));
    json tree = tree_of(some, query.prefix, query.depth);
    const bool cut = tree.at("subtree_count") < total || counts->size() == kTaxonomyRowsMax;
    return json{{"tree", std::move(tree)}, {"total_count", total}, {"truncated", cut}};
}

}  // namespace aimem::query
