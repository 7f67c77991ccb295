#include "federation/replication/comparer.h"

#include "federation/http/query.h"
#include "federation/replication/wire.h"
#include "store/model/json_text.h"
#include "store/model/limits.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <memory>
#include <optional>

namespace aimem {
namespace {

namespace net = boost::asio;
using repl::CompareBroke;
using repl::CompareEvent;

// Runs `look` on a read connection; its event, or why there is none.
template <typename Look>
net::awaitable<CompareEvent> read_own(StoreGateway& store, Look look) {
    auto query = [look = std::move(look)](Store& from) -> CompareEvent {
        CompareEvent event;
        const auto done = from.look([&](sqlite::Database& db) { event = look(db); });
        if (!done) return CompareBroke{done.error().message};
        return event;
    };
    co_return co_await store.read(std::move(query));
}

// Where an Ask* goes: path and, for a POST, body.
struct Asked {
    std::string path{};
    std::string body{};  // empty: a GET
};

std::string ask_range(const repl::KeyRange& range, std::string_view more) {
    return fmt::format("/api/v1/sync/digest?lo={}&hi={}&{}", http::percent_encode(range.lo),
                       http::percent_encode(range.hi), more);
}

Asked request_of(const repl::AskDigest& ask) {
    return {fmt::format("/api/v1/sync/digest?cut={}", ask.cut), {}};
}

Asked request_of(const repl::AskParts& ask) {
    return {ask_range(ask.range, fmt::format("parts={}&cut={}", repl::kDigestParts, ask.cut)), {}};
}

Asked request_of(const repl::AskListing& ask) {
    return {ask_range(ask.range, "list=1"), {}};
}

Asked request_of(const repl::AskRows& ask) {
    return {"/api/v1/sync/rows", repl::encode_keys(ask.keys)};
}

// One of these carries out each action of the machine and says what came of it.
class Hands {
public:
    Hands(const ComparerContext& context, std::size_t peer) : context_(context), peer_(peer) {}

    net::awaitable<CompareEvent> begin(std::int64_t lag) {
        auto look = [lag](sqlite::Database& db) -> CompareEvent {
            return repl::CompareBegins{read_identity(db), acknowledged(db), lag};
        };
        return read_own(context_.store, std::move(look));
    }

    net::awaitable<CompareEvent> carry_out(const repl::AskDigest& ask) {
        return fetch(request_of(ask));
    }
    net::awaitable<CompareEvent> carry_out(const repl::AskParts& ask) {
        return fetch(request_of(ask));
    }
    net::awaitable<CompareEvent> carry_out(const repl::AskListing& ask) {
        return fetch(request_of(ask));
    }
    net::awaitable<CompareEvent> carry_out(const repl::AskRows& ask) {
        return fetch(request_of(ask));
    }

    net::awaitable<CompareEvent> carry_out(repl::PushRows rows) {
        repl::SendPush push{peer_, 0, std::move(rows.body), std::move(rows.idempotency_key),
                            context_.timeout};
        repl::PushDone done = co_await context_.clients.push(std::move(push));
        if (done.end != repl::PushEnd::answered) co_return CompareBroke{std::move(done.body)};
        if (done.status != 200) co_return CompareBroke{fmt::format("HTTP {}", done.status)};
        co_return repl::PeerSaid{std::move(done.body)};
    }

    net::awaitable<CompareEvent> carry_out(repl::ReadDigests wanted) {
        auto look = [wanted = std::move(wanted)](sqlite::Database& db) -> CompareEvent {
            repl::OwnDigests out;
            for (const repl::KeyRange& range : wanted.ranges)
                out.digests.push_back(digest_of_range(db, range.lo, range.hi, wanted.cut));
            return out;
        };
        return read_own(context_.store, std::move(look));
    }
    net::awaitable<CompareEvent> carry_out(repl::ReadListing wanted) {
        auto look = [wanted = std::move(wanted)](sqlite::Database& db) -> CompareEvent {
            return repl::OwnListing{
                list_range(db, wanted.range.lo, wanted.range.hi, wanted.rows_max)};
        };
        return read_own(context_.store, std::move(look));
    }
    net::awaitable<CompareEvent> carry_out(repl::ReadChanges wanted) {
        auto look = [wanted = std::move(wanted)](sqlite::Database& db) -> CompareEvent {
            return repl::OwnChanges{some_changes_of(db, wanted.keys, wanted.bytes_max),
                                    seen_of_feed(db, wanted.node)};
        };
        return read_own(context_.store, std::move(look));
    }
    net::awaitable<CompareEvent> carry_out(repl::CheckHistory check) {
        auto look = [check = std::move(check)](sqlite::Database& db) -> CompareEvent {
            return repl::HistoryChecked{contradicts_history(db, check.seen)};
        };
        return read_own(context_.store, std::move(look));
    }

