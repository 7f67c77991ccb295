#include "federation/legacy/puller.h"

#include "federation/async.h"
#include "federation/http/query.h"
#include "store/base/log.h"
#include "store/model/json.h"
#include "store/model/json_text.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace aimem {
namespace {

namespace net = boost::asio;
using nlohmann::json;

constexpr std::chrono::milliseconds kOldPeerLook{1000};
constexpr std::chrono::milliseconds kOldPageTimeout{60'000};

std::string path_of(const OldAsk& ask) {
    if (ask.everything) return "/api/v1/export";
    std::string path = fmt::format("/api/v1/sync/since?limit={}", ask.limit);
    if (!ask.since.empty()) path += "&since=" + http::percent_encode(ask.since);
    return path;
}

// One peer's pulling, as long as the node runs.
class Puller {
public:
    Puller(const ComparerContext& context, OldPullTask task, PullMark mark)
        : context_(context),
          task_(std::move(task)),
          machine_(task_.options, std::move(mark)) {}

    net::awaitable<void> run() {
        net::steady_timer pause(co_await net::this_coro::executor);
        for (;;) {
            const OldPeerState state = task_.look();
            machine_.peer_is(state.answers, state.settled, steady_now());
            if (std::exchange(returns_, state.returns) != state.returns)
                machine_.back(steady_now());
            const auto ask = machine_.next(steady_now(), system_clock().now_ns());
            if (ask) {
                co_await carry_out(*ask);
                co_await write_down();
                continue;
            }
            pause.expires_after(kOldPeerLook);
            auto [error] = co_await pause.async_wait(kNoThrow);
            if (error) co_return;
        }
    }

private:
    net::awaitable<void> carry_out(const OldAsk& ask) {
        auto answer = co_await context_.clients.ask(task_.peer, path_of(ask), {}, kOldPageTimeout);
        if (!answer) {
            const bool large = answer.error().kind == http::ClientError::Kind::protocol;
            using Failure = OldPull::Failure;
            co_return broke(large ? Failure::too_large : Failure::unreachable,
                            answer.error().message);
        }
        if (answer->status != 200)
            co_return broke(OldPull::Failure::unreachable, fmt::format("HTTP {}", answer->status));
        auto decode = [body = std::move(answer->body), limit = ask.limit, url = task_.url](Store&) {
            return decode_old_rows(body, limit, url);
        };
        auto rows = co_await context_.store.read(std::move(decode));
        if (!rows) co_return broke(OldPull::Failure::unreachable, rows.error().message);
        for (LegacyPush& push : rows->pushes) {
            const auto kept = co_await context_.store.accept(std::move(push));
            if (!kept) co_return broke(OldPull::Failure::unreachable, kept.error().message);
            Accepted accepted;
            accepted.span = kept->span;
            context_.applied(accepted);
        }
        log::debug("pull.page", "peer={} rows={} malformed={}", task_.url, rows->page.rows,
                   rows->malformed);
        failing_ = false;
        machine_.got(rows->page, steady_now(), system_clock().now_ns());
    }

    // Once for each time that it goes wrong, however often it is tried.
    void broke(OldPull::Failure failure, const std::string& why) {
        machine_.failed(failure, steady_now());
        if (!std::exchange(failing_, true))
            log::warn("pull.failed", "peer={} why={}", task_.url, why);
    }

    net::awaitable<void> write_down() {
        const auto mark = machine_.take_mark();
        if (!mark) co_return;
        auto work = [url = task_.url, mark = *mark](Registers& registers) {
            note_pull(registers, url, mark);
        };
        const auto done = co_await context_.store.upkeep(std::move(work));
        if (!done) log::warn("pull.not_noted", "{}", done.error().message);
    }

    const ComparerContext& context_;
    OldPullTask task_;
    OldPull machine_;
    std::size_t returns_ = 0;
    bool failing_ = false;
};

}  // namespace

Result<OldRows> decode_old_rows(std::string_view body, std::size_t limit, const std::string& url) {
    const json answer = parse_json(body);
    const auto list = answer.is_object() ? answer.find("memories") : answer.end();
    if (list == answer.end() || !list->is_array())
        return fail(Errc::peer, "the peer's answer is no page of memories");
    OldRows out;
    out.page.rows = list->size();
    out.page.limit = limit;
    if (const auto said = answer.find("limit"); said != answer.end() && said->is_number_unsigned())
        out.page.limit = said->get<std::size_t>();
    const auto portion = [&]() -> LegacyPush& {
        if (out.pushes.empty() || out.pushes.back().memories.size() >= limits::push_rows) {
            out.pushes.emplace_back();
            out.pushes.back().sender = url;
        }
        return out.pushes.back();
    };
    for (const json& row : *list) {
        if (row.is_object() && row.contains("updated_at") && row["updated_at"].is_string())
            out.page.last = row["updated_at"].get<std::string>();
        auto memory = memory_from_json(row);
        if (memory)
            portion().memories.push_back(std::move(*memory));
        else
            out.malformed += 1;
    }
    const auto links = answer.find("links");
    if (links == answer.end() || !links->is_array()) return out;
    for (const json& row : *links)
        if (auto link = link_from_json(row)) portion().links.push_back(std::move(*link));
    return out;
}

net::awaitable<void> pull_old_peer(const ComparerContext& context, OldPullTask task) {
    auto query = [url = task.url](Store& from) {
        PullMark mark;
        (void)from.look([&](sqlite::Database& db) { mark = pull_mark(db, url); });
        return mark;
    };
    PullMark mark = co_await context.store.read(std::move(query));
    Puller puller(context, std::move(task), std::move(mark));
    co_await puller.run();
}

}  // namespace aimem
