#include "store/readers.h"

#include "store/sqlite/schema.h"

#include <utility>

namespace aimem {

Readers::Readers(std::filesystem::path file, std::size_t count_max, std::size_t cache_kib)
    : file_(std::move(file)),
      count_max_(count_max == 0 ? 1 : count_max),
      cache_kib_(cache_kib) {}

Readers::Loan Readers::borrow() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !idle_.empty() || open_ < count_max_; });
    if (!idle_.empty()) {
        auto db = std::move(idle_.back());
        idle_.pop_back();
        return Loan(db.release(), GiveBack{this});
    }
    idle_.reserve(count_max_);  // giving back must not throw
    auto db = std::make_unique<sqlite::Database>(file_, sqlite::OpenMode::read_only);
    sqlite::configure(*db, cache_kib_);
    ++open_;
    return Loan(db.release(), GiveBack{this});
}

void Readers::give_back(sqlite::Database* db) noexcept {
    const std::lock_guard lock(mutex_);
    idle_.emplace_back(db);
    returned_.notify_one();
}

}  // namespace aimem
