#include "federation/http/query.h"

#include <gtest/gtest.h>

namespace aimem::http {
namespace {

TEST(Query, DecodesPercentAndPlus) {
    const auto query = Query::parse("q=a%20b+c&name=%C3%A9&empty=&flag&=x");
    ASSERT_TRUE(query) << query.error().message;
    EXPECT_EQ(query->get("q"), "a b c");
    EXPECT_EQ(query->get("name"), "é");
    EXPECT_EQ(query->get("empty"), "");
    EXPECT_EQ(query->get("flag"), "");
    EXPECT_EQ(query->get(""), "x");
    EXPECT_EQ(query->get("absent"), std::nullopt);
}

TEST(Query, KeepsDuplicatesCountable) {
    const auto query = Query::parse("limit=1&limit=2&&since=x");
    ASSERT_TRUE(query);
    EXPECT_EQ(query->get("limit"), "1");
    EXPECT_EQ(query->count("limit"), 2u);
    EXPECT_EQ(query->count("since"), 1u);
    EXPECT_EQ(query->count("absent"), 0u);
    EXPECT_EQ(query->pairs().size(), 3u);
}

TEST(Query, AnEqualsSignInTheValueStays) {
    const auto query = Query::parse("q=a=b");
    ASSERT_TRUE(query);
    EXPECT_EQ(query->get("q"), "a=b");
}

TEST(Query, RefusesBadEscapesAndNonUtf8) {
    for (const char* text : {"q=%", "q=%2", "q=%zz", "%g0=1", "q=%ff", "q=%C3", "q=%ED%A0%80",
                             "q=%C0%AF", "q=%F5%80%80%80"}) {
        const auto query = Query::parse(text);
        ASSERT_FALSE(query) << text;
        EXPECT_EQ(query.error().code, Errc::invalid_argument);
    }
}

TEST(Query, BoundsTheNumberOfPairs) {
    std::string text;
    for (std::size_t i = 0; i < kQueryPairsMax; ++i) text += "a=1&";
    EXPECT_TRUE(Query::parse(text));
    EXPECT_FALSE(Query::parse(text + "a=1"));
}

TEST(RawQueryValue, ReadsAsTheOldServerReadsItsKey) {
    EXPECT_EQ(raw_query_value("x=1&api_key=a+b%2Bc", "api_key"), "a+b+c");
    EXPECT_EQ(raw_query_value("api_key=a%zzb%", "api_key"), "a%zzb%");
    EXPECT_EQ(raw_query_value("api_key=", "api_key"), "");
    EXPECT_EQ(raw_query_value("xapi_key=1", "api_key"), std::nullopt);
}

TEST(PercentCoding, EncodesAllButUnreserved) {
    EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(percent_encode("a b/é?+"), "a%20b%2F%C3%A9%3F%2B");
}

TEST(PercentCoding, DecodesWhatItEncodes) {
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    EXPECT_EQ(percent_decode(percent_encode(all)), all);
    EXPECT_EQ(percent_decode("a+b"), "a+b");
    EXPECT_EQ(percent_decode("%4"), std::nullopt);
}

TEST(Utf8, AcceptsTheEdgesAndNoMore) {
    for (const char* good : {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                             "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
        EXPECT_TRUE(is_utf8(good)) << percent_encode(good);
    for (const char* bad :
         {"\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\x80", "\xED\xA0\x80", "\xF0\x8F\x80\x80",
          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "a\xE2\x82"})
        EXPECT_FALSE(is_utf8(bad)) << percent_encode(bad);
}

}  // namespace
}  // namespace aimem::http
