#include "federation/replication/peer_clients.h"

#include <charconv>

namespace aimem {
namespace {

repl::PushEnd end_of(http::ClientError::Kind kind) {
    switch (kind) {
        case http::ClientError::Kind::refused:
        case http::ClientError::Kind::tls: return repl::PushEnd::refused;
        case http::ClientError::Kind::timeout: return repl::PushEnd::timeout;
        case http::ClientError::Kind::broken:
        case http::ClientError::Kind::protocol: return repl::PushEnd::broken;
    }
    return repl::PushEnd::broken;
}

std::optional<std::chrono::milliseconds> retry_after(const http::Response& response) {
    const auto text = response.header("retry-after");
    int seconds = 0;
    if (!text ||
        std::from_chars(text->data(), text->data() + text->size(), seconds).ec != std::errc{})
        return std::nullopt;
    constexpr int kSecondsMax = 60;  // a peer may slow us down, not switch itself off
    return std::chrono::seconds(std::min(std::max(seconds, 0), kSecondsMax));
}

}  // namespace

PeerClients::PeerClients(boost::asio::any_io_executor executor, std::vector<http::Url> peers,
                         std::shared_ptr<http::ClientTls> tls, http::Headers headers)
    : executor_(std::move(executor)),
      peers_(std::move(peers)),
      tls_(std::move(tls)),
      headers_(std::move(headers)),
      idle_(peers_.size()) {}

std::unique_ptr<http::Client> PeerClients::take(std::size_t peer) {
    if (idle_[peer].empty()) return std::make_unique<http::Client>(executor_, peers_[peer], tls_);
    auto client = std::move(idle_[peer].back());
    idle_[peer].pop_back();
    return client;
}

// Bounded by the windows of the senders: never more clients than requests at once.
void PeerClients::give_back(std::size_t peer, std::unique_ptr<http::Client> client) {
    if (client->connected()) idle_[peer].push_back(std::move(client));
}

boost::asio::awaitable<repl::PushDone> PeerClients::push(repl::SendPush push) {
    http::Headers headers = headers_;
    headers.emplace_back("content-type", "application/json");
    headers.emplace_back("idempotency-key", push.idempotency_key);
    auto client = take(push.peer);
    auto answer = co_await client->request(http::Verb::post, "/api/v1/sync/push", headers,
                                           std::move(push.body), push.timeout);
    give_back(push.peer, std::move(client));
    repl::PushDone done;
    done.peer = push.peer;
    done.id = push.id;
    if (answer) {
        done.end = repl::PushEnd::answered;
        done.status = answer->status;
        done.retry_after = retry_after(*answer);
        done.body = std::move(answer->body);
    } else {
        done.end = end_of(answer.error().kind);
        done.body = answer.error().message;
    }
    co_return done;
}

boost::asio::awaitable<http::ClientResult> PeerClients::ask(std::size_t peer, std::string path,
                                                            std::string body,
                                                            std::chrono::milliseconds timeout) {
    http::Headers headers = headers_;
    const auto verb = body.empty() ? http::Verb::get : http::Verb::post;
    if (!body.empty()) headers.emplace_back("content-type", "application/json");
    auto client = take(peer);
    auto answer = co_await client->request(verb, path, headers, std::move(body), timeout);
    give_back(peer, std::move(client));
    co_return answer;
}

void PeerClients::close() {
    for (Pool& pool : idle_) pool.clear();
}

}  // namespace aimem
