#include "store/query/taxonomy.h"

#include "store/model/validate.h"
#include "store/query/records.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <string_view>

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
        children.push_back(tree_json(child, path.empty() ? name : path + '/' + name));
    return {{"namespace", path},
            {"name", path.substr(path.rfind('/') + 1)},
            {"count", node.count},
            {"subtree_count", node.below},
            {"children", std::move(children)}};
}

}  // namespace

Result<json> taxonomy(sqlite::Database& db, TaxonomyQuery query, std::int64_t now_ns) {
    while (query.prefix.ends_with('/')) query.prefix.pop_back();
    if (!query.prefix.empty())
        if (auto ok = check_namespace("namespace_prefix", query.prefix); !ok)
            return fail(ok.error());
    const auto counts = namespaces(db, query.prefix, kTaxonomyRowsMax, now_ns);
    if (!counts) return fail(counts.error());
    TreeNode root;
    std::int64_t total = 0;
    for (std::size_t i = 0; i < counts->size(); ++i) {
        const NamespaceCount& one = (*counts)[i];
        total += one.count;
        if (i >= query.limit) continue;
        const std::size_t skipped =
            query.prefix.empty() ? 0 : std::min(one.ns.size(), query.prefix.size() + 1);
        add_namespace(root, std::string_view(one.ns).substr(skipped), query.depth, one.count);
    }
    return json{{"tree", tree_json(root, query.prefix)},
                {"total_count", total},
                {"truncated", root.below < total || counts->size() == kTaxonomyRowsMax}};
}

}  // namespace aimem::query
