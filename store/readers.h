// Read connections, lent to one caller at a time and opened when first needed. Those for a viewer
// who does not see all are kept apart (query/sight.h).
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/query/viewer.h"
#include "store/sqlite/sqlite.h"

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace aimem {

class Readers {
public:
    Readers(std::filesystem::path file, std::size_t count_max, std::size_t cache_kib);

    class Connection {
    public:
        explicit Connection(const std::filesystem::path& file)
            : db_(file, sqlite::OpenMode::read_only) {}
        sqlite::Database& operator*() noexcept { return db_; }

    private:
        friend class Readers;
        std::optional<Sight> sight_{};  // of whom it is lent to; before db_, which refers to it
        sqlite::Database db_;
        bool scoped_ = false;
    };

    // Waits while all connections are lent. The loan ends with the returned pointer; it must not
    // outlive Readers.
    struct GiveBack {
        Readers* home = nullptr;
        void operator()(Connection* one) const noexcept { home->give_back(one); }
    };
    using Loan = std::unique_ptr<Connection, GiveBack>;
    Loan borrow(const Viewer& viewer);  // throws SqliteError when the file cannot be opened

private:
    struct Pool {
        std::vector<std::unique_ptr<Connection>> idle{};
        std::size_t open = 0;
    };
    std::unique_ptr<Connection> opened(bool scoped) const;
    void give_back(Connection* one) noexcept;

    const std::filesystem::path file_;
    const std::size_t count_max_;
    const std::size_t cache_kib_;
    std::mutex mutex_;
    std::condition_variable returned_;
    Pool whole_;   // guarded by mutex_
    Pool scoped_;  // guarded by mutex_
};

}  // namespace aimem
