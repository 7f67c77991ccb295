#include "tests/support/http.h"

#include "tests/support/http_message.h"
#include "tests/support/mock_peer.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem::test {
namespace {

TEST(HttpParser, TakesMessagesThatArriveByteByByte) {
    const std::string bytes =
        "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-A:  b \r\n\r\nokHTTP/1.1 204 None\r\n\r\n";
    HttpParser parser(HttpParser::Kind::reply);
    HttpMessage message;
    std::vector<HttpMessage> all;
    for (const char c : bytes) {
        parser.feed(std::string_view(&c, 1));
        if (parser.take(message)) all.push_back(message);
    }
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].body, "ok");
    EXPECT_EQ(all[0].header("x-a"), "b");
    EXPECT_EQ(all[1].first_line, "HTTP/1.1 204 None");
}

TEST(HttpParser, UnwrapsChunkedBodies) {
    HttpParser parser(HttpParser::Kind::reply);
    parser.feed(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    HttpMessage message;
    ASSERT_TRUE(parser.take(message));
    EXPECT_EQ(message.body, "abcde");
}

TEST(HttpParser, ABodyWithoutLengthEndsWithTheConnection) {
    HttpParser parser(HttpParser::Kind::reply);
    parser.feed("HTTP/1.1 200 OK\r\n\r\nall of it");
    HttpMessage message;
    EXPECT_FALSE(parser.take(message));
    parser.end_of_stream();
    ASSERT_TRUE(parser.take(message));
    EXPECT_EQ(message.body, "all of it");
}

TEST(HttpParser, RefusesWhatIsNotHttp) {
    HttpParser parser(HttpParser::Kind::reply);
    parser.feed("SSH-2.0\r\n\r\n");
    HttpMessage message;
    EXPECT_THROW(parser.take(message), std::runtime_error);
}

TEST(HttpClient, SendsTheBodyAndReadsTheAnswer) {
    MockPeer server;
    server.script([](const HttpMessage& request) {
        return MockAnswer{
            200, nlohmann::json{{"saw", request.first_line}, {"body", request.body}}.dump()};
    });
    HttpClient client(server.port());
    const Reply put = client.put("/a?b=c", {{"k", 1}});
    EXPECT_EQ(put.status, 200);
    EXPECT_EQ(put.json().at("saw"), "PUT /a?b=c HTTP/1.1");
    EXPECT_EQ(put.json().at("body"), R"({"k":1})");
    EXPECT_EQ(client.get("/x").json().at("saw"), "GET /x HTTP/1.1");
}

TEST(HttpClient, ASilentServerIsNoAnswerAtTheDeadline) {
    const MockPeer server(answers::hang());
    HttpClient client(server.port(), Millis(100));
    const Reply reply = client.post("/api/v1/sync/push", nlohmann::json::object());
    EXPECT_EQ(reply.status, 0);
    EXPECT_FALSE(reply.error.empty());
    EXPECT_EQ(server.pushes(), 1U);
}

TEST(HttpClient, ACutAnswerIsNoAnswer) {
    const MockPeer server(answers::cut_midway());
    HttpClient client(server.port(), Millis(2000));
    EXPECT_EQ(client.post("/api/v1/sync/push", nlohmann::json::object()).status, 0);
}

TEST(UrlEncode, KeepsOnlyUnreservedCharacters) {
    EXPECT_EQ(url_encode("a b/\xC3\xA9~"), "a%20b%2F%C3%A9~");
}

}  // namespace
}  // namespace aimem::test
