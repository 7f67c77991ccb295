#include "federation/http/server.h"

#include "federation/async.h"
#include "federation/http/gather.h"
#include "federation/http/server_state.h"
#include "federation/http/tls_context.h"
#include "store/base/log.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

namespace aimem::http {
namespace {

namespace net = boost::asio;
namespace ssl = boost::asio::ssl;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using tcp = net::ip::tcp;
using TlsStream = ssl::stream<tcp::socket>;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kIdleBufferMax = std::size_t{64} << 10;  // what an idle connection may keep
constexpr std::size_t kHeaderReserve = 8;
constexpr std::size_t kDrainMax = std::size_t{8} << 20;  // read and dropped after a refusal
constexpr std::size_t kTurnAwayMax = 64;
constexpr std::chrono::milliseconds kDrainTimeout{2000};
constexpr const char* kServerError = R"({"error":"internal server error"})";
constexpr const char* kNotListed = R"({"error":"this certificate is no longer listed"})";

// Writes what Beast recognises straight into our Request: no second copy of the fields.
class RequestParser final : public bhttp::basic_parser<true> {
public:
    explicit RequestParser(const ServerOptions& options) : header_left_(options.header_max) {
        header_limit(static_cast<std::uint32_t>(options.header_max));
        body_limit(options.body_max);
        eager(true);
        request.headers.reserve(kHeaderReserve);
    }

    Request request;
    bool expects_continue = false;
    bool target_ok = true;
    bool http10 = false;

private:
    void on_request_impl(bhttp::verb /*verb*/, beast::string_view method, beast::string_view target,
                         int version, beast::error_code& /*error*/) override {
        http10 = version == 10;
        request.verb = verb_of(method);
        target_ok = set_target(request, target);
    }

    void on_field_impl(bhttp::field field, beast::string_view name, beast::string_view value,
                       beast::error_code& error) override {
        // Beast limits what it is shown at once; a header that trickles in is ours to count.
        const std::size_t size = name.size() + value.size() + 4;
        if (size > header_left_) {
            error = bhttp::make_error_code(bhttp::error::header_limit);
            return;
        }
        header_left_ -= size;
        if (in_trailer_) return;
        if (field == bhttp::field::expect)
            expects_continue = !http10 && beast::iequals(value, "100-continue");
        request.headers.emplace_back(lower_ascii(name), value);
    }

    void on_header_impl(beast::error_code& /*error*/) override { in_trailer_ = true; }

    void on_body_init_impl(const boost::optional<std::uint64_t>& length,
                           beast::error_code& /*error*/) override {
        // Not the whole length at once: a header alone must not cost us two megabytes.
        if (length) request.body.reserve(std::min<std::size_t>(*length, kReadMax));
    }

    std::size_t on_body_impl(beast::string_view body, beast::error_code& /*error*/) override {
        request.body.append(body.data(), body.size());
        return body.size();
    }

    void on_chunk_header_impl(std::uint64_t /*size*/, beast::string_view /*extensions*/,
                              beast::error_code& /*error*/) override {}

    std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, beast::string_view body,
                                   beast::error_code& /*error*/) override {
        request.body.append(body.data(), body.size());
        return body.size();
    }

    void on_finish_impl(beast::error_code& /*error*/) override {}
    void on_response_impl(int /*status*/, beast::string_view /*reason*/, int /*version*/,
                          beast::error_code& /*error*/) override {}

