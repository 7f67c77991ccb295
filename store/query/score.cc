#include "store/query/score.h"

#include "store/base/time_text.h"
#include "store/model/json_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace aimem::query {
namespace {

constexpr double kSecondsPerDay = 86'400.0;
constexpr std::int64_t kAccessesCounted = 50;
constexpr std::size_t kBytesPerToken = 4;

double recency(std::int64_t updated_ns, std::int64_t now_ns) noexcept {
    const double seconds =
        static_cast<double>(now_ns - updated_ns) / static_cast<double>(kNsPerSecond);
    return 1.0 / (1.0 + 0.1 * std::max(0.0, seconds / kSecondsPerDay));
}

double tier_bonus(Tier tier) noexcept {
    switch (tier) {
        case Tier::short_term: return 0.0;
        case Tier::mid: return 1.0;
        case Tier::long_term: return 3.0;
    }
    return 0.0;
}

std::size_t depth(std::string_view ns) noexcept {
    return ns.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(ns.begin(), ns.end(), '/'));
}

bool at_or_below(std::string_view ns, std::string_view top) noexcept {
    return ns.starts_with(top) && (ns.size() == top.size() || ns[top.size()] == '/');
}

}  // namespace

double use_bonus(std::int64_t access_count) noexcept {
    return 0.1 * static_cast<double>(std::min(access_count, kAccessesCounted));
}

double search_score(const Features& row, std::int64_t now_ns) noexcept {
    return row.relevance + 0.5 * static_cast<double>(row.priority) + use_bonus(row.access_count) +
           2.0 * row.confidence + recency(row.updated_ns, now_ns);
}

double recall_score(const Features& row, std::int64_t now_ns) noexcept {
    return search_score(row, now_ns) + tier_bonus(row.tier);
}

std::vector<std::string> with_ancestors(std::string_view ns) {
    std::vector<std::string> out;
    while (!ns.empty()) {
        out.emplace_back(ns);
        const auto slash = ns.rfind('/');
        ns = slash == std::string_view::npos ? std::string_view{} : ns.substr(0, slash);
    }
    return out;
}

double proximity(std::string_view asked_ns, std::string_view memory_ns) noexcept {
    const std::size_t asked = depth(asked_ns);
    const std::size_t found = depth(memory_ns);
    return asked <= found ? 1.0 : 1.0 / (1.0 + 0.3 * static_cast<double>(asked - found));
}

bool Visibility::allows(std::string_view memory_ns, std::string_view scope) const noexcept {
    if (scope == "collective") return true;
    if (scope == "private") return !above_.empty() && memory_ns == above_.front();
    // Each wider scope reaches one level further up; there must be such a level.
    constexpr std::array<std::pair<std::string_view, std::size_t>, 3> levels{
        {{"team", 1}, {"unit", 2}, {"org", 3}}};
    for (const auto& [name, level] : levels)
        if (scope == name) return level < above_.size() && at_or_below(memory_ns, above_[level]);
    return false;
}

std::string scope_of(std::string_view metadata) {
    const auto parsed = parse_json(metadata);
    if (!parsed.is_object()) return "private";
    const auto scope = parsed.find("scope");
    if (scope == parsed.end() || scope->is_null()) return "private";
    return scope->is_string() ? scope->get<std::string>() : "unknown";
}

std::size_t tokens_of(const Memory& memory) noexcept {
    return (memory.title.size() + memory.content.size()) / kBytesPerToken;
}

std::size_t keep_within_budget(std::vector<Hit>& hits, std::optional<std::size_t> budget_tokens) {
    std::size_t used = 0;
    std::erase_if(hits, [&](const Hit& hit) {
        const std::size_t cost = tokens_of(hit.memory);
        if (budget_tokens && cost > *budget_tokens - used) return true;
        used += cost;
        return false;
    });
    return used;
}

}  // namespace aimem::query
