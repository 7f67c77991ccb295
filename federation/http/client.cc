#include "federation/http/client.h"

#include "federation/async.h"
#include "federation/http/client_call.h"
#include "federation/http/dial.h"
#include "federation/http/gather.h"
#include "federation/http/tls_context.h"
#include "federation/http/watchdog.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <tuple>

namespace aimem::http {
namespace {

namespace net = boost::asio;
namespace ssl = boost::asio::ssl;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using tcp = net::ip::tcp;
using TlsStream = ssl::stream<tcp::socket>;
using SteadyClock = std::chrono::steady_clock;
using Kind = ClientError::Kind;

constexpr std::size_t kInterimMax = 8;  // 1xx answers before the real one

class ResponseParser final : public bhttp::basic_parser<false> {
public:
    ResponseParser(const ClientOptions& options, Verb verb) : header_left_(options.header_max) {
        header_limit(static_cast<std::uint32_t>(options.header_max));
        body_limit(options.body_max);
        eager(true);
        skip(verb == Verb::head);
        response.content_type.clear();
    }

    Response response;

private:
    void on_response_impl(int status, beast::string_view /*reason*/, int /*version*/,
                          beast::error_code& /*error*/) override {
        response.status = status;
    }

    void on_field_impl(bhttp::field field, beast::string_view name, beast::string_view value,
                       beast::error_code& error) override {
        const std::size_t size = name.size() + value.size() + 4;
        if (size > header_left_) {
            error = bhttp::make_error_code(bhttp::error::header_limit);
            return;
        }
        header_left_ -= size;
        if (in_trailer_) return;
        if (field == bhttp::field::content_type)
            response.content_type.assign(value.data(), value.size());
        response.headers.emplace_back(lower_ascii(name), value);
    }

    void on_header_impl(beast::error_code& /*error*/) override { in_trailer_ = true; }

    void on_body_init_impl(const boost::optional<std::uint64_t>& length,
                           beast::error_code& /*error*/) override {
        if (length) response.body.reserve(std::min<std::size_t>(*length, kReadMax));
    }

    std::size_t on_body_impl(beast::string_view body, beast::error_code& /*error*/) override {
        response.body.append(body.data(), body.size());
        return body.size();
    }

    void on_chunk_header_impl(std::uint64_t /*size*/, beast::string_view /*extensions*/,
                              beast::error_code& /*error*/) override {}

    std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, beast::string_view body,
                                   beast::error_code& /*error*/) override {
        response.body.append(body.data(), body.size());
        return body.size();
    }

    void on_finish_impl(beast::error_code& /*error*/) override {}
    void on_request_impl(bhttp::verb /*method*/, beast::string_view /*method_text*/,
                         beast::string_view /*target*/, int /*version*/,
                         beast::error_code& /*error*/) override {}

    std::size_t header_left_;
    bool in_trailer_ = false;
};

net::awaitable<ClientResult> unsendable(std::string why) {
    co_return tl::unexpected<ClientError>(ClientError(Kind::protocol, std::move(why)));
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
    switch (kind) {
        case Kind::refused: return "refused";
        case Kind::timeout: return "timeout";
        case Kind::broken: return "broken";
        case Kind::protocol: return "protocol";
        case Kind::tls: return "tls";
    }
    return "unknown";
}

struct Client::Impl {
    Impl(const net::any_io_executor& where, Url url, std::shared_ptr<ClientTls> with_tls,
         ClientOptions chosen)
        : executor(where),
          base(std::move(url)),
          tls(std::move(with_tls)),
          options(std::move(chosen)),
          plain(where),
          watchdog(where, [this] {
              timed_out = true;
              shut();
          }) {}

    using Failure = std::optional<ClientError>;

    net::any_io_executor executor;
    Url base;
    std::shared_ptr<ClientTls> tls;
    ClientOptions options;
    std::shared_ptr<TlsContext> context;  // of the present TLS connection
    tcp::socket plain;                    // http
    std::optional<TlsStream> secure;      // https
    Watchdog watchdog;                    // closes the socket under what takes too long
    beast::flat_buffer buffer;
    bool open = false;  // connected, handshake done
    bool in_flight = false;
    bool timed_out = false;
    bool closed = false;     // close() came during a request
    bool got_bytes = false;  // of the present answer
    bool reusable = false;   // the last answer left the connection fit for another

    tcp::socket& socket() { return secure ? secure->next_layer() : plain; }

    void shut() {
        beast::error_code ignored;
        socket().close(ignored);
    }

    void drop() {
        shut();
        secure.reset();
        context.reset();
        buffer.clear();
        open = false;
    }

