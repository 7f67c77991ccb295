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

// What a client can name afterwards: the memory, or the register of the link.
std::string id_of(const Committed& committed) {
    if (!committed.id.empty() || committed.rows.empty()) return committed.id;
    return std::string(id_of_key(committed.rows.front().change.key));
}

// What changed nothing is confirmed already.
net::awaitable<QuorumOutcome> confirm(Services& services, std::vector<FeedRow> rows,
                                      std::vector<FeedRow> companions) {
    if (rows.empty()) {
        const QuorumOutcome nothing_to_do{Verdict::met, 1, 1, {}};
        co_return nothing_to_do;
    }
    co_return co_await services.replication.replicate(std::move(rows), std::move(companions));
}

}  // namespace

net::awaitable<Result<Written>> commit(Services& services, Op op) {
    auto committed = co_await services.store.commit(std::move(op));
    if (!committed) co_return fail(std::move(committed).error());
    Written out;
    out.committed = std::move(*committed);
    out.id = id_of(out.committed);
    auto companions = std::move(out.committed.companions);
    out.outcome = co_await confirm(services, out.committed.rows, std::move(companions));
    co_return out;
}

net::awaitable<http::Response> write(Services& services, Op op, Answer answer) {
    const auto done = co_await commit(services, std::move(op));
    if (!done) co_return reply_error(done.error());
    if (done->outcome.verdict != Verdict::met) {
        const std::vector<std::string> ids{done->id};
        co_return reply_quorum_not_met(done->outcome, ids);
    }
    co_return answer(done->committed, done->outcome);
}

net::awaitable<http::Response> write_all(Services& services, std::vector<Op> ops,
                                         GroupAnswer answer) {
    auto results = co_await services.store.commit_all(std::move(ops));
    std::vector<FeedRow> rows;
    std::vector<FeedRow> companions;
    std::vector<std::string> ids;
    const Error* fault = nullptr;
    for (auto& result : results) {
        if (result) {
            ids.push_back(id_of(*result));
            move_behind(result->rows, rows);
            move_behind(result->companions, companions);
        } else if (is_fault_of_node(result.error().code)) {
            fault = &result.error();
        }
    }
    if (fault != nullptr && ids.empty()) co_return reply_error(*fault);
    const auto outcome = co_await confirm(services, std::move(rows), std::move(companions));
    if (outcome.verdict != Verdict::met) co_return reply_quorum_not_met(outcome, ids);
    co_return answer(results, outcome);
}

}  // namespace aimem::api
