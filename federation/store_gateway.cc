#include "federation/store_gateway.h"

namespace aimem {

namespace net = boost::asio;

net::awaitable<Result<Committed>> StoreGateway::commit(Op op) {
    auto start = [this, op = std::move(op)](auto done) mutable {
        store_.commit(std::move(op), std::move(done));
    };
    return await_callback<Result<Committed>>(std::move(start));
}

net::awaitable<std::vector<Result<Committed>>> StoreGateway::commit_all(
    std::vector<Op> ops, std::optional<RequestId> request) {
    auto start = [this, ops = std::move(ops), request = std::move(request)](auto done) mutable {
        store_.commit_all(std::move(ops), std::move(request), std::move(done));
    };
    return await_callback<std::vector<Result<Committed>>>(std::move(start));
}

net::awaitable<Result<Accepted>> StoreGateway::accept(Delivery delivery) {
    auto start = [this, delivery = std::move(delivery)](auto done) mutable {
        store_.accept(std::move(delivery), std::move(done));
    };
    return await_callback<Result<Accepted>>(std::move(start));
}

net::awaitable<Result<LegacyApplied>> StoreGateway::accept(LegacyPush push) {
    auto start = [this, push = std::move(push)](auto done) mutable {
        store_.accept(std::move(push), std::move(done));
    };
    return await_callback<Result<LegacyApplied>>(std::move(start));
}

net::awaitable<Result<>> StoreGateway::upkeep(std::function<void(Registers&)> work) {
    auto start = [this, work = std::move(work)](auto done) mutable {
        store_.upkeep(std::move(work), std::move(done));
    };
    return await_callback<Result<>>(std::move(start));
}

}  // namespace aimem
