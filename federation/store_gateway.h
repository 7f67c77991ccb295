// The Store as coroutines see it: writes wait for the writer thread, reads run on a small pool;
// both resume on the caller's executor, so nothing blocks the I/O thread. SPDX-License-Identifier:
// Apache-2.0
#pragma once

#include "federation/async.h"
#include "store/query/viewer.h"
#include "store/store.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace aimem {

class StoreGateway {
public:
    StoreGateway(Store& store, std::size_t reader_threads) : store_(store), pool_(reader_threads) {}
    ~StoreGateway() { pool_.join(); }

    boost::asio::awaitable<Result<Committed>> commit(Op op);
    boost::asio::awaitable<std::vector<Result<Committed>>> commit_all(
        std::vector<Op> ops, std::optional<RequestId> request = std::nullopt);
    boost::asio::awaitable<Result<Accepted>> accept(Delivery delivery);
    boost::asio::awaitable<Result<LegacyApplied>> accept(LegacyPush push);

    boost::asio::awaitable<Result<>> upkeep(std::function<void(Registers&)> work);

    // Runs a read on the pool: `auto query = [id](Store& s) { return s.get(id); }; co_await
    // gateway.read(query);` The query is copied and must own what it uses. Name it before the
    // co_await (g++ 12).
    template <typename Query>
    auto read(Query query) -> boost::asio::awaitable<std::invoke_result_t<Query, Store&>> {
        using Value = std::invoke_result_t<Query, Store&>;
        auto start = [this, query = std::move(query)](auto done) mutable {
            boost::asio::post(pool_, [this, query = std::move(query),
                                      done = std::move(done)]() mutable { done(query(store_)); });
        };
        return await_callback<Value>(std::move(start));
    }

    // The same for one viewer: it finds what he may see.
    template <typename Query>
    auto read(Viewer viewer, Query query)
        -> boost::asio::awaitable<std::invoke_result_t<Query, Store&>> {
        auto scoped = [viewer = std::move(viewer), query = std::move(query)](Store& store) mutable {
            const ReadAs reader(std::move(viewer));
            return query(store);
        };
        return read(std::move(scoped));
    }

    Store& store() noexcept { return store_; }

private:
    Store& store_;
    boost::asio::thread_pool pool_;
};

}  // namespace aimem
