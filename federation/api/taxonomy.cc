#include "federation/api/taxonomy.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>

namespace aimem::api {
namespace {

using nlohmann::json;

struct Node {
    std::int64_t count = 0;
    std::int64_t below = 0;  // itself included
    std::map<std::string, Node> children{};
};

// `rest`: the path below this node.
void add(Node& node, std::string_view rest, std::int64_t count, std::size_t depth) {
    node.below += count;
    if (rest.empty()) node.count += count;
    if (rest.empty() || depth == 0) return;
    const auto slash = rest.find('/');
    Node& child = node.children[std::string(rest.substr(0, slash))];
    add(child, slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1), count,
        depth - 1);
}

json shown(const Node& node, const std::string& ns, const std::string& name) {
    json children = json::array();
    for (const auto& [part, child] : node.children)
        children.push_back(shown(child, ns.empty() ? part : ns + "/" + part, part));
    return {{"namespace", ns},
            {"name", name},
            {"count", node.count},
            {"subtree_count", node.below},
            {"children", std::move(children)}};
}

}  // namespace

json tree_of(const std::vector<query::NamespaceCount>& counts, const std::string& prefix,
             std::size_t depth) {
    Node root;
    for (const query::NamespaceCount& one : counts) {
        std::string_view rest = one.ns;
        if (!prefix.empty()) rest.remove_prefix(std::min(rest.size(), prefix.size()));
        if (rest.starts_with('/')) rest.remove_prefix(1);
        add(root, rest, one.count, depth);
    }
    return shown(root, prefix, prefix.substr(prefix.rfind('/') + 1));
}

}  // namespace aimem::api
