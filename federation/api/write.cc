#include "federation/api/write.h"

#include <algorithm>
#include <iterator>

namespace aimem::api {
namespace {

namespace net = boost::asio;

bool is_fault_of_node(Errc code) {
    return code == Errc::busy || code == Errc::shutting_down || code == Errc::disk_full ||
           code == Errc::storage;
}

void move_behind(std::vector<FeedRow>& from, std::vector<FeedRow>& to) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
}

using Named = std::vector<Result<Op>>;

// The Ops as far as the viewer of the request may ask for them.
net::awaitable<Named> named(Services& services, const Once& once, std::vector<Op> ops) {
    auto ask = [ops = std::move(ops)](Store& store) mutable {
        Named found;
        for (Op& op : ops) found.push_back(store.named(std::move(op)));
        return found;
    };
    co_return co_await services.store.read(*once.viewer(), std::move(ask));
}

net::awaitable<Result<Committed>> hide_unseen(Services& services, const Once& once,
                                              Result<Committed> done) {
    if (!done || done->similar.empty()) co_return done;
    auto ask = [done = std::move(done)](Store& store) mutable -> Result<Committed> {
        if (auto ok = store.hide_unseen(*done); !ok) return fail(ok.error());
        return std::move(done);
    };
    co_return co_await services.store.read(*once.viewer(), std::move(ask));
}

}  // namespace

// What a client can name afterwards: the memory, or what was written.
std::string id_of(const Committed& committed) {
    if (!committed.id.empty() || committed.rows.empty()) return committed.id;
    return std::string(id_of_key(committed.rows.front().change.key));
}

// What changed nothing is confirmed already.
net::awaitable<QuorumOutcome> confirm(Services& services, Committed& committed) {
    if (committed.rows.empty()) {
        const QuorumOutcome nothing_to_do{Verdict::met, 1, 1, {}};
        co_return nothing_to_do;
    }
    if (!committed.repeated) {
        auto companions = std::move(committed.companions);
        co_return co_await services.replication.replicate(committed.rows, std::move(companions));
    }
    std::int64_t place = 0;
    for (const FeedRow& row : committed.rows) place = std::max(place, row.seq);
    co_return co_await wait_for_copies(services, place);
}

net::awaitable<Result<Committed>> commit_here(Services& services, Once& once, Op op) {
    if (!once.viewer()) co_return fail(once.viewer().error());
    const bool has_position = once.viewer()->position.has_value();
    std::vector<Op> ops;
    ops.push_back(std::move(op));
    if (has_position) {
        auto allowed = co_await named(services, once, std::move(ops));
        if (!allowed.front()) co_return fail(allowed.front().error());
        ops.clear();
        ops.push_back(std::move(*allowed.front()));
    }
    auto request = once.next();
    if (!request && !has_position) co_return co_await services.store.commit(std::move(ops.front()));
    auto results = co_await services.store.commit_all(std::move(ops), std::move(request));
    if (!has_position) co_return std::move(results.back());
    co_return co_await hide_unseen(services, once, std::move(results.back()));
}

net::awaitable<Result<Written>> commit(Services& services, Once& once, Op op) {
    auto committed = co_await commit_here(services, once, std::move(op));
    if (!committed) co_return fail(std::move(committed).error());
    Written out;
    out.committed = std::move(*committed);
    out.id = id_of(out.committed);
    out.outcome = co_await confirm(services, out.committed);
    co_return out;
}

net::awaitable<http::Response> write(Services& services, Once once, Op op, Answer answer) {
    const auto done = co_await commit(services, once, std::move(op));
    if (!done) co_return reply_error(done.error());
    if (done->outcome.verdict != Verdict::met) {
        const std::vector<std::string> ids{done->id};
        co_return reply_quorum_not_met(done->outcome, ids);
    }
    if (done->committed.pending) co_return reply_queued(*done->committed.pending);
    co_return answer(done->committed, done->outcome);
}

net::awaitable<http::Response> write_all(Services& services, Once once, std::vector<Op> ops,
                                         GroupAnswer answer) {
    if (!once.viewer()) co_return reply_error(once.viewer().error());
    Named allowed;
    if (once.viewer()->position) {
        allowed = co_await named(services, once, std::move(ops));
        ops.clear();
        for (auto& op : allowed)
            if (op) ops.push_back(std::move(*op));
    }
    auto results = co_await services.store.commit_all(std::move(ops), once.next());
    for (std::size_t i = 0; i < allowed.size(); ++i)
        if (!allowed[i])
            results.insert(results.begin() + static_cast<std::ptrdiff_t>(i),
                           fail(allowed[i].error()));
    Committed all;  // of the group: one wait
    std::vector<std::string> ids;
    const Error* fault = nullptr;
    for (auto& result : results) {
        if (result) {
            ids.push_back(id_of(*result));
            all.repeated = all.repeated || result->repeated;
            move_behind(result->rows, all.rows);
            move_behind(result->companions, all.companions);
        } else if (is_fault_of_node(result.error().code) ||
                   result.error().code == Errc::request_reused) {
            fault = &result.error();
        }
    }
    if (fault != nullptr && ids.empty()) co_return reply_error(*fault);
    const auto outcome = co_await confirm(services, all);
    if (outcome.verdict != Verdict::met) co_return reply_quorum_not_met(outcome, ids);
    co_return answer(results, outcome);
}

net::awaitable<Result<Swept>> sweep(Services& services, Once once, Op op) {
    Swept out;
    for (bool more = true; more;) {
        Op again = op;
        auto done = co_await commit(services, once, std::move(again));
        if (!done) co_return fail(std::move(done).error());
        out.affected += done->committed.affected;
        if (!done->id.empty()) out.id = std::move(done->id);
        out.outcome = done->outcome;
        more = done->committed.more && out.outcome.verdict == Verdict::met;
    }
    co_return out;
}

}  // namespace aimem::api
