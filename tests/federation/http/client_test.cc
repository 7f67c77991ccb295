#include "federation/http/client.h"

#include "tests/federation/http/http_fixture.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <stdexcept>

namespace aimem::http {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = ClientError::Kind;
using testing::ScriptedServer;
using testing::Step;
using testing::Then;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class ClientTest : public HttpFixture {
protected:
    Client to(const ScriptedServer& server, ClientOptions options = {}) {
        const auto url = parse_url("http://127.0.0.1:" + std::to_string(server.port()));
        return Client(io_.get_executor(), url.value(), nullptr, options);
    }
    ScriptedServer scripted(std::vector<ScriptedServer::Script> scripts) {
        return ScriptedServer(io_.get_executor(), std::move(scripts));
    }
    void expect_kind(const ClientResult& result, Kind kind) {
        ASSERT_FALSE(result) << "status " << result->status;
        EXPECT_EQ(to_string(result.error().kind), to_string(kind)) << result.error().message;
        EXPECT_FALSE(result.error().message.empty());
    }
};

TEST_F(ClientTest, ReusesItsConnection) {
    auto server = scripted({{{kOk, Then::keep}, {kOk, Then::keep}, {kOk, Then::keep}}});
    auto c = to(server);
    EXPECT_FALSE(c.connected());
    for (int i = 0; i < 3; ++i) {
        const auto answer = ask(c, Verb::get, "/");
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->body, "ok");
    }
    EXPECT_EQ(server.connections(), 1u);
    EXPECT_TRUE(c.connected());
}

TEST_F(ClientTest, WritesAPlainRequest) {
    auto server = scripted({{{kOk, Then::keep}}});
    const auto url = parse_url("http://127.0.0.1:" + std::to_string(server.port()) + "/base/");
    Client c(io_.get_executor(), url.value());
    Headers headers{{"Idempotency-Key", "a\xE2\x86\x92z"}};
    ASSERT_TRUE(testing::run(io_, c.request(Verb::post, "/x?y=1", headers, "{}", kPlenty)));
    EXPECT_EQ(server.received(),
              "POST /base/x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                  "\r\nContent-Length: 2\r\nContent-Type: application/json\r\n"
                  "Idempotency-Key: a\xE2\x86\x92z\r\n\r\n{}");
}

TEST_F(ClientTest, NobodyListeningIsRefused) {
    std::uint16_t port = 0;
    {
        auto server = scripted({});
        port = server.port();
    }
    Client c(io_.get_executor(), parse_url("http://127.0.0.1:" + std::to_string(port)).value());
    expect_kind(ask(c, Verb::get, "/"), Kind::refused);
}

TEST_F(ClientTest, AnUnknownNameIsRefused) {
    Client c(io_.get_executor(), parse_url("http://no-such-host.invalid:1").value());
    expect_kind(ask(c, Verb::get, "/"), Kind::refused);
}

TEST_F(ClientTest, ResolvesNames) {
    start();
    Client c(io_.get_executor(), parse_url(base("http", "localhost")).value());
    const auto answer = ask(c, Verb::get, "/hello");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
}

