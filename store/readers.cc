#include "store/readers.h"

#include "store/query/sight.h"
#include "store/sqlite/schema.h"

#include <utility>

namespace aimem {

Readers::Readers(std::filesystem::path file, std::size_t count_max, std::size_t cache_kib)
    : file_(std::move(file)),
      count_max_(count_max == 0 ? 1 : count_max),
      cache_kib_(cache_kib) {}

Readers::Loan Readers::borrow(const Viewer& viewer) {
    const bool scoped = !viewer.sees_all();
    std::unique_lock lock(mutex_);
    Pool& pool = scoped ? scoped_ : whole_;
    returned_.wait(lock, [&] { return !pool.idle.empty() || pool.open < count_max_; });
    std::unique_ptr<Connection> one;
    if (!pool.idle.empty()) {
        one = std::move(pool.idle.back());
        pool.idle.pop_back();
    } else {
        pool.idle.reserve(count_max_);  // giving back must not throw
        one = opened(scoped);
        ++pool.open;
    }
    Loan loan(one.release(), GiveBack{this});
    lock.unlock();
    if (scoped) loan->sight_.emplace(viewer);
    return loan;
}

std::unique_ptr<Readers::Connection> Readers::opened(bool scoped) const {
    auto one = std::make_unique<Connection>(file_);
    sqlite::configure(one->db_, cache_kib_);
    one->scoped_ = scoped;
    if (scoped) query::show_only(one->db_, one->sight_);
    return one;
}

void Readers::give_back(Connection* one) noexcept {
    one->sight_.reset();
    const std::lock_guard lock(mutex_);
    (one->scoped_ ? scoped_ : whole_).idle.emplace_back(one);
    returned_.notify_all();
}

}  // namespace aimem
