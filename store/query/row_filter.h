// Filter, made ready: what the text index can narrow, and a check of each row that came from it or
// from a walk along an index. Times are compared as text in the form our rows have
// (store/base/time_text.h), which is right beside the 0 to 9 fraction digits of 0.6.3 too.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/result.h"
#include "store/query/fts_query.h"
#include "store/query/queries.h"
#include "store/query/score.h"
#include "store/query/viewer.h"
#include "store/sqlite/sqlite.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::query {

// Earliest and latest text of one instant, whatever number of fraction digits it is written with.
std::optional<std::string> earliest_text(std::string_view time);
std::optional<std::string> latest_text(std::string_view time);

// What is read of a row before it is known to be wanted, in this order; content stays unread.
#define AIMEM_RANKED_COLUMNS                                                                    \
    "tier, namespace, priority, updated_at, expires_at, access_count, confidence, created_at, " \
    "tags, metadata"

class RowFilter {
public:
    // Recall, which looks above a namespace too, takes what the program keeps for itself (others'
    // messages, registrations) for a memory only where that is asked for by its namespace.
    enum class Namespaces { exact, with_ancestors };

    // Errc::invalid_argument when since or until is no time.
    static Result<RowFilter> make(const Filter& filter, Namespaces namespaces, std::int64_t now_ns);

    Expression facets() const;                           // never narrower than the check below
    bool has_facets_beyond_rank_index() const noexcept;  // tag, author or scope

    // `row`: AIMEM_RANKED_COLUMNS from its first column on. Expired rows never pass.
    bool passes(const sqlite::Statement::Cursor& row) const;

    const std::optional<std::string>& since() const noexcept { return since_; }
    const std::optional<std::string>& until() const noexcept { return until_; }
    const std::string& now() const noexcept { return now_; }

private:
    bool passes_details(const sqlite::Statement::Cursor& row) const;

    Filter filter_{};
    std::vector<std::string> namespaces_{};  // empty: all
    bool hides_internal_ = false;
    std::string now_{};
    std::optional<std::string> since_{};
    std::optional<std::string> until_{};
    std::optional<Sight> sight_{};  // of a viewer with a position
};

// What narrows a search to the rows that the viewer of this thread may see, and to few others.
Expression in_sight();

Features features_of(const sqlite::Statement::Cursor& row);

// Of a row of the same transaction; without an id when the viewer may not see it.
Memory memory_at(sqlite::Database& db, std::int64_t rowid);

}  // namespace aimem::query
