// What makes one memory a better answer than another: the formulas of 0.6.3
// (facts/mcp-tools.md 3.5, 5.3-5.6), with the time passed in. Where ours differ on purpose: the
// recency term never exceeds 1 (a time in the future counts as now), proximity is applied before
// the cut to `limit`, and a hit too big for the budget is passed over instead of ending the list.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/query/queries.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::query {

// What a score is made of. `relevance` is bm25 with its sign turned: higher is better.
struct Features {
    double relevance = 0.0;
    std::int64_t priority = 5;
    std::int64_t access_count = 0;
    double confidence = 1.0;
    Tier tier = Tier::mid;
    std::int64_t updated_ns = 0;
};

double search_score(const Features& row, std::int64_t now_ns) noexcept;
double recall_score(const Features& row, std::int64_t now_ns) noexcept;  // with the tier's bonus

double use_bonus(std::int64_t access_count) noexcept;  // part of both

// "a/b/c": itself, "a/b", "a". Recall asked for a namespace with a '/' looks in all of them.
std::vector<std::string> with_ancestors(std::string_view ns);

// 1 in the namespace asked for, less for each level above it.
double proximity(std::string_view asked_ns, std::string_view memory_ns) noexcept;

// Who may see what, for a caller at a position in the namespace tree.
class Visibility {
public:
    explicit Visibility(std::string_view position) : above_(with_ancestors(position)) {}
    bool allows(std::string_view memory_ns, std::string_view scope) const noexcept;
    const std::vector<std::string>& above() const noexcept { return above_; }  // nearest first

private:
    std::vector<std::string> above_;
};

// metadata.scope; a memory without one is private.
std::string scope_of(std::string_view metadata);

std::size_t tokens_of(const Memory& memory) noexcept;

// Drops the hits that no longer fit and says what the others cost; without a budget all fit.
std::size_t keep_within_budget(std::vector<Hit>& hits, std::optional<std::size_t> budget_tokens);

}  // namespace aimem::query
