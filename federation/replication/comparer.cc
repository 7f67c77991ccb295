#include "federation/replication/comparer.h"

#include "federation/http/query.h"
#include "federation/replication/wire.h"
#include "store/model/limits.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <deque>

namespace aimem {
namespace {

namespace net = boost::asio;

net::awaitable<Result<std::string>> fetch(const ComparerContext& context, std::size_t peer,
                                          std::string path, std::chrono::milliseconds timeout) {
    auto answer = co_await context.clients.get(peer, std::move(path), timeout);
    if (!answer) co_return fail(Errc::peer, answer.error().message);
    if (answer->status != 200) co_return fail(Errc::peer, fmt::format("HTTP {}", answer->status));
    co_return std::move(answer->body);
}

std::string range_path(const repl::KeyRange& range, std::string_view more) {
    return fmt::format("/api/v1/sync/digest?lo={}&hi={}&{}", http::percent_encode(range.lo),
                       http::percent_encode(range.hi), more);
}

net::awaitable<Result<bool>> equal_as_a_whole(const ComparerContext& context, std::size_t peer) {
    auto body = co_await fetch(context, peer, "/api/v1/sync/digest", context.timeout);
    if (!body) co_return fail(body.error());
    const auto theirs = repl::decode_digest(*body);
    if (!theirs) co_return fail(theirs.error());
    auto query = [](Store& store) {
        return store.digest();
    };
    const auto ours = co_await context.store.read(std::move(query));
    if (!ours) co_return fail(ours.error());
    co_return ours->sum == theirs->sum && ours->count == theirs->count;
}

net::awaitable<Result<repl::Differences>> look_into(const ComparerContext& context,
                                                    std::size_t peer, repl::KeyRange range) {
    auto body = co_await fetch(context, peer, range_path(range, "parts=64"), context.timeout);
    if (!body) co_return fail(body.error());
    const auto theirs = repl::decode_parts(*body);
    if (!theirs) co_return fail(theirs.error());
    auto query = [parts = *theirs](Store& store) -> Result<std::vector<Digest>> {
        std::vector<Digest> out;
        for (const DigestPart& part : parts) {
            const auto one = store.digest_parts(part.lo, part.hi, 1);
            if (!one) return fail(one.error());
            out.push_back(one->front().digest);
        }
        return out;
    };
    const auto ours = co_await context.store.read(std::move(query));
    if (!ours) co_return fail(ours.error());
    co_return repl::differences(*theirs, *ours);
}

net::awaitable<Result<std::vector<std::string>>> lacking_in(const ComparerContext& context,
                                                            std::size_t peer,
                                                            repl::KeyRange range) {
    auto body = co_await fetch(context, peer, range_path(range, "list=1"), context.timeout);
    if (!body) co_return fail(body.error());
    const auto theirs = repl::decode_versions(*body);
    if (!theirs) co_return fail(theirs.error());
    auto query = [range](Store& store) {
        return store.versions_in(range.lo, range.hi);
    };
    const auto ours = co_await context.store.read(std::move(query));
    if (!ours) co_return fail(ours.error());
    co_return repl::keys_peer_lacks(*ours, *theirs);
}

// Sends these registers with the closure of their groups. Range (0, 0]: they are no part of the
// feed's order.
net::awaitable<Result<std::size_t>> push_keys(const ComparerContext& context, std::size_t peer,
                                              std::vector<std::string> keys) {
    std::size_t sent = 0;
    for (std::size_t at = 0; at < keys.size(); at += limits::push_rows) {
        const auto end = std::min(keys.size(), at + limits::push_rows);
        const std::vector<std::string> some(keys.begin() + static_cast<std::ptrdiff_t>(at),
                                            keys.begin() + static_cast<std::ptrdiff_t>(end));
        auto query = [some](Store& store) {
            return store.changes_of(some);
        };
        const auto changes = co_await context.store.read(std::move(query));
        if (!changes) co_return fail(changes.error());
        std::string ops;
        for (const Change& change : *changes) {
            if (!ops.empty()) ops += ',';
            const FeedRow row{0, change};
            ops += encode_row(row);
        }
        const PushHead head{context.agent_id, context.self, system_clock().now_ns(), 0, 0};
        repl::SendPush push{peer, 0, encode_push(head, Tongue::ours, {}, ops),
                            context.self.epoch + "-repair", context.timeout};
        const auto done = co_await context.clients.push(std::move(push));
        if (done.end != repl::PushEnd::answered || done.status != 200)
            co_return fail(Errc::peer,
                           "the peer did not take a repair: " + done.body.substr(0, 200));
        sent += changes->size();
    }
    co_return sent;
}

struct PullAnswer {
    Delivery delivery{};
    bool more = false;
};

Result<PullAnswer> decode_pull(std::string_view text) {
    using nlohmann::json;
    const json body = json::parse(text, nullptr, false);
    const auto number = [&](const char* name, std::int64_t& out) {
        const auto found = body.find(name);
        if (found == body.end() || !found->is_string()) return false;
        const auto& digits = found->get_ref<const std::string&>();
        return std::from_chars(digits.data(), digits.data() + digits.size(), out).ec == std::errc{};
    };
    PullAnswer out;
    Delivery& in = out.delivery;
    if (!body.is_object() || !number("from", in.from) || !number("to", in.to) ||
        !body.contains("ops") || !body["ops"].is_array() ||
        !body.value("node", json()).is_string() || !body.value("epoch", json()).is_string())
        return fail(Errc::peer, "the peer's answer is no page of a feed");
    in.sender = body["node"].get<std::string>();
    in.epoch = body["epoch"].get<std::string>();
    for (const json& op : body["ops"]) {
        auto row = decode_row(op);
        if (row) in.rows.push_back(std::move(*row));
    }
    return out;
}

}  // namespace

net::awaitable<Result<std::size_t>> compare_with(const ComparerContext& context, std::size_t peer) {
    const auto equal = co_await equal_as_a_whole(context, peer);
    if (!equal) co_return fail(equal.error());
    if (*equal) co_return std::size_t{0};
    std::deque<repl::KeyRange> ranges;
    ranges.emplace_back();
    std::size_t sent = 0;
    for (std::size_t looked = 0; !ranges.empty() && looked < repl::kRangesMax; ++looked) {
        repl::KeyRange range = std::move(ranges.front());
        ranges.pop_front();
        auto found = co_await look_into(context, peer, range);
        if (!found) co_return fail(found.error());
        for (repl::KeyRange& split : found->to_split) ranges.push_back(std::move(split));
        for (const repl::KeyRange& listed : found->to_list) {
            auto keys = co_await lacking_in(context, peer, listed);
            if (!keys) co_return fail(keys.error());
            auto pushed = co_await push_keys(context, peer, std::move(*keys));
            if (!pushed) co_return fail(pushed.error());
            sent += *pushed;
        }
    }
    co_return sent;
}

net::awaitable<Result<Accepted>> pull_from(const ComparerContext& context, std::size_t peer,
                                           PullState& state, std::chrono::milliseconds wait) {
    std::string path = fmt::format("/api/v1/sync/changes?after={}&limit={}&wait_ms={}", state.after,
                                   limits::push_rows, wait.count());
    if (!state.epoch.empty()) path += "&epoch=" + http::percent_encode(state.epoch);
    auto body = co_await fetch(context, peer, std::move(path), context.timeout + wait);
    if (!body) co_return fail(body.error());
    auto answer = decode_pull(*body);
    if (!answer) co_return fail(answer.error());
    state.node = answer->delivery.sender;
    state.epoch = answer->delivery.epoch;
    const std::int64_t reached = answer->delivery.to;
    if (answer->delivery.rows.empty()) {
        state.after = reached;
        co_return Accepted{};
    }
    auto accepted = co_await context.store.accept(std::move(answer->delivery));
    if (accepted) state.after = reached;
    co_return accepted;
}

}  // namespace aimem
