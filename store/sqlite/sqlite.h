// SQLite's C API, tamed: Database, Statement, Transaction, Savepoint. A Database and all that came
// from it belong to one thread at a time. Every function throws SqliteError; Store turns that into
// a Result. There is no busy timeout: SQLite's back-off starves the lighter of two processes, so a
// short even pause is used (design: replication.md 2.1), given up after about five seconds.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace aimem::sqlite {

class SqliteError final : public std::runtime_error {
public:
    SqliteError(int extended_code, const std::string& what)
        : std::runtime_error(what),
          extended_code_(extended_code) {}
    int extended_code() const noexcept { return extended_code_; }
    bool is_busy() const noexcept;
    bool is_full() const noexcept;
    bool is_failed_sync() const noexcept;  // after it, nothing this process wrote can be trusted

private:
    int extended_code_;
};

// One prepared statement. Use it as
//   for (auto row = db.sql("SELECT ...").bind(id, now); row.step();) use(row.text(0));
// The Cursor resets the statement and clears its bindings when it goes; binding a statement whose
// cursor is still alive throws std::logic_error.
class Statement {
public:
    class Cursor {
    public:
        bool step();  // true: a row is ready; false: done
        void run();   // steps to completion; throws if a row comes out

        bool is_null(int column) const noexcept;
        std::int64_t int64(int column) const noexcept;
        double real(int column) const noexcept;
        std::string_view text(int column) const noexcept;  // valid until the next step()
        std::string string(int column) const { return std::string(text(column)); }
        std::optional<std::string> maybe_text(int column) const;

    private:
        friend class Statement;
        struct Reset {
            void operator()(sqlite3_stmt* stmt) const noexcept;
        };
        explicit Cursor(sqlite3_stmt* stmt) noexcept : stmt_(stmt) {}
        std::unique_ptr<sqlite3_stmt, Reset> stmt_;  // borrowed: reset, not finalized
    };

    Statement(sqlite3* db, std::string_view sql);

    // Binds ?1, ?2, ... in order. SQLite copies text, so arguments may be temporaries.
    template <typename... Args>
    [[nodiscard]] Cursor bind(const Args&... args) {
        check_idle_and_count(static_cast<int>(sizeof...(Args)));
        Cursor cursor(stmt_.get());
        [[maybe_unused]] int index = 0;
        (bind_one(++index, args), ...);
        return cursor;
    }

private:
    struct Finalize {
        void operator()(sqlite3_stmt* stmt) const noexcept;
    };
    void check_idle_and_count(int given) const;
    void bind_one(int index, std::nullptr_t);
    void bind_one(int index, std::int64_t value);
    void bind_one(int index, int value) { bind_one(index, static_cast<std::int64_t>(value)); }
    void bind_one(int index, double value);
    void bind_one(int index, std::string_view value);
    void bind_one(int index, const std::string& value) { bind_one(index, std::string_view(value)); }
    void bind_one(int index, const char* value) { bind_one(index, std::string_view(value)); }
    template <typename T>
    void bind_one(int index, const std::optional<T>& value) {
        value ? bind_one(index, *value) : bind_one(index, nullptr);
    }
    void bind_one(int index, bool value) = delete;  // say what 0 and 1 mean at the call site

    std::unique_ptr<sqlite3_stmt, Finalize> stmt_;
};

// Before anything else is asked of SQLite in this process; too late it changes nothing.
void configure_library();

enum class OpenMode { read_write, read_only };
enum class Triggers { silent, firing };

class Database {
public:
    // `vfs`: the name of a registered SQLite VFS, for tests; empty: the system's.
    Database(const std::filesystem::path& file, OpenMode mode, const char* vfs = nullptr);

    void exec(const std::string& statements);
    // Prepared once for each string literal and kept; pass literals only.
    Statement& sql(const char* literal);
    // From now on INDEXED BY is left out of what sql() prepares: a view has no index of its own.
    void leave_out_index_hints() noexcept { index_hints_ = false; }
    // For this connection alone; statements are prepared anew. Without triggers SQLite need not be
    // able to undo a single statement, for which it would copy every page that it touches.
    void set_triggers(Triggers triggers);
    int changes() const noexcept;
    std::int64_t last_insert_rowid() const noexcept;
    std::int64_t total_changes() const noexcept;  // rows, since it was opened
    std::int64_t data_version();  // moves when another connection has committed; 2 us
    // Between two transactions of a writer that has many: leaves the lock alone for a moment when
    // another connection had it within the last second (design: replication.md 2.5).
    void let_others_in() const;
    sqlite3* handle() const noexcept { return db_.get(); }

private:
    struct Close {
        void operator()(sqlite3* db) const noexcept;
    };
    using Instant = std::chrono::steady_clock::time_point;
    std::unique_ptr<Instant> waited_ = std::make_unique<Instant>();  // last for a lock
    std::unique_ptr<sqlite3, Close> db_;
    std::unordered_map<const char*, Statement> statements_;
    bool index_hints_ = true;
};

// BEGIN IMMEDIATE ... COMMIT; rolls back unless commit() was reached. Never deferred: a read that
// turns into a write fails at once with SQLITE_BUSY_SNAPSHOT.
class Transaction {
public:
    explicit Transaction(Database& db);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit();

private:
    Database& db_;
    bool open_ = true;
};

// One consistent view for several SELECTs. Inside another one it is part of that.
class ReadTransaction {
public:
    explicit ReadTransaction(Database& db);
    ReadTransaction(const ReadTransaction&) = delete;
    ReadTransaction& operator=(const ReadTransaction&) = delete;
    ~ReadTransaction();

private:
    Database& db_;
    bool outermost_;
};

// A step inside a Transaction that can be taken back alone.
class Savepoint {
public:
    explicit Savepoint(Database& db);
    Savepoint(const Savepoint&) = delete;
    Savepoint& operator=(const Savepoint&) = delete;
    ~Savepoint();
    void release();

private:
    Database& db_;
    bool open_ = true;
};

}  // namespace aimem::sqlite
