// Shelf: a store's file for the tests of the queries, filled by plain SQL as another program would,
// so that the triggers keep the text index. A clock is passed to every query, so the fixture has
// none: kNow is "now". SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/model/memory.h"
#include "store/sqlite/sqlite.h"
#include "tests/support/temp_dir.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::test {

inline constexpr std::int64_t kNow = 1'790'000'000'000'000'000;  // ns; some day in 2026
inline constexpr std::int64_t kDay = 86'400'000'000'000;

std::string time_at(std::int64_t ns_from_now);

class Shelf {
public:
    Shelf();

    sqlite::Database& db() noexcept { return *db_; }

    // What is empty is filled in: id from the title, times with kNow, content with the title.
    void add(Memory memory);
    void link(const std::string& source, const std::string& target, const std::string& created_at);
    void archive(const Archived& archived);
    void exec(const std::string& sql) { db_->exec(sql); }

    // What EXPLAIN QUERY PLAN says of every SELECT that `work` ran, one step a line.
    std::string plans_of(const std::function<void()>& work);

private:
    TempDir dir_;
    std::unique_ptr<sqlite::Database> db_;
};

std::vector<std::string> ids_of(const std::vector<Memory>& memories);

}  // namespace aimem::test
