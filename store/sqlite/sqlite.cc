#include "store/sqlite/sqlite.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace aimem::sqlite {
namespace {

[[noreturn]] void raise(sqlite3* db, std::string_view doing) {
    throw SqliteError(sqlite3_extended_errcode(db), std::string(doing) + ": " + sqlite3_errmsg(db));
}

void check(int rc, sqlite3* db, std::string_view doing) {
    if (rc != SQLITE_OK) raise(db, doing);
}

constexpr std::chrono::microseconds kGap{200};
constexpr std::chrono::seconds kGapsAfterWait{1};

// 10 x 50 us, 240 x 200 us, then 1 ms each: shares the lock fairly between processes, whose writers
// leave gaps; gives up after 5 s.
int pause_while_busy(void* waited, int tries) {
    if (tries > 5'200) return 0;
    *static_cast<std::chrono::steady_clock::time_point*>(waited) = std::chrono::steady_clock::now();
    const int pause_us = tries < 10 ? 50 : tries < 250 ? 200 : 1000;
    std::this_thread::sleep_for(std::chrono::microseconds(pause_us));
    return 1;
}

std::string without_index_hints(std::string_view sql) {
    constexpr std::string_view hint = " INDEXED BY ";
    std::string out;
    for (auto at = sql.find(hint); at != std::string_view::npos; at = sql.find(hint)) {
        out += sql.substr(0, at);
        sql.remove_prefix(at + hint.size());
        sql.remove_prefix(std::min(sql.find(' '), sql.size()));  // the name
    }
    return out += sql;
}

}  // namespace

bool SqliteError::is_busy() const noexcept {
    const int code = extended_code_ & 0xff;
    return code == SQLITE_BUSY || code == SQLITE_LOCKED;
}
bool SqliteError::is_full() const noexcept {
    return (extended_code_ & 0xff) == SQLITE_FULL;
}
bool SqliteError::is_failed_sync() const noexcept {
    return extended_code_ == SQLITE_IOERR_FSYNC || extended_code_ == SQLITE_IOERR_DIR_FSYNC;
}

Statement::Statement(sqlite3* db, std::string_view sql) {
    sqlite3_stmt* stmt = nullptr;
    check(sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()),
                             SQLITE_PREPARE_PERSISTENT, &stmt, nullptr),
          db, sql);
    stmt_.reset(stmt);
}

void Statement::Finalize::operator()(sqlite3_stmt* stmt) const noexcept {
    sqlite3_finalize(stmt);
}

void Statement::check_idle_and_count(int given) const {
    if (sqlite3_stmt_busy(stmt_.get()) != 0)
        throw std::logic_error(std::string("statement is in use: ") + sqlite3_sql(stmt_.get()));
    if (given != sqlite3_bind_parameter_count(stmt_.get()))
        throw std::logic_error(std::string("wrong number of bindings for: ") +
                               sqlite3_sql(stmt_.get()));
}

void Statement::bind_one(int index, std::nullptr_t) {
    check(sqlite3_bind_null(stmt_.get(), index), sqlite3_db_handle(stmt_.get()), "bind");
}
void Statement::bind_one(int index, std::int64_t value) {
    check(sqlite3_bind_int64(stmt_.get(), index, value), sqlite3_db_handle(stmt_.get()), "bind");
}
void Statement::bind_one(int index, double value) {
    check(sqlite3_bind_double(stmt_.get(), index, value), sqlite3_db_handle(stmt_.get()), "bind");
}
void Statement::bind_one(int index, std::string_view value) {
    // A null data pointer would bind NULL; an empty text is not NULL.
    const char* data = value.data() != nullptr ? value.data() : "";
    check(
        sqlite3_bind_text64(stmt_.get(), index, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8),
        sqlite3_db_handle(stmt_.get()), "bind");
}

void Statement::Cursor::Reset::operator()(sqlite3_stmt* stmt) const noexcept {
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
}

bool Statement::Cursor::step() {
    switch (sqlite3_step(stmt_.get())) {
        case SQLITE_ROW: return true;
        case SQLITE_DONE: return false;
        default: raise(sqlite3_db_handle(stmt_.get()), sqlite3_sql(stmt_.get()));
    }
}

