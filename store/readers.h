// Read connections, lent to one caller at a time and opened when first needed.
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/sqlite/sqlite.h"

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace aimem {

class Readers {
public:
    Readers(std::filesystem::path file, std::size_t count_max, std::size_t cache_kib);

    // Waits while all connections are lent. The loan ends with the returned pointer; it must not
    // outlive Readers.
    struct GiveBack {
        Readers* home = nullptr;
        void operator()(sqlite::Database* db) const noexcept { home->give_back(db); }
    };
    using Loan = std::unique_ptr<sqlite::Database, GiveBack>;
    Loan borrow();  // throws SqliteError when the file cannot be opened

private:
    void give_back(sqlite::Database* db) noexcept;

    const std::filesystem::path file_;
    const std::size_t count_max_;
    const std::size_t cache_kib_;
    std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<sqlite::Database>> idle_;  // guarded by mutex_
    std::size_t open_ = 0;                                 // guarded by mutex_
};

}  // namespace aimem