TEST_F(ClientTest, SilenceIsATimeoutAndTheConnectionGoes) {
    auto server = scripted({{{"", Then::hang}}, {{kOk, Then::keep}}});
    auto c = to(server);
    const auto began = Clock::now();
    expect_kind(ask(c, Verb::get, "/", "", milliseconds(80)), Kind::timeout);
    EXPECT_GE(Clock::now() - began, milliseconds(75));
    EXPECT_LT(Clock::now() - began, milliseconds(2'000));
    EXPECT_FALSE(c.connected());
    EXPECT_TRUE(ask(c, Verb::get, "/"));
    EXPECT_EQ(server.connections(), 2u);
}

TEST_F(ClientTest, AShortTimeoutAfterALongOneIsKept) {
    auto server = scripted({{{kOk, Then::keep}, {"", Then::hang}}});
    auto c = to(server);
    ASSERT_TRUE(ask(c, Verb::get, "/", "", milliseconds(20'000)));
    const auto began = Clock::now();
    expect_kind(ask(c, Verb::get, "/", "", milliseconds(80)), Kind::timeout);
    EXPECT_LT(Clock::now() - began, milliseconds(5'000));
}

TEST_F(ClientTest, ALongTimeoutAfterAShortOneIsKept) {
    start();
    auto c = client();
    ASSERT_TRUE(ask(c, Verb::get, "/hello", "", milliseconds(60)));
    const auto answer = ask(c, Verb::get, "/slow/150");
    ASSERT_TRUE(answer) << answer.error().message;
}

TEST_F(ClientTest, NoTimeIsATimeout) {
    start();
    auto c = client();
    expect_kind(ask(c, Verb::get, "/hello", "", milliseconds(0)), Kind::timeout);
    EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(ClientTest, ATrickledAnswerMeetsTheDeadline) {
    auto server = scripted({{{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart", Then::hang}}});
    auto c = to(server);
    expect_kind(ask(c, Verb::get, "/", "", milliseconds(80)), Kind::timeout);
}

TEST_F(ClientTest, AnEndMidwayIsBroken) {
    const std::string cut[] = {"", "HTTP/1.1 200 OK\r\nContent-", kOk.substr(0, kOk.size() - 1),
                               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"};
    for (const auto& bytes : cut) {
        for (const Then end : {Then::close, Then::reset}) {
            auto server = scripted({{{bytes, end}}});
            auto c = to(server);
            expect_kind(ask(c, Verb::get, "/"), Kind::broken);
            EXPECT_EQ(server.connections(), 1u) << "a fresh connection is not retried";
            EXPECT_FALSE(c.connected());
        }
    }
}

TEST_F(ClientTest, AKeptConnectionThatWasClosedIsReplacedOnce) {
    for (const Then end : {Then::close, Then::reset}) {
        auto server = scripted({{{kOk, end}}, {{kOk, Then::keep}}});
        auto c = to(server);
        ASSERT_TRUE(ask(c, Verb::get, "/"));
        const auto again = ask(c, Verb::post, "/", "body");
        ASSERT_TRUE(again) << again.error().message;
        EXPECT_EQ(server.connections(), 2u);
    }
}

TEST_F(ClientTest, AKeptConnectionThatDiesUnderTheRequestIsReplacedOnce) {
    auto server =
        scripted({{{kOk, Then::keep}, {"", Then::close}}, {{kOk, Then::keep}, {"", Then::close}}});
    auto c = to(server);
    ASSERT_TRUE(ask(c, Verb::get, "/1"));
    ASSERT_TRUE(ask(c, Verb::get, "/2"));
    EXPECT_EQ(server.connections(), 2u);
    expect_kind(ask(c, Verb::get, "/3"), Kind::broken);  // and the third is turned away
    EXPECT_EQ(server.connections(), 3u);
}

TEST_F(ClientTest, AKeptConnectionThatDiesInTheAnswerIsNotRetried) {
    auto server = scripted({{{kOk, Then::keep}, {"HTTP/1.1 2", Then::close}}, {{kOk, Then::keep}}});
    auto c = to(server);
    ASSERT_TRUE(ask(c, Verb::get, "/1"));
    expect_kind(ask(c, Verb::get, "/2"), Kind::broken);
    EXPECT_EQ(server.connections(), 1u);
}

TEST_F(ClientTest, ReadsEveryFramingOfABody) {
    const std::string answers[] = {
        kOk,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nok",  // until the end
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + kOk,
    };
    for (const auto& bytes : answers) {
        auto server = scripted({{{bytes, Then::close}}});
        auto c = to(server);
        const auto answer = ask(c, Verb::get, "/");
        ASSERT_TRUE(answer) << bytes << answer.error().message;
        EXPECT_EQ(answer->status, 200);
        EXPECT_EQ(answer->body, "ok");
    }
}

TEST_F(ClientTest, GarbageIsAProtocolError) {
    std::string interim;
    for (int i = 0; i < 9; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
    const std::string answers[] = {
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 2xx OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n",
        interim + kOk,
    };
    for (const auto& bytes : answers) {
        auto server = scripted({{{bytes, Then::hang}}});
        auto c = to(server);
        expect_kind(ask(c, Verb::get, "/"), Kind::protocol);
        EXPECT_FALSE(c.connected());
    }
}

TEST_F(ClientTest, BoundsTheAnswer) {
    start();
    ClientOptions options;
    options.body_max = 1000;
    Client c(io_.get_executor(), parse_url(base()).value(), nullptr, options);
    EXPECT_TRUE(ask(c, Verb::get, "/big/1000"));
    expect_kind(ask(c, Verb::get, "/big/1001"), Kind::protocol);
}

TEST_F(ClientTest, UnaskedBytesEndTheConnection) {
    auto server = scripted({{{kOk + "extra", Then::keep}}, {{kOk, Then::keep}}});
    auto c = to(server);
    ASSERT_TRUE(ask(c, Verb::get, "/"));
    EXPECT_FALSE(c.connected());
    const auto next = ask(c, Verb::get, "/");
    ASSERT_TRUE(next);
    EXPECT_EQ(next->body, "ok");
    EXPECT_EQ(server.connections(), 2u);
}

TEST_F(ClientTest, WillNotSendAForgedRequest) {
    start();
    auto c = client();
    expect_kind(ask(c, Verb::get, "/hello HTTP/1.1\r\nX: y"), Kind::protocol);
    expect_kind(ask(c, Verb::get, "hello"), Kind::protocol);
    expect_kind(ask(c, Verb::other, "/hello"), Kind::protocol);
    Headers forged{{"X", "1\r\nY: 2"}};
    expect_kind(testing::run(io_, c.request(Verb::get, "/hello", forged, "", kPlenty)),
                Kind::protocol);
}

TEST_F(ClientTest, CloseEndsARequestUnderWay) {
    start();
    auto c = client();
    std::optional<ClientResult> answer;
    boost::asio::co_spawn(io_, c.request(Verb::get, "/slow/20000", {}, "", kPlenty),
                          [&](std::exception_ptr, ClientResult result) { answer = result; });
    ASSERT_TRUE(testing::run_until(io_, [&] { return server_->connections() == 1; }));
    c.close();
    ASSERT_TRUE(testing::run_until(io_, [&] { return answer.has_value(); }));
    expect_kind(*answer, Kind::broken);
    EXPECT_TRUE(ask(c, Verb::get, "/hello"));
}

TEST_F(ClientTest, ASecondRequestAtOnceIsAnError) {
    start();
    auto c = client();
    std::optional<ClientResult> first;
    boost::asio::co_spawn(io_, c.request(Verb::get, "/slow/50", {}, "", kPlenty),
                          [&](std::exception_ptr, ClientResult result) { first = result; });
    EXPECT_THROW(ask(c, Verb::get, "/hello"), std::logic_error);
    ASSERT_TRUE(testing::run_until(io_, [&] { return first.has_value(); }));
    EXPECT_TRUE(*first) << "the first is not harmed";
}

boost::asio::awaitable<bool> give_up_early(Client& c) {
    using boost::asio::experimental::awaitable_operators::operator||;
    auto request = c.request(Verb::get, "/slow/20000", Headers(), "", kPlenty);
    auto limit = testing::pause(milliseconds(30));
    auto winner = co_await (std::move(request) || std::move(limit));
    co_return winner.index() == 1;
}

TEST_F(ClientTest, SurvivesCancellation) {
    start();
    auto c = client();
    EXPECT_TRUE(testing::run(io_, give_up_early(c)));
    EXPECT_FALSE(c.connected());
    const auto answer = ask(c, Verb::get, "/hello");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, R"({"hello":"world"})");
}

TEST_F(ClientTest, MayBeDestroyedDuringARequest) {
    start();
    std::optional<ClientResult> answer;
    {
        auto c = client();
        boost::asio::co_spawn(io_, c.request(Verb::get, "/slow/20000", {}, "", kPlenty),
                              [&](std::exception_ptr, ClientResult result) { answer = result; });
        ASSERT_TRUE(testing::run_until(io_, [&] { return server_->connections() == 1; }));
    }
    ASSERT_TRUE(testing::run_until(io_, [&] { return answer.has_value(); }));
    expect_kind(*answer, Kind::broken);
}

TEST_F(ClientTest, TheIoContextMayGoDuringARequest) {
    start();
    auto c = std::make_unique<Client>(client());
    boost::asio::co_spawn(io_, c->request(Verb::get, "/slow/20000", {}, "", kPlenty),
                          [](std::exception_ptr, ClientResult) {});
    ASSERT_TRUE(testing::run_until(io_, [&] { return server_->connections() == 1; }));
    c.reset();  // and the fixture destroys the io_context with all frames in it
}

TEST_F(ClientTest, AnEarlyRefusalOfALargeBodyIsRead) {
    const std::string refusal =
        "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig";
    auto server = scripted({{{refusal, Then::hang}}});
    auto c = to(server);
    const auto answer = ask(c, Verb::get, "/small");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 413);
    EXPECT_FALSE(c.connected());
}

}  // namespace
}  // namespace aimem::http
