#include "store/query/fts_query.h"

#include "store/model/limits.h"

#include <gtest/gtest.h>

namespace aimem::query {
namespace {

using Words = std::vector<std::string>;

struct Example {
    std::string question;
    Words terms;
};

TEST(QueryTerms, AreCleanedAndDistinct) {
    const std::vector<Example> table{
        {"kestrel runner", {"kestrel", "runner"}},
        {"  kestrel\t\n runner ", {"kestrel", "runner"}},
        {"Kestrel kestrel KESTREL", {"Kestrel"}},
        {"kestrel, kestrel; (kestrel)", {"kestrel,"}},
        {"\"kestrel\" run* ^first {a}b c:d |e+f", {"kestrel", "run", "first", "ab", "cd", "ef"}},
        {"foo-bar it's v0.6.3", {"foo-bar", "it's", "v0.6.3"}},
        {"kestrel AND runner or NOT near nothing", {"kestrel", "runner", "nothing"}},
        {"k\xe2\x80\x8b"
         "estrel soft\xc2\xadhyphen",
         {"kestrel", "softhyphen"}},
        {"na\xc3\xafve caf\xc3\xa9\xe3\x80\x80\xe6\x9d\xb1\xe4\xba\xac",
         {"na\xc3\xafve", "caf\xc3\xa9", "\xe6\x9d\xb1\xe4\xba\xac"}},
        {std::string("nul\0inside", 10), {"nul", "inside"}},
        {"bell\x07"
         "tower",
         {"bell", "tower"}},
    };
    for (const Example& row : table)
        EXPECT_EQ(query_terms(row.question), row.terms) << row.question;
}

TEST(QueryTerms, StopWordsGoUnlessNothingElseWasSaid) {
    const std::vector<Example> table{
        {"what is the kestrel", {"kestrel"}},      {"What Is The, Kestrel?", {"Kestrel?"}},
        {"what is the", {"what", "is", "the"}},    {"the \"the\" THE", {"the"}},
        {"their theirs theirloom", {"theirloom"}},
    };
    for (const Example& row : table)
        EXPECT_EQ(query_terms(row.question), row.terms) << row.question;
}

TEST(QueryTerms, AreNoneWhereThereIsNoWord) {
    for (const char* question :
         {"", "   ", "***", "\"\" ^ ()", "- -- --- ...", "AND OR NOT", "\xe2\x80\x94 \xe2\x86\x92",
          "\xf0\x9f\xa6\x8a", "\xe2\x80\x8b\xef\xbb\xbf", "\xc2\xa7 \xe2\x80\x9c\xe2\x80\x9d"})
        EXPECT_TRUE(query_terms(question).empty()) << question;
}

TEST(QueryTerms, AreBoundedInNumberAndLength) {
    std::string many;
    for (int i = 0; i < 10'000; ++i) many += "word" + std::to_string(i) + " ";
    EXPECT_EQ(query_terms(many).size(), limits::query_terms);
    EXPECT_EQ(query_terms(many).front(), "word0");

    const auto one = query_terms(std::string(100'000, 'x'));
    ASSERT_EQ(one.size(), 1u);
    EXPECT_EQ(one.front().size(), 256u);
    std::string umlauts = "x";
    for (int i = 0; i < 1'000; ++i) umlauts += "\xc3\xa4";
    EXPECT_EQ(query_terms(umlauts).front().size(), 255u) << "cut between characters only";
}

TEST(QueryTerms, AnyBytesGetThrough) {
    EXPECT_EQ(query_terms("\xff\xfe kestrel \xc3"), (Words{"\xff\xfe", "kestrel", "\xc3"}));
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    EXPECT_FALSE(query_terms(all).empty());
}

TEST(QueryTerms, BareOnesCompare) {
    EXPECT_EQ(bare_terms("The (Kestrel), \"runner\"?!"), (Words{"kestrel", "runner"}));
    EXPECT_EQ(bare_terms("'foo-bar'"), (Words{"foo-bar"}));
}

TEST(Expressions, QuoteWhatTheyHold) {
    EXPECT_EQ(word("a\"b", 3).text, "\"a\"\"b\"");
    EXPECT_EQ(word("a\"b", 3).phrases, std::vector<int>{3});
    EXPECT_EQ(word(std::string_view("a\0b", 3), 0).text, "\"a b\"");
}

TEST(Expressions, JoinAndKeepCountOfTheirPhrases) {
    const Expression a = word("a", 0);
    const Expression b = word("b", 1);
    const Expression c = word("c", 2);
    EXPECT_EQ(any_of({a, b}).text, "(\"a\") OR (\"b\")");
    EXPECT_EQ(all_of({a, Expression{}, b}).text, "(\"a\") AND (\"b\")");
    EXPECT_EQ(all_of({}).text, "");
    EXPECT_EQ(any_pair_of({a, b, c}).phrases, (std::vector<int>{0, 1, 2, 1, 2}));
    EXPECT_EQ(with_optional(a, Expression{}, a).text, a.text);
    EXPECT_EQ(with_optional(a, b, a).phrases, (std::vector<int>{0, 1, 0}));
    EXPECT_EQ(with_optional(a, b, a).text, all_of({a, any_of({b, a})}).text);
    EXPECT_EQ(any_pair_of({a, b, c}).text,
              any_of({all_of({a, any_of({b, c})}), all_of({b, any_of({c})})}).text);
    EXPECT_EQ(all_of({in_namespaces({"x", "y"}), a}).phrases, (std::vector<int>{-1, -1, 0}));
}

TEST(Expressions, ATagWithoutAWordDoesNotNarrow) {
    EXPECT_TRUE(of_tag("***").text.empty());
    EXPECT_FALSE(of_tag("c++").text.empty());
}

}  // namespace
}  // namespace aimem::query
