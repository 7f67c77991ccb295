#include "federation/http/server.h"

#include "tests/federation/http/http_fixture.h"

#include <boost/asio/co_spawn.hpp>

namespace aimem::http {
namespace {

using Clock = std::chrono::steady_clock;
using testing::RawClient;

const std::string kGetHello = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string kGetHelloAndClose = "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

class ServerTest : public HttpFixture {};

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
}

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
    start();
    auto c = client();
    for (int i = 0; i < 3; ++i) {
        const auto answer = ask(c, Verb::get, "/hello");
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->status, 200);
        EXPECT_EQ(answer->body, R"({"hello":"world"})");
        EXPECT_EQ(answer->content_type, "application/json");
        EXPECT_TRUE(answer->header("date"));
        EXPECT_EQ(server_->connections(), 1u);
    }
}

TEST_F(ServerTest, HandsOverBodyQueryAndHeaders) {
    start();
    auto c = client();
    const std::string body(1'500'000, 'x');
    Headers headers{{"X-Key", "a\xE2\x86\x92z"}};  // obs-text
    const auto answer =
        testing::run(io_, c.request(Verb::post, "/echo?a=1&b=%20", headers, body, kPlenty));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, body);
    EXPECT_EQ(answer->header("x-query"), "a=1&b=%20");
    EXPECT_EQ(answer->header("x-key"), "a\xE2\x86\x92z");
}

TEST_F(ServerTest, SendsLargeAnswersWhole) {
    start();
    auto c = client();
    for (const std::size_t size : {16'384u, 16'385u, 7'000'000u}) {
        const auto answer = ask(c, Verb::get, "/big/" + std::to_string(size));
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->body, std::string(size, 'b'));
    }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    start();
    const std::string post = "POST /echo HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
    const std::string all = raw({"GET /slow/20 HTTP/1.1\r\n\r\n" + post + kGetHelloAndClose});
    const auto slow = all.find("slow");
    const auto echo = all.find("abc");
    const auto hello = all.find("world");
    ASSERT_NE(hello, std::string::npos) << all;
    EXPECT_LT(slow, echo);
    EXPECT_LT(echo, hello);
    EXPECT_EQ(count(all, "HTTP/1.1 200 OK\r\n"), 3u);
}

TEST_F(ServerTest, ReadsARequestThatComesInPieces) {
    start();
    const std::string all = raw({"POST /ec", "ho HTTP/1.1\r\nContent-Le", "ngth: 6\r\n\r", "\nabc",
                                 "def" + kGetHelloAndClose},
                                milliseconds(5));
    EXPECT_NE(all.find("abcdef"), std::string::npos) << all;
    EXPECT_NE(all.find("world"), std::string::npos);
}

TEST_F(ServerTest, ReadsChunkedBodies) {
    start();
    const std::string all =
        raw({"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
             "Connection: close\r\n\r\n3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\n"
             "X-Trailer: t\r\n\r\n"});
    EXPECT_NE(all.find("\r\n\r\nabcde"), std::string::npos) << all;
    EXPECT_EQ(all.find("railer"), std::string::npos) << "a trailer is no header";
}

TEST_F(ServerTest, HeadGetsTheHeadOfGetOnly) {
    start();
    const std::string all = raw({"HEAD /hello HTTP/1.1\r\nConnection: close\r\n\r\n"});
    EXPECT_NE(all.find("Content-Length: 17\r\n"), std::string::npos) << all;
    EXPECT_TRUE(all.ends_with("\r\n\r\n"));
    auto c = client();
    const auto head = ask(c, Verb::head, "/hello");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->body, "");
    EXPECT_TRUE(ask(c, Verb::get, "/hello"));
    EXPECT_EQ(server_->connections(), 1u);
}

TEST_F(ServerTest, OptionsIsAnsweredEmpty) {
    start();
    auto c = client();
    const auto answer = ask(c, Verb::options, "/anything");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "");
    EXPECT_EQ(answer->content_type, "");
}

TEST_F(ServerTest, NoContentHasNeitherBodyNorLength) {
    start();
    auto c = client();
    const auto answer = ask(c, Verb::del, "/nothing");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 204);
    EXPECT_FALSE(answer->header("content-length"));
    EXPECT_TRUE(ask(c, Verb::get, "/hello"));
}