    ClientError failure(Kind otherwise, const std::string& step, const beast::error_code& error) {
        if (closed) return {Kind::broken, step + ": closed by us"};
        if (timed_out || error == net::error::timed_out)
            return {Kind::timeout, step + ": timed out"};
        if (error == net::error::operation_aborted) return {Kind::broken, step + ": cancelled"};
        if (error == ssl::error::stream_truncated) return {Kind::broken, step + ": closed by peer"};
        if (error == net::error::eof) return {Kind::broken, step + ": closed by peer"};
        if (error.category() == net::error::get_ssl_category())
            return {Kind::tls, step + ": " + tls_reason(error)};
        return {otherwise, step + ": " + error.message()};
    }

    std::string tls_reason(const beast::error_code& error) {
        const bool verifies = secure && context->verifies_names;
        const long verdict = verifies ? SSL_get_verify_result(secure->native_handle()) : X509_V_OK;
        if (verdict == X509_V_OK) return error.message();
        return std::string("server certificate: ") + X509_verify_cert_error_string(verdict);
    }

    net::awaitable<Failure> connect(SteadyClock::time_point until) {
        Endpoints endpoints;
        const beast::error_code unknown = co_await resolve(executor, base, until, endpoints);
        if (unknown) co_return failure(Kind::refused, "resolve " + base.host, unknown);
        if (closed) co_return ClientError(Kind::broken, "connect: closed by us");
        if (base.tls) {
            if (!tls) co_return ClientError(Kind::tls, "no TLS settings for " + base.text());
            context = tls->current();
            secure.emplace(executor, context->context);
        }
        beast::error_code error = net::error::host_not_found;
        for (const tcp::endpoint& endpoint : endpoints) {
            if (options.may_connect && !options.may_connect(endpoint.address())) continue;
            beast::error_code ignored;
            socket().close(ignored);
            socket().open(endpoint.protocol(), error);
            if (error) continue;
            tune(socket(), options.user_timeout);
            std::tie(error) = co_await socket().async_connect(endpoint, kNoThrow);
            if (!error || timed_out || closed || error == net::error::operation_aborted) break;
        }
        if (error) co_return failure(Kind::refused, "connect to " + base.authority(), error);
        if (base.tls) {
            if (auto failed = co_await shake_hands()) co_return failed;
        }
        open = true;
        co_return std::nullopt;
    }

    net::awaitable<Failure> shake_hands() {
        if (!expect_server(secure->native_handle(), *context, base.host))
            co_return ClientError(Kind::tls, "cannot expect a certificate for " + base.host);
        auto [error] = co_await secure->async_handshake(TlsStream::client, kNoThrow);
        if (error) co_return failure(Kind::broken, "TLS handshake", error);
        co_return std::nullopt;
    }

    // A kept connection that the peer has closed meanwhile is better noticed before the request is
    // half on its way.
    bool went_stale() {
        char byte = 0;
        const auto got =
            ::recv(socket().native_handle(), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT);
        if (got < 0) return errno != EAGAIN && errno != EWOULDBLOCK;
        return got == 0 || !secure;  // over TLS unasked bytes may be a session ticket
    }

    template <typename Stream>
    net::awaitable<ClientResult> receive(Stream& stream, Verb verb) {
        std::optional<ResponseParser> parser;
        parser.emplace(options, verb);
        for (std::size_t interim = 0;;) {
            if (buffer.size() > 0) {
                beast::error_code error;
                buffer.consume(parser->put(buffer.data(), error));
                if (error && error != bhttp::error::need_more) co_return malformed(error);
                if (buffer.size() > options.header_max)
                    co_return malformed(bhttp::make_error_code(bhttp::error::header_limit));
                if (!error && parser->is_done()) {
                    const int status = parser->response.status;
                    if (status >= 200 || status == 101) break;
                    if (++interim > kInterimMax) co_return malformed({});
                    parser.emplace(options, verb);
                    continue;
                }
            }
            const std::size_t room = read_size(*parser);
            auto [error, count] = co_await stream.async_read_some(buffer.prepare(room), kNoThrow);
            buffer.commit(count);
            got_bytes = got_bytes || count > 0;
            const bool at_end = error == net::error::eof;  // over TLS only after its close_notify
            if (at_end && parser->is_header_done() && parser->need_eof()) {
                beast::error_code incomplete;
                parser->put_eof(incomplete);
                if (!incomplete) break;
            }
            if (error) {
                ClientError failed = failure(Kind::broken, "receive", error);
                co_return tl::unexpected<ClientError>(std::move(failed));
            }
        }
        reusable = parser->keep_alive() && !parser->need_eof() && buffer.size() == 0;
        co_return std::move(parser->response);
    }

