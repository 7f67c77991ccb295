// The full-text index of memories, kept by hand inside our own transactions (triggers do it for
// foreign writers). FTS5 writes a segment to the tables whenever a savepoint ends after an edit, so
// all edits wait for the end of the transaction, where none follows. Not thread-safe; lives as long
// as its transaction. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/model/memory.h"
#include "store/sqlite/sqlite.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aimem {

class TextIndex {
public:
    explicit TextIndex(sqlite::Database& db) noexcept : db_(db) {}

    // Must come before every insert, update or delete of this memory's row; cheap when repeated.
    void before_change(std::string_view id);
    void before_insert(const Memory& memory);  // the same for a row that is not there yet
    // The last statements of the transaction.
    void write();

    // For a Savepoint that is rolled back.
    std::size_t mark() const noexcept { return edits_.size(); }
    void rewind(std::size_t mark);

private:
    struct Entry {  // what is indexed of one row
        std::int64_t row = 0;
        std::string title{}, content{}, tags{}, facets{}, weight{};
        friend bool operator==(const Entry&, const Entry&) = default;
    };
    struct Edit {
        std::string id{};
        std::optional<Entry> old{};
        std::optional<Entry>
            fresh{};  // of a row that was new and has not changed since; without row
    };
    std::optional<Entry> entry_of(std::string_view id);
    std::optional<Entry> entry_now(Edit& edit);
    void remove(const Entry& entry);
    void insert(const Entry& entry);

    sqlite::Database& db_;
    std::vector<Edit> edits_;
    std::unordered_map<std::string, std::size_t> known_;  // id -> place in edits_
};

}  // namespace aimem
