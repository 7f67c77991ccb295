// The registers of one file inside one write transaction: repl_meta, repl_row, repl_body, repl_grp.
// Sequence numbers and stamps are handed out here, under SQLite's write lock, so commit order is
// feed order. Not thread-safe; lives as long as its transaction. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "store/log/bodies.h"
#include "store/log/change.h"
#include "store/log/stamp.h"
#include "store/log/text_index.h"
#include "store/sqlite/sqlite.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aimem {

class Registers {
public:
    Registers(sqlite::Database& db, std::int64_t now_ns);  // reads repl_meta

    sqlite::Database& db() noexcept { return db_; }
    TextIndex& text() noexcept { return text_; }
    std::int64_t now_ns() const noexcept { return now_ns_; }
    const std::string& node() const noexcept { return node_; }

    std::optional<Register> find(std::string_view key);
    // A stamp for the next version of `key`.
    std::int64_t next_stamp(std::string_view key);
    // The same, dominating a version from elsewhere as well that is not to be taken.
    std::int64_t next_stamp_over(std::string_view key, std::int64_t other);
    void observe_stamp(std::int64_t stamp) { observe(clock_, now_ns_, stamp); }
    // Writes the register at a new place in the feed and returns that place.
    std::int64_t put(const Change& change, bool foreign);
    // What this key heads from now on, also when its own register has been written again since: who
    // is shown the other members needs that one then.
    void note_group(const Change& change);
    // The version that is here goes to all peers once more.
    void put_again(std::string_view key);

    void keep_body(std::string_view key, const StoredBody& body);
    void drop_body(std::string_view key);

    // From now on stamps bear this tag.
    void set_tag(int tag) noexcept { clock_.tag = tag; }
    std::int64_t next_seq() const noexcept { return next_seq_; }

    void begin_writing();  // something will be written: finish() has the clocks to store
    void write_anyway();   // so that the commit reaches the disk also when nothing else is written
    // Stores the clocks; false when nothing was written, so nothing needs to reach the disk.
    bool finish();

    // For what failed, or a Savepoint that is rolled back: the numbers handed out since are taken
    // back.
    struct Mark {
        StampClock clock{};
        std::int64_t next_seq = 0;
        bool writing = false;
        std::size_t text = 0;
    };
    Mark mark() const { return {clock_, next_seq_, writing_, text_.mark()}; }
    void rewind(const Mark& mark);

private:
    sqlite::Database& db_;
    std::int64_t now_ns_;
    std::string node_;
    StampClock clock_;
    std::int64_t next_seq_ = 1;
    bool writing_ = false;
    TextIndex text_;
};

}  // namespace aimem