    static std::size_t read_size(const ResponseParser& parser) {
        if (!parser.is_header_done()) return kReadMin;
        const auto left = parser.content_length_remaining();
        return left ? std::clamp<std::size_t>(*left, kReadMin, kReadMax) : kReadMax;
    }

    static tl::unexpected<ClientError> malformed(const beast::error_code& error) {
        const std::string why = error ? error.message() : "too many interim answers";
        return tl::unexpected<ClientError>(
            ClientError(Kind::protocol, "not an HTTP answer we can take: " + why));
    }

    template <typename Stream>
    net::awaitable<ClientResult> exchange_over(Stream& stream, const Call& call) {
        got_bytes = false;
        Parts parts = parts_of(call.head, call.body);
        beast::error_code error;
        if constexpr (std::is_same_v<Stream, tcp::socket>) send_now(stream, parts, error);
        if (!error && !empty(parts)) {
            auto [trouble, count] = co_await net::async_write(stream, parts, kNoThrow);
            error = trouble;
        }
        Failure failed;
        if (error) failed = failure(Kind::broken, "send", error);
        // A server may answer and close before it has read everything (413): look before giving up.
        if (failed && (failed->kind != Kind::broken || closed))
            co_return tl::unexpected<ClientError>(std::move(*failed));
        auto result = co_await receive(stream, call.verb);
        if (failed) reusable = false;
        if (failed && !result) co_return tl::unexpected<ClientError>(std::move(*failed));
        co_return std::move(result);
    }

    // Not `c ? co_await a : co_await b`: g++ 12 destroys the chosen value twice.
    net::awaitable<ClientResult> exchange(const Call& call) {
        return secure ? exchange_over(*secure, call) : exchange_over(plain, call);
    }

    // Marks the client as busy; a request that does not end well leaves no connection behind.
    class InFlight {
    public:
        explicit InFlight(Impl& client) : client_(client) {
            if (client_.in_flight)
                throw std::logic_error("http::Client: a request is already under way");
            client_.in_flight = true;
            client_.timed_out = false;
            client_.closed = false;
            client_.reusable = false;
        }
        ~InFlight() {
            client_.in_flight = false;
            client_.watchdog.rest();
            if (!client_.reusable) client_.drop();
        }
        InFlight(const InFlight&) = delete;
        InFlight& operator=(const InFlight&) = delete;

    private:
        Impl& client_;
    };

    static net::awaitable<ClientResult> run(std::shared_ptr<Impl> me, Call call,
                                            std::chrono::milliseconds timeout) {
        const InFlight in_flight_mark(*me);
        const auto started = SteadyClock::now();
        if (timeout <= std::chrono::milliseconds::zero())
            co_return tl::unexpected<ClientError>(ClientError(Kind::timeout, "no time was given"));
        if (me->open && me->went_stale()) me->drop();
        for (bool may_retry = me->open;; may_retry = false) {
            if (!me->open) {
                const auto until = started + std::min(timeout, me->options.connect_timeout);
                me->watchdog.watch(until);
                if (auto failed = co_await me->connect(until))
                    co_return tl::unexpected<ClientError>(std::move(*failed));
            }
            me->watchdog.watch(started + timeout);
            auto result = co_await me->exchange(call);
            if (result) co_return std::move(result);
            me->drop();
            const bool stale =
                may_retry && !me->got_bytes && !me->closed && result.error().kind == Kind::broken;
            if (!stale) co_return std::move(result);
        }
    }
};

Client::Client(net::any_io_executor executor, Url base, std::shared_ptr<ClientTls> tls,
               ClientOptions options)
    : impl_(std::make_shared<Impl>(executor, std::move(base), std::move(tls), std::move(options))) {
}

Client::~Client() {
    if (impl_) close();
}

Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

net::awaitable<ClientResult> Client::request(Verb verb, const std::string& path,
                                             const Headers& headers, std::string body,
                                             std::chrono::milliseconds timeout) {
    Call call(verb, std::move(body));
    if (auto wrong = write_head(call, impl_->base, path, headers); !wrong.empty())
        return unsendable(std::move(wrong));
    if (call.body.size() <= kOneWriteMax) call.head += std::exchange(call.body, {});
    return Impl::run(impl_, std::move(call), timeout);
}

void Client::close() {
    impl_->watchdog.cancel();
    if (impl_->in_flight) {
        impl_->closed = true;
        impl_->shut();  // the request under way notices and cleans up
    } else {
        impl_->drop();
    }
}

bool Client::connected() const noexcept {
    return impl_->open;
}

const Url& Client::base() const noexcept {
    return impl_->base;
}

}  // namespace aimem::http