    std::size_t header_left_;
    bool in_trailer_ = false;
};

enum class Received { request, end, refused };

template <typename Stream>
class Connection {
    static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;

public:
    Connection(std::shared_ptr<ServerState> state, Stream stream, std::shared_ptr<TlsContext> tls)
        : state_(std::move(state)),
          tls_(std::move(tls)),
          stream_(std::move(stream)) {
        watched_ = state_->connections.emplace(state_->connections.end());
        watched_->socket = &socket();
        state_->sweep_soon(state_);
    }
    ~Connection() { state_->connections.erase(watched_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    net::awaitable<void> run() {
        if constexpr (kTls) {
            if (!co_await shake_hands()) co_return;
        }
        while (!state_->stopping) {
            const Received received = co_await receive();
            if (received == Received::end) co_return;
            if (received == Received::refused) {
                co_await refuse();
                co_return;
            }
            ReplyForm form{.keep_alive = parser_->keep_alive(),
                           .http10 = parser_->http10,
                           .without_body = parser_->request.verb == Verb::head};
            Response response = co_await answer();
            form.keep_alive = form.keep_alive && !state_->stopping;
            if (!co_await send(std::move(response), form)) co_return;
            if (!form.keep_alive) break;
        }
        co_await say_goodbye();
    }

    net::awaitable<void> turn_away() {
        refusal_ = Response(503, R"({"error":"too many connections"})");
        refusal_.headers.emplace_back("Retry-After", "1");
        co_await refuse();
    }

private:
    tcp::socket& socket() {
        if constexpr (kTls) {
            return stream_.next_layer();
        } else {
            return stream_;
        }
    }

    void allow(std::chrono::milliseconds time) { watched_->deadline = SteadyClock::now() + time; }

    net::awaitable<bool> shake_hands() {
        allow(state_->options.request_timeout);
        watched_->idle = false;
        auto [error] = co_await stream_.async_handshake(TlsStream::server, kNoThrow);
        if (error) {
            log::debug("tls.handshake_failed", "why={}", error.message());
            co_await drain();  // else the alert that says why could be lost to a reset
            co_return false;
        }
        if (state_->tls->mutual()) fingerprint_ = client_fingerprint(stream_.native_handle());
        co_return true;
    }

    // Reads one whole request into parser_, beginning with what an earlier read left over.
    net::awaitable<Received> receive() {
        parser_.emplace(state_->options);
        if (buffer_.size() == 0 && buffer_.capacity() > kIdleBufferMax) buffer_.shrink_to_fit();
        watched_->idle = buffer_.size() == 0;
        allow(watched_->idle ? state_->options.idle_timeout : state_->options.request_timeout);
        for (;;) {
            if (buffer_.size() > 0) {
                beast::error_code error;
                buffer_.consume(parser_->put(buffer_.data(), error));
                if (!error && parser_->is_done())
                    co_return parser_->target_ok ? Received::request
                                                 : refusal(400, "the request target is no path");
                if (error && error != bhttp::error::need_more) co_return refusal(error);
                // An endless chunk line or trailer.
                if (buffer_.size() > state_->options.header_max)
                    co_return refusal(bhttp::make_error_code(bhttp::error::header_limit));
                if (parser_->expects_continue && parser_->is_header_done()) {
                    parser_->expects_continue = false;
                    if (!co_await invite_body()) co_return Received::end;
                }
            }
            auto [error, count] =
                co_await stream_.async_read_some(buffer_.prepare(read_size()), kNoThrow);
            if (error) co_return Received::end;  // closed, reset, too slow, or not TLS
            buffer_.commit(count);
            if (watched_->idle) {
                watched_->idle = false;
                allow(state_->options.request_timeout);
            }
        }
    }

    std::size_t read_size() const {
        if (!parser_->is_header_done()) return kReadMin;
        const auto left = parser_->content_length_remaining();
        return left ? std::clamp<std::size_t>(*left, kReadMin, kReadMax) : kReadMax;
    }

    net::awaitable<bool> invite_body() {
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        auto [error, count] = co_await net::async_write(stream_, net::buffer(kContinue), kNoThrow);
        co_return !error;
    }

    Received refusal(int status, const std::string& text) {
        refusal_ = Response(status, R"({"error":")" + text + R"("})");  // no quotes in these
        return Received::refused;
    }

    Received refusal(beast::error_code error) {
        if (error == bhttp::error::body_limit)
            return refusal(413, "Failed to buffer the request body: it is larger than " +
                                    std::to_string(state_->options.body_max) + " bytes");
        if (error == bhttp::error::header_limit)
            return refusal(431, "the request header is larger than " +
                                    std::to_string(state_->options.header_max) + " bytes");
        return refusal(400, "malformed HTTP request: " + error.message());
    }

    net::awaitable<void> refuse() {
        const ReplyForm last_word;
        if (co_await send(std::move(refusal_), last_word)) co_await drain();
    }

    net::awaitable<Response> answer() {
        watched_->deadline = SteadyClock::time_point::max();  // handlers have their own
        parser_->request.client_fingerprint = fingerprint_;
        path_ = parser_->request.path;  // for the log; no allocation but for the longest so far
        std::string trouble;
        // It was listed when it connected; the list has been read again since.
        if (!fingerprint_.empty() && !state_->tls->lists(fingerprint_))
            co_return Response(403, kNotListed);
        try {
            co_return co_await state_->router.dispatch(std::move(parser_->request));
        } catch (const boost::system::system_error& e) {
            if (state_->stopping && e.code() == net::error::operation_aborted) throw;
            trouble = e.what();
        } catch (const std::exception& e) {
            trouble = e.what();
        }
        log::error("http.handler_failed", "path={} why={}", path_, trouble);
        co_return Response(500, kServerError);
    }

    net::awaitable<bool> send(Response response, ReplyForm form) {
        allow(state_->options.request_timeout);
        out_.clear();
        append_head(out_, response, form, state_->date.now());
        if (form.without_body || has_no_body(response.status)) response.body.clear();
        if (response.body.size() <= kOneWriteMax) {
            out_ += response.body;
            response.body.clear();
        }
        Parts parts = parts_of(out_, response.body);
        if constexpr (!kTls) {
            beast::error_code error;
            send_now(stream_, parts, error);
            if (error || empty(parts)) co_return !error;
        }
        auto [error, count] = co_await net::async_write(stream_, parts, kNoThrow);
        co_return !error;
    }

    net::awaitable<void> say_goodbye() {
        allow(kDrainTimeout);
        if constexpr (kTls) {
            co_await stream_.async_shutdown(kNoThrow);
        }
        beast::error_code ignored;
        socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

    // Reads on after a last word: closing with unread bytes would reset the connection, and the
    // client might never see that word.
    net::awaitable<void> drain() {
        allow(kDrainTimeout);
        watched_->idle = true;
        beast::error_code ignored;
        socket().shutdown(tcp::socket::shutdown_send, ignored);
        buffer_.clear();
        for (std::size_t total = 0; total < kDrainMax;) {
            auto [error, count] =
                co_await socket().async_read_some(buffer_.prepare(kReadMax), kNoThrow);
            if (error) co_return;
            total += count;
        }
    }

    std::shared_ptr<ServerState> state_;  // shared: see server_state.h
    std::shared_ptr<TlsContext> tls_;
    Stream stream_;
    ServerState::Connections::iterator watched_;
    beast::flat_buffer buffer_;
    std::optional<RequestParser> parser_;
    Response refusal_;
    std::string out_;
    std::string fingerprint_;
    std::string path_;
};

template <typename Stream>
net::awaitable<void> serve(std::shared_ptr<ServerState> state, Stream stream,
                           std::shared_ptr<TlsContext> tls) {
    Connection<Stream> connection(std::move(state), std::move(stream), std::move(tls));
    co_await connection.run();
}

net::awaitable<void> turn_away(std::shared_ptr<ServerState> state, tcp::socket socket) {
    Connection<tcp::socket> connection(std::move(state), std::move(socket), nullptr);
    co_await connection.turn_away();
}

void take(const std::shared_ptr<ServerState>& state, tcp::socket socket) {
    beast::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.non_blocking(true, ignored);
    const std::size_t open = state->connections.size();
    const bool full = open >= state->options.connections_max;
    if (full) {
        state->log_full();
        // A word of explanation for some, as far as it can be said without a handshake.
        if (state->tls || open >= state->options.connections_max + kTurnAwayMax) return;
    }
    if (state->tls) {
        auto tls = state->tls->current();
        TlsStream stream(std::move(socket), tls->context);
        state->tasks.spawn(serve(state, std::move(stream), std::move(tls)));
    } else {
        state->tasks.spawn(full ? turn_away(state, std::move(socket))
                                : serve(state, std::move(socket), nullptr));
    }
}

}  // namespace

Server::Server(net::any_io_executor executor, const Router& router, ServerOptions options,
               std::shared_ptr<ServerTls> tls)
    : state_(std::make_shared<ServerState>(executor, router, std::move(options), std::move(tls))) {}

Server::~Server() {
    beast::error_code ignored;
    state_->stopping = true;
    state_->acceptor.close(ignored);
    state_->sweep_timer.cancel();
    state_->close_all();
    state_->tasks.cancel();
}

Result<void> Server::bind() {
    return state_->listen();
}

void Server::start() {
    state_->tasks.spawn(ServerState::accept_loop(state_, take));
}

net::awaitable<void> Server::stop(std::chrono::milliseconds grace) {
    const auto state = state_;
    beast::error_code ignored;
    state->stopping = true;
    state->acceptor.close(ignored);
    state->close_idle();
    if (!co_await state->tasks.join(grace))
        log::warn("http.stop", "why=\"requests cut short after {} ms\"", grace.count());
}

std::uint16_t Server::port() const noexcept {
    return state_->port;
}

std::size_t Server::connections() const noexcept {
    return state_->connections.size();
}

}  // namespace aimem::http