TEST_F(ServerTest, SpeaksHttp10) {
    start();
    const std::string once = raw({"GET /hello HTTP/1.0\r\n\r\n"});
    EXPECT_TRUE(once.starts_with("HTTP/1.0 200 OK\r\n")) << once;
    EXPECT_NE(once.find("Connection: close"), std::string::npos);
    const std::string twice =
        raw({"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
             "GET /hello HTTP/1.0\r\n\r\n"});
    EXPECT_EQ(count(twice, "world"), 2u) << twice;
    EXPECT_NE(twice.find("Connection: keep-alive"), std::string::npos);
}

TEST_F(ServerTest, TakesTheAbsoluteFormOfATarget) {
    start();
    const std::string all = raw({"GET http://x:1/hello HTTP/1.1\r\nConnection: close\r\n\r\n"});
    EXPECT_NE(all.find("world"), std::string::npos) << all;
}

TEST_F(ServerTest, InvitesABodyThatWaitsForIt) {
    start();
    RawClient c(io_.get_executor());
    testing::run(io_, c.connect(server_->port()));
    testing::run(io_, c.send("POST /echo HTTP/1.1\r\nContent-Length: 3\r\n"
                             "Expect: 100-continue\r\nConnection: close\r\n\r\n"));
    EXPECT_EQ(testing::run(io_, c.read_some()), "HTTP/1.1 100 Continue\r\n\r\n");
    testing::run(io_, c.send("abc"));
    EXPECT_TRUE(testing::run(io_, c.read_to_end()).ends_with("\r\n\r\nabc"));
}

TEST_F(ServerTest, AHandlerThatThrowsMakesA500WithoutItsDetail) {
    start();
    auto c = client();
    for (const char* path : {"/throws", "/throws/at/once"}) {
        const auto answer = ask(c, Verb::get, path);
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ(answer->status, 500);
        EXPECT_EQ(answer->body, R"({"error":"internal server error"})");
    }
    EXPECT_TRUE(ask(c, Verb::get, "/hello"));
}

TEST_F(ServerTest, AHeaderCannotForgeAnother) {
    start();
    auto c = client();
    const auto answer = ask(c, Verb::get, "/forge");
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->header("x-forged"));
}