void Statement::Cursor::run() {
    if (step())
        throw std::logic_error(std::string("unexpected row from: ") + sqlite3_sql(stmt_.get()));
}

bool Statement::Cursor::is_null(int column) const noexcept {
    return sqlite3_column_type(stmt_.get(), column) == SQLITE_NULL;
}
std::int64_t Statement::Cursor::int64(int column) const noexcept {
    return sqlite3_column_int64(stmt_.get(), column);
}
double Statement::Cursor::real(int column) const noexcept {
    return sqlite3_column_double(stmt_.get(), column);
}
std::string_view Statement::Cursor::text(int column) const noexcept {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(stmt_.get(), column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(stmt_.get(), column))};
}
std::optional<std::string> Statement::Cursor::maybe_text(int column) const {
    if (is_null(column)) return std::nullopt;
    return std::string(text(column));
}

// Nobody asks how much memory it uses: no lock of all threads and no count at every allocation.
void configure_library() {
    [[maybe_unused]] static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

Database::Database(const std::filesystem::path& file, OpenMode mode, const char* vfs) {
    configure_library();
    const int access = mode == OpenMode::read_only ? SQLITE_OPEN_READONLY
                                                   : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3* db = nullptr;
    const int rc = sqlite3_open_v2(file.c_str(), &db,
                                   access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
    db_.reset(db);  // even a failed open hands back a handle that must be closed
    check(rc, db, "open " + file.string());
    check(sqlite3_busy_handler(db, pause_while_busy, waited_.get()), db, "busy handler");
}

void Database::Close::operator()(sqlite3* db) const noexcept {
    sqlite3_close_v2(db);
}

void Database::exec(const std::string& statements) {
    check(sqlite3_exec(db_.get(), statements.c_str(), nullptr, nullptr, nullptr), db_.get(),
          statements);
}

Statement& Database::sql(const char* literal) {
    const auto found = statements_.find(literal);
    if (found != statements_.end()) return found->second;
    const std::string text = index_hints_ ? literal : without_index_hints(literal);
    return statements_.emplace(literal, Statement(db_.get(), text)).first->second;
}

void Database::set_triggers(Triggers triggers) {
    const int wanted = triggers == Triggers::firing ? 1 : 0;
    int is = -1;
    check(sqlite3_db_config(db_.get(), SQLITE_DBCONFIG_ENABLE_TRIGGER, wanted, &is), db_.get(),
          "set triggers");
    if (is != wanted) throw std::logic_error("this SQLite does not let triggers be switched");
}

std::int64_t Database::last_insert_rowid() const noexcept {
    return sqlite3_last_insert_rowid(db_.get());
}

std::int64_t Database::total_changes() const noexcept {
    return sqlite3_total_changes64(db_.get());
}

std::int64_t Database::data_version() {
    auto row = sql("PRAGMA data_version").bind();
    return row.step() ? row.int64(0) : 0;
}

int Database::changes() const noexcept {
    return sqlite3_changes(db_.get());
}

void Database::let_others_in() const {
    if (std::chrono::steady_clock::now() - *waited_ < kGapsAfterWait)
        std::this_thread::sleep_for(kGap);
}

Transaction::Transaction(Database& db) : db_(db) {
    db_.sql("BEGIN IMMEDIATE").bind().run();
}
Transaction::~Transaction() {
    if (open_) sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}
void Transaction::commit() {
    db_.sql("COMMIT").bind().run();
    open_ = false;
}

ReadTransaction::ReadTransaction(Database& db)
    : db_(db),
      outermost_(sqlite3_get_autocommit(db.handle()) != 0) {
    if (outermost_) db_.sql("BEGIN").bind().run();
}
ReadTransaction::~ReadTransaction() {
    if (outermost_) sqlite3_exec(db_.handle(), "COMMIT", nullptr, nullptr, nullptr);
}

Savepoint::Savepoint(Database& db) : db_(db) {
    db_.sql("SAVEPOINT op").bind().run();
}
Savepoint::~Savepoint() {
    if (open_) sqlite3_exec(db_.handle(), "ROLLBACK TO op; RELEASE op", nullptr, nullptr, nullptr);
}
void Savepoint::release() {
    db_.sql("RELEASE op").bind().run();
    open_ = false;
}

}  // namespace aimem::sqlite
