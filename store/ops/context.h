// What a verb may use while it runs inside the write transaction: reads of the tables, stamps, and
// one way to write. SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/base/clock.h"
#include "store/log/apply.h"
#include "store/log/registers.h"
#include "store/ops/outcome.h"
#include "store/query/similar_titles.h"

#include <string>
#include <utility>
#include <vector>

namespace aimem {

class OpContext {
public:
    OpContext(Registers& registers, NewIds& ids, query::RecentTitles& titles)
        : registers_(registers),
          ids_(ids),
          titles_(titles) {}

    sqlite::Database& db() noexcept { return registers_.db(); }
    std::int64_t now_ns() const noexcept { return registers_.now_ns(); }
    std::string new_id() { return ids_.next(); }
    query::RecentTitles& titles() noexcept { return titles_; }
    std::int64_t last_seq() const noexcept { return registers_.next_seq() - 1; }
    std::int64_t stamp_for(std::string_view key) { return registers_.next_stamp(key); }

    // Who asks for what follows; empty: the program itself.
    void set_agent(std::string agent_id) { agent_ = std::move(agent_id); }
    // Who writes a memory that was there before, where it is not its author: metadata.written_by.
    // write_memory does so itself.
    void sign(Memory& memory) const;

    // Writes one register. `stamp` came from stamp_for(key).
    void write(std::string key, State state, std::string body, std::int64_t stamp);

    // The same for a change that heads a group; its signature is made here.
    void write(Change change);

    // Writes a memory under its visible id and, where titles clashed, settles the clash: the losers
    // become tombstones that lead to it, all in one group. `memory.updated_at` is set.
    void write_memory(Memory& memory);
    // The same as the head of one atomic group with changes of other keys, whose stamps came from
    // stamp_for and which are applied first.
    void write_memory(Memory& memory, std::vector<Change> with);

    // Deletes these memories in one group.
    void write_tombstones(const std::vector<std::string>& ids);

    const std::vector<FeedRow>& rows() const noexcept { return rows_; }  // written so far
    const std::string& node() const noexcept { return registers_.node(); }

    std::vector<FeedRow> take_rows() { return std::move(rows_); }

private:
    void apply(Change change, const KnownBody& known = {});

    Registers& registers_;
    NewIds& ids_;
    query::RecentTitles& titles_;
    std::string agent_{};
    std::vector<FeedRow> rows_;
};

}  // namespace aimem
