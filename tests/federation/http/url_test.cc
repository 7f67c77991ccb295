#include "federation/http/url.h"

#include <gtest/gtest.h>

namespace aimem::http {
namespace {

TEST(Url, ReadsItsParts) {
    const auto url = parse_url("HTTPS://Node-1.Example:8443/ai/memory//");
    ASSERT_TRUE(url) << url.error().message;
    EXPECT_TRUE(url->tls);
    EXPECT_EQ(url->host, "node-1.example");
    EXPECT_EQ(url->port, 8443);
    EXPECT_EQ(url->base, "/ai/memory");
    EXPECT_FALSE(url->is_literal);
    EXPECT_EQ(url->authority(), "node-1.example:8443");
    EXPECT_EQ(url->text(), "https://node-1.example:8443/ai/memory");
}

TEST(Url, KnowsDefaultPortsAndLiterals) {
    const auto plain = parse_url("http://10.0.0.7");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->port, 80);
    EXPECT_EQ(plain->base, "");
    EXPECT_TRUE(plain->is_literal);
    EXPECT_EQ(plain->authority(), "10.0.0.7");
    const auto six = parse_url("https://[2001:DB8:0::1]:9077/");
    ASSERT_TRUE(six);
    EXPECT_EQ(six->host, "2001:db8::1");
    EXPECT_EQ(six->authority(), "[2001:db8::1]:9077");
    EXPECT_EQ(parse_url("https://x")->port, 443);
}

TEST(Url, CanonicalFormsMeetWhereTheDoorIsTheSame) {
    const auto canonical = [](const char* text) {
        return parse_url(text).value().canonical();
    };
    for (const char* same :
         {"http://localhost:9077", "http://127.0.0.1:9077/", "http://[::1]:9077",
          "HTTP://LOCALHOST:9077//", "http://localhost.:9077", "http://[::ffff:127.0.0.1]:9077"})
        EXPECT_EQ(canonical(same), canonical("http://localhost:9077")) << same;
    EXPECT_EQ(canonical("http://a"), canonical("http://A:80/"));
    EXPECT_EQ(canonical("https://a"), canonical("https://a:443"));
    EXPECT_EQ(canonical("http://[2001:db8:0:0::1]"), canonical("http://[2001:db8::1]:80"));
}

TEST(Url, CanonicalFormsDifferWhereTheDoorDoes) {
    const auto canonical = [](const char* text) {
        return parse_url(text).value().canonical();
    };
    EXPECT_NE(canonical("http://a"), canonical("https://a"));
    EXPECT_NE(canonical("http://a:1"), canonical("http://a:2"));
    EXPECT_NE(canonical("http://a/x"), canonical("http://a/y"));
    EXPECT_NE(canonical("http://a/X"), canonical("http://a/x"));
    EXPECT_NE(canonical("http://127.0.0.1:1"), canonical("http://127.0.0.2:1"));
}

struct BadUrl {
    const char* text;
    const char* complaint;
};

TEST(Url, SaysWhatIsWrong) {
    const BadUrl cases[] = {
        {"", "empty"},
        {"node-1:9077", "http:// or https://"},
        {"ftp://a", "http:// or https://"},
        {"http://", "names no host"},
        {"http://:80", "names no host"},
        {"http:///x", "names no host"},
        {"http://a:0", "1 to 65535"},
        {"http://a:65536", "1 to 65535"},
        {"http://a:", "1 to 65535"},
        {"http://a:x", "1 to 65535"},
        {"http://a:+80", "1 to 65535"},
        {"http://me@a", "user names"},
        {"http://a?x=1", "no query"},
        {"http://a/#x", "no query and no fragment"},
        {"http://a b", "percent-encoded"},
        {"http://a\r\nX: 1", "percent-encoded"},
        {"http://::1:80", "must stand in []"},
        {"http://[::1", "no ']'"},
        {"http://[::1]x", "may follow"},
        {"http://[abc]", "IPv6"},
        {"http://[z::1]", "neither a name nor"},
        {"http://a$b", "neither a name nor"},
    };
    for (const auto& [text, complaint] : cases) {
        const auto url = parse_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().code, Errc::invalid_argument);
        EXPECT_NE(url.error().message.find(complaint), std::string::npos)
            << text << ": " << url.error().message;
    }
    EXPECT_FALSE(parse_url("http://" + std::string(3000, 'a')));
}

}  // namespace
}  // namespace aimem::http
