// From a question to expressions of the text index, without touching a database. Words are split
// and cleaned as 0.6.3 does (facts/mcp-tools.md 5.2); English stop words are dropped unless nothing
// else was said, and a question without a word matches nothing instead of the word "empty". Every
// word is quoted, so nothing a caller writes is FTS5 syntax. An Expression knows which word each of
// its phrases is, for sqlite/match_score.h. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/model/memory.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::query {

// The distinct words of a question in their order, at most limits::query_terms.
std::vector<std::string> query_terms(std::string_view question);

// The words alone, to compare two texts: lower case (ASCII), without marks around them.
std::vector<std::string> bare_terms(std::string_view text);

bool is_stop_word(std::string_view lower_case) noexcept;

// Whether the index can hold anything of this text: a letter or digit of any script.
bool has_word_char(std::string_view utf8) noexcept;

struct Expression {
    static constexpr int facet = -1;  // a phrase that narrows but does not score

    std::string text{};          // empty: no restriction
    std::vector<int> phrases{};  // for each phrase the number of its word, or `facet`
};

Expression word(std::string_view term, int number);
Expression word_in_title(std::string_view term);
Expression any_of(const std::vector<Expression>& parts);
Expression all_of(const std::vector<Expression>& parts);  // empty parts do not restrict

// Any two of the parts.
Expression any_pair_of(const std::vector<Expression>& parts);

// What matches `needed`, with the phrases of `also` counted where they are in the row too.
// `certain`: matches every row that `needed` does, so never empty; the fewer words the better,
// since the index walks the list of each once more.
Expression with_optional(const Expression& needed, const Expression& also,
                         const Expression& certain);

// Rows with one of these namespaces, one tag, one author ... as the facets column holds them
// (sqlite/schema.cc). They let through a little too much: whoever uses them checks the rows again.
Expression in_namespaces(const std::vector<std::string>& namespaces);
Expression of_tier(Tier tier);
Expression of_tag(std::string_view tag);
Expression of_agent(std::string_view agent_id);
Expression of_scope(std::string_view scope);
Expression of_priority_at_least(int priority);

}  // namespace aimem::query