TEST_F(ServerTest, ABodyOverTheLimitIsRefusedAndTheRefusalArrives) {
    start();
    const std::size_t limit = ServerOptions().body_max;
    auto c = client();
    const auto fits = ask(c, Verb::post, "/echo", std::string(limit, 'x'));
    ASSERT_TRUE(fits) << fits.error().message;
    EXPECT_EQ(fits->status, 200);
    const auto over = ask(c, Verb::post, "/echo", std::string(limit + 1, 'x'));
    ASSERT_TRUE(over) << over.error().message;
    EXPECT_EQ(over->status, 413);
    EXPECT_EQ(over->content_type, "application/json");
    EXPECT_TRUE(over->body.starts_with(R"({"error":"Failed to buffer the request body)"));

    std::string chunks = "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 40; ++i) chunks += "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
    EXPECT_TRUE(raw({chunks}).starts_with("HTTP/1.1 413 "));
    EXPECT_TRUE(raw({"POST /echo HTTP/1.1\r\nContent-Length: 99999999999\r\n"
                     "Expect: 100-continue\r\n\r\n"})
                    .starts_with("HTTP/1.1 413 "));
}

TEST_F(ServerTest, MalformedRequestsGetA400AndTheConnectionEnds) {
    start();
    const char* cases[] = {
        "hello\r\n\r\n",
        "GET /hello HTTP/2.0\r\n\r\n",
        "GET  /hello HTTP/1.1\r\n\r\n",
        "GET hello HTTP/1.1\r\n\r\n",
        "GET /he\x01llo HTTP/1.1\r\n\r\n",
        "GET /hello HTTP/1.1\r\nBad Name: 1\r\n\r\n",
        "GET /hello HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /hello HTTP/1.1\r\nX: a\x01z\r\n\r\n",
        "POST /echo HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST /echo HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST /echo HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
        "\x16\x03\x01\x02",  // a TLS hello at a plain door
    };
    for (const char* bytes : cases) {
        const std::string all = raw({bytes});
        EXPECT_TRUE(all.starts_with("HTTP/1.1 400 Bad Request\r\n")) << bytes << " -> " << all;
        EXPECT_NE(all.find("application/json"), std::string::npos) << all;
        EXPECT_NE(all.find(R"({"error":")"), std::string::npos) << all;
        EXPECT_NE(all.find("Connection: close"), std::string::npos);
    }
    auto c = client();
    EXPECT_TRUE(ask(c, Verb::get, "/hello"));
}

TEST_F(ServerTest, HeadersOverTheLimitAreRefusedHoweverTheyAreCut) {
    start();
    const std::string one = "GET /hello HTTP/1.1\r\nX: " + std::string(17'000, 'x') + "\r\n\r\n";
    EXPECT_TRUE(raw({one}).starts_with("HTTP/1.1 431 "));
    std::vector<std::string> many{"GET /hello HTTP/1.1\r\n"};
    for (int i = 0; i < 40; ++i) many.push_back("X: " + std::string(500, 'x') + "\r\n");
    many.emplace_back("\r\n");
    EXPECT_TRUE(raw(many, milliseconds(1)).starts_with("HTTP/1.1 431 "));
    EXPECT_TRUE(raw({"GET /" + std::string(17'000, 'x') + " HTTP/1.1\r\n\r\n"})
                    .starts_with("HTTP/1.1 431 "));
    EXPECT_TRUE(raw({"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
                     std::string(40'000, 'x')})
                    .starts_with("HTTP/1.1 4"));
}

TEST_F(ServerTest, ATrickledHeaderMeetsTheDeadlineOfTheWholeRequest) {
    ServerOptions options;
    options.request_timeout = milliseconds(100);
    options.idle_timeout = milliseconds(5'000);
    start(options);
    std::vector<std::string> bytes;
    for (const char c : kGetHello) bytes.emplace_back(1, c);
    const auto began = Clock::now();
    EXPECT_EQ(raw(bytes, milliseconds(20)), "");  // 35 bytes would take 700 ms
    EXPECT_LT(Clock::now() - began, milliseconds(600));
    EXPECT_TRUE(testing::run_until(io_, [&] { return server_->connections() == 0; }));
}

TEST_F(ServerTest, ATrickledBodyMeetsItToo) {
    ServerOptions options;
    options.request_timeout = milliseconds(100);
    start(options);
    std::vector<std::string> pieces{"POST /echo HTTP/1.1\r\nContent-Length: 50\r\n\r\n"};
    for (int i = 0; i < 50; ++i) pieces.emplace_back("x");
    EXPECT_EQ(raw(pieces, milliseconds(20)), "");
}

TEST_F(ServerTest, AHandlerMayTakeLongerThanTheRequestTimeout) {
    ServerOptions options;
    options.request_timeout = milliseconds(40);
    options.idle_timeout = milliseconds(40);
    start(options);
    auto c = client();
    const auto answer = ask(c, Verb::get, "/slow/200");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "slow");
}

TEST_F(ServerTest, AnIdleConnectionIsClosed) {
    ServerOptions options;
    options.idle_timeout = milliseconds(50);
    start(options);
    EXPECT_EQ(raw({}), "");  // never says a word
    const std::string once = raw({kGetHello});
    EXPECT_EQ(count(once, "world"), 1u);
    EXPECT_TRUE(testing::run_until(io_, [&] { return server_->connections() == 0; }));
}

TEST_F(ServerTest, OneConnectionTooManyIsToldSo) {
    ServerOptions options;
    options.connections_max = 2;
    start(options);
    auto a = client();
    auto b = client();
    ASSERT_TRUE(ask(a, Verb::get, "/hello"));
    ASSERT_TRUE(ask(b, Verb::get, "/hello"));
    auto c = client();
    const auto refused = ask(c, Verb::get, "/hello");
    ASSERT_TRUE(refused) << refused.error().message;
    EXPECT_EQ(refused->status, 503);
    EXPECT_EQ(refused->header("retry-after"), "1");
    EXPECT_TRUE(ask(a, Verb::get, "/hello"));
    a.close();
    c.close();
    ASSERT_TRUE(testing::run_until(io_, [&] { return server_->connections() == 1; }));
    EXPECT_EQ(ask(c, Verb::get, "/hello")->status, 200);
}

TEST_F(ServerTest, StopClosesIdleConnectionsAndLetsBusyOnesFinish) {
    start();
    auto idle = client();
    ASSERT_TRUE(ask(idle, Verb::get, "/hello"));
    auto busy = client();
    std::optional<ClientResult> answer;
    boost::asio::co_spawn(io_, busy.request(Verb::get, "/slow/150", {}, "", kPlenty),
                          [&](std::exception_ptr, ClientResult result) { answer = result; });
    ASSERT_TRUE(testing::run_until(io_, [&] { return server_->connections() == 2; }));
    testing::run(io_, testing::pause(milliseconds(30)));  // its request is in the handler by now
    const auto port = server_->port();
    testing::run(io_, server_->stop(kPlenty));
    EXPECT_EQ(server_->connections(), 0u);
    ASSERT_TRUE(testing::run_until(io_, [&] { return answer.has_value(); }));
    ASSERT_TRUE(*answer) << answer->error().message;
    EXPECT_EQ((*answer)->body, "slow");
    EXPECT_EQ((*answer)->header("connection"), "close");
    auto late =
        Client(io_.get_executor(), parse_url("http://127.0.0.1:" + std::to_string(port)).value());
    const auto refused = ask(late, Verb::get, "/hello");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ClientError::Kind::refused);
}

TEST_F(ServerTest, StopCutsOffWhatOutlastsTheGrace) {
    start();
    auto busy = client();
    std::optional<ClientResult> answer;
    boost::asio::co_spawn(io_, busy.request(Verb::get, "/slow/20000", {}, "", kPlenty),
                          [&](std::exception_ptr, ClientResult result) { answer = result; });
    ASSERT_TRUE(testing::run_until(io_, [&] { return server_->connections() == 1; }));
    testing::run(io_, testing::pause(milliseconds(20)));
    const auto began = Clock::now();
    testing::run(io_, server_->stop(milliseconds(60)));
    EXPECT_LT(Clock::now() - began, milliseconds(3'000));
    EXPECT_EQ(server_->connections(), 0u);
    ASSERT_TRUE(testing::run_until(io_, [&] { return answer.has_value(); }));
}

TEST_F(ServerTest, MayBeDestroyedWithConnectionsOpen) {
    start();
    auto busy = client();
    std::optional<ClientResult> answer;
    boost::asio::co_spawn(io_, busy.request(Verb::get, "/slow/20000", {}, "", kPlenty),
                          [&](std::exception_ptr, ClientResult result) { answer = result; });
    ASSERT_TRUE(testing::run_until(io_, [&] { return server_->connections() == 1; }));
    server_.reset();
    ASSERT_TRUE(testing::run_until(io_, [&] { return answer.has_value(); }));
    ASSERT_FALSE(*answer);
    EXPECT_EQ(answer->error().kind, ClientError::Kind::broken);
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
    start();
    ServerOptions taken;
    taken.port = server_->port();
    Server second(io_.get_executor(), router_, taken);
    const auto bound = second.bind();
    ASSERT_FALSE(bound);
    EXPECT_NE(bound.error().message.find("cannot listen on 127.0.0.1:"), std::string::npos);
    ServerOptions nowhere;
    nowhere.host = "no-such-host.invalid";
    Server third(io_.get_executor(), router_, nowhere);
    EXPECT_FALSE(third.bind());
}

TEST_F(ServerTest, BindsNamesAndBrackets) {
    for (const char* host : {"localhost", "::1", "[::1]"}) {
        ServerOptions options;
        options.host = host;
        Server server(io_.get_executor(), router_, options);
        const auto bound = server.bind();
        if (!bound && std::string(host) != "localhost") continue;  // a machine without IPv6
        EXPECT_TRUE(bound) << bound.error().message;
        EXPECT_NE(server.port(), 0);
    }
}

}  // namespace
}  // namespace aimem::http
