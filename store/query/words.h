// What can be said about words without a language model: which of them tell something, which go
// with which, how alike two texts are, and whether two memories seem to contradict each other.
// Counting, no understanding: whoever shows it says so. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/model/memory.h"
#include "store/sqlite/sqlite.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::query {

// Words of titles and tags that stand with the words of `question` more often than elsewhere, best
// first; none of them is in the question.
Result<std::vector<std::string>> related_words(sqlite::Database& db, std::string_view question,
                                               std::size_t words_max);

// The words that tell most about `text`: frequent here, rare in the store; best first, lower case.
Result<std::vector<std::string>> telling_words(sqlite::Database& db, std::string_view text,
                                               std::size_t words_max);

// Cosine of the counts of words, 0 to 1.
double likeness(std::string_view a, std::string_view b);

struct Nearest {
    std::optional<Memory> memory{};
    double likeness = 0.0;
    std::size_t scanned = 0;  // candidates compared
};
// The live memory most like this one, among the best hits for its words.
Result<Nearest> nearest(sqlite::Database& db, std::string_view title, std::string_view content,
                        const std::optional<std::string>& ns, std::int64_t now_ns);

struct Contrast {
    double title_likeness = 0.0;
    double content_likeness = 0.0;
    bool negation_differs = false;  // one says "not", the other does not
    bool numbers_differ = false;
    bool contradicts = false;  // one topic, and contents that differ
};
Contrast contrast(const Memory& a, const Memory& b);

}  // namespace aimem::query
