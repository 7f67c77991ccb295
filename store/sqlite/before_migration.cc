#include "store/sqlite/before_migration.h"

#include "store/base/paths.h"

#include <fmt/core.h>

#include <chrono>
#include <string>
#include <system_error>
#include <thread>

namespace aimem::sqlite {
namespace {

constexpr std::chrono::seconds kTriedFor{5};
constexpr std::chrono::milliseconds kBetweenTries{1};

}  // namespace

// SQLite reads the file before it writes to it here: who meets another one doing the same is told
// so at once, without asking the busy handler, or neither would get any further.
void use_write_ahead_log(Database& db) {
    const auto until = std::chrono::steady_clock::now() + kTriedFor;
    for (;;) {
        try {
            return db.exec("PRAGMA journal_mode = WAL");
        } catch (const SqliteError& e) {
            if (!e.is_busy() || std::chrono::steady_clock::now() >= until) throw;
        }
        std::this_thread::sleep_for(kBetweenTries);
    }
}

std::int64_t schema_version(Database& db) {
    auto row = db.sql("PRAGMA user_version").bind();
    return row.step() ? row.int64(0) : 0;
}

// Made under a name of its own and linked to the final one when it is whole: a crash leaves no half
// copy, and of several processes that open the file for the first time the first one wins.
void keep_copy(Database& db, const std::filesystem::path& file, std::int64_t version, Rng& rng) {
    const std::string copy = fmt::format("{}.before-v{}", file.string(), version + 1);
    if (std::filesystem::exists(copy))
        return;  // an earlier try made it; the first one is the true one
    const std::string unfinished = fmt::format("{}.{:016x}", copy, rng.next());
    std::error_code linked;
    make_private_file(unfinished);
    try {
        db.sql("VACUUM INTO ?1").bind(unfinished).run();
        Database made(unfinished, OpenMode::read_only);
        if (schema_version(made) == version)
            std::filesystem::create_hard_link(unfinished, copy, linked);
    } catch (...) {
        std::filesystem::remove(unfinished, linked);
        throw;
    }
    if (linked && linked != std::errc::file_exists)  // a file system without hard links
        std::filesystem::rename(unfinished, copy);
    std::filesystem::remove(unfinished, linked);
}

}  // namespace aimem::sqlite