    net::awaitable<CompareEvent> carry_out(repl::KeepRows rows) {
        const auto accepted = co_await context_.store.accept(std::move(rows.delivery));
        if (!accepted) co_return CompareBroke{accepted.error().message};
        if (accepted->too_old) co_return CompareBroke{"tombstones were collected meanwhile"};
        if (context_.applied) context_.applied(*accepted);
        co_return repl::RowsKept{accepted->rejected.size()};
    }
    net::awaitable<CompareEvent> carry_out(repl::ForgetRows forgotten) {
        auto work = [rows = std::move(forgotten.rows)](Registers& registers) {
            forget(registers, rows);
        };
        const auto done = co_await context_.store.upkeep(std::move(work));
        if (!done) co_return CompareBroke{done.error().message};
        if (context_.forgot) context_.forgot();
        co_return repl::RowsKept{};
    }

private:
    net::awaitable<CompareEvent> fetch(Asked asked) {
        auto answer = co_await context_.clients.ask(peer_, std::move(asked.path),
                                                    std::move(asked.body), context_.timeout);
        if (!answer) co_return CompareBroke{answer.error().message};
        if (answer->status == 200) co_return repl::PeerSaid{std::move(answer->body)};
        CompareBroke broke{fmt::format("HTTP {}", answer->status), answer->status == 404};
        co_return broke;
    }

    const ComparerContext& context_;
    std::size_t peer_;
};

net::awaitable<Result<>> note_whole(const ComparerContext& context, const repl::CompareDone& done) {
    auto work = [contact = done.contact, horizon = done.horizon,
                 peers = context.peer_nodes()](Registers& registers) {
        note_contact(registers, contact, horizon, peers);
    };
    co_return co_await context.store.upkeep(std::move(work));
}

struct PullAnswer {
    Delivery delivery{};
    bool more = false;
};

Result<PullAnswer> decode_pull(std::string_view text) {
    using nlohmann::json;
    const json body = parse_json(text);
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
    number("base", in.base);
    for (const json& op : body["ops"]) {
        auto row = decode_row(op);
        if (row) in.rows.push_back(std::move(*row));
    }
    return out;
}

}  // namespace

net::awaitable<repl::CompareDone> compare_with(const ComparerContext& context, std::size_t peer,
                                               repl::Comparison::Patience patience,
                                               std::int64_t lag) {
    Hands hands(context, peer);
    repl::Comparison machine(context.agent_id, patience);
    CompareEvent event = co_await hands.begin(lag);
    for (;;) {
        repl::CompareAction action = machine.step(std::move(event), system_clock().now_ns());
        if (auto* done = std::get_if<repl::CompareDone>(&action)) {
            repl::CompareDone out = std::move(*done);
            if (out.end != repl::CompareEnd::whole) co_return out;
            const auto noted = co_await note_whole(context, out);
            if (!noted) out.end = repl::CompareEnd::failed;
            co_return out;
        }
        auto result = std::visit(
            [&hands](auto& one) -> net::awaitable<CompareEvent> {
                using Action = std::decay_t<decltype(one)>;
                if constexpr (std::is_same_v<Action, repl::CompareDone>)
                    throw std::logic_error("done already");
                else
                    return hands.carry_out(std::move(one));
            },
            action);
        event = co_await std::move(result);
    }
}

net::awaitable<PullState> pull_state(StoreGateway& store, std::string node) {
    auto query = [node](Store& from) {
        SeenOfFeed seen;
        if (!node.empty())
            (void)from.look([&](sqlite::Database& db) { seen = seen_of_feed(db, node); });
        return PullState{node, seen.epoch, seen.seen};
    };
    co_return co_await store.read(std::move(query));
}

net::awaitable<Result<Accepted>> pull_from(const ComparerContext& context, std::size_t peer,
                                           PullState& state, std::chrono::milliseconds wait) {
    std::string path = fmt::format("/api/v1/sync/changes?after={}&limit={}&wait_ms={}", state.after,
                                   limits::push_rows, wait.count());
    if (!state.epoch.empty()) path += "&epoch=" + http::percent_encode(state.epoch);
    auto response = co_await context.clients.ask(peer, std::move(path), {}, context.timeout + wait);
    if (!response) co_return fail(Errc::peer, response.error().message);
    if (response->status != 200)
        co_return fail(Errc::peer, fmt::format("HTTP {}", response->status));
    auto answer = decode_pull(response->body);
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
