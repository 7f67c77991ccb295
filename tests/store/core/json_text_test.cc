// The quick way of reading JSON says what the library says, about what is JSON and what is not.
// SPDX-License-Identifier: Apache-2.0
#include "store/model/json_text.h"

#include "store/model/strict_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>

namespace aimem {
namespace {

using nlohmann::json;

json by_the_library(std::string_view text) {
    return json::parse(text, nullptr, false);
}

// As equal as it gets: 1 and 1.0, or 1 and an unsigned 1, are not.
bool same(const json& a, const json& b) {
    if (a.type() != b.type()) return false;
    if (!a.is_structured()) return a == b || a.is_discarded();
    if (a.size() != b.size()) return false;
    for (auto one = a.begin(), other = b.begin(); one != a.end(); ++one, ++other)
        if ((a.is_object() && one.key() != other.key()) || !same(*one, *other)) return false;
    return true;
}

class SomeJson {
public:
    explicit SomeJson(std::uint32_t seed) : dice_(seed) {}

    std::string text() {
        std::string out = value(4);
        for (int changes = below(3); changes > 0; --changes) change(out);
        return out;
    }

private:
    int below(int n) { return static_cast<int>(dice_() % static_cast<unsigned>(n)); }
    std::string_view space() {
        static constexpr std::array<std::string_view, 6> kSpaces{"", "", "", " ", "\n ", "\t\r"};
        return kSpaces.at(dice_() % kSpaces.size());
    }
    std::string plain() {
        static constexpr std::array<std::string_view, 22> kPlain{"0",
                                                                 "-0",
                                                                 "7",
                                                                 "-12",
                                                                 "1.0",
                                                                 "-0.0",
                                                                 "0.25",
                                                                 "1e3",
                                                                 "2E-7",
                                                                 "1e400",
                                                                 "1e-400",
                                                                 "18446744073709551615",
                                                                 "18446744073709551616",
                                                                 "-9223372036854775808",
                                                                 "-9223372036854775809",
                                                                 "01",
                                                                 "1.",
                                                                 ".5",
                                                                 "true",
                                                                 "false",
                                                                 "null",
                                                                 "nul"};
        return std::string(kPlain.at(dice_() % kPlain.size()));
    }
    std::string string() {
        static constexpr std::array<std::string_view, 14> kPieces{
            "a", "memory ", "\\n",  "\\\"", "\\\\", "\\/",   "\\u00e9",
            "é", "日本",    "\x7f", "{",    "}",    "[1,2]", "kestrel at sea"};
        std::string out = "\"";
        for (int pieces = below(5); pieces > 0; --pieces)
            out += kPieces.at(dice_() % kPieces.size());
        return out + "\"";
    }
    std::string value(int levels) {
        std::string out(space());
        const int kind = below(levels > 0 ? 6 : 3);
        if (kind == 0) {
            out += plain();
        } else if (kind < 3) {
            out += string();
        } else {
            const bool object = kind < 5;
            out += object ? "{" : "[";
            out += space();
            for (int members = below(4); members > 0; --members) {
                if (object) out += string() + std::string(space()) + ":";
                out += value(levels - 1);
                if (members > 1) out += ",";
                if (object) out += space();
            }
            out += object ? "}" : "]";
        }
        return out += space();
    }
    void change(std::string& text) {
        static constexpr std::string_view kBytes = "{}[]\",:\\0-.e \xff\xc3\x01t";
        if (text.empty()) return;
        const std::size_t at = dice_() % text.size();
        switch (below(3)) {
            case 0: text.erase(at, 1); break;
            case 1: text.insert(at, 1, kBytes[dice_() % kBytes.size()]); break;
            default: text[at] = kBytes[dice_() % kBytes.size()];
        }
    }

    std::mt19937 dice_;
};

TEST(JsonText, ReadsWhatTheLibraryReads) {
    const std::uint32_t seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    SomeJson some(seed);
    int valid = 0;
    constexpr int kTexts = 20'000;
    for (int i = 0; i < kTexts; ++i) {
        const std::string text = some.text();
        const json expected = by_the_library(text);
        valid += expected.is_discarded() ? 0 : 1;
        ASSERT_TRUE(same(parse_json(text), expected)) << text;
    }
    EXPECT_GT(valid, kTexts / 10);
    EXPECT_LT(valid, kTexts * 9 / 10);
}

TEST(JsonText, WhatOnlyTheLibraryReadsIsLeftToIt) {
    using namespace std::string_view_literals;
    for (const std::string_view text :
         {"{}\0x"sv, "\xef\xbb\xbf[1]"sv, R"("\ud83d\ude00")"sv, R"("\ud83d")"sv, R"("\/\u0041")"sv,
          "\"a\x01\""sv, "\"\xc0\x80\""sv, "\"\xed\xa0\x80\""sv, "[1] [2]"sv, ""sv, " "sv})
        EXPECT_TRUE(same(parse_json(text), by_the_library(text))) << testing::PrintToString(text);
}

TEST(JsonText, AMemberThatIsThereTwiceIsTheLast) {
    for (const char* text : {R"({"a":1,"a":{"b":2}})", R"({"a":{"b":2},"a":{}})", R"([[],[{}]])"})
        EXPECT_TRUE(same(parse_json(text), by_the_library(text))) << text;
}

TEST(JsonText, HoweverDeepItDoesNotMatter) {
    std::string text;
    for (int levels = 0; levels < 40; ++levels) {
        text = levels % 2 == 0 ? "[" + text + "]" : "{\"a\":" + text + "}";
        EXPECT_TRUE(same(parse_json(text), by_the_library(text))) << text;
    }
}

// By the rule, one byte at a time.
std::size_t string_end_by_bytes(std::string_view text, std::size_t at) {
    for (; at < text.size() && text[at] != '"'; ++at)
        if (text[at] == '\\') ++at;
    return std::min(at, text.size());
}

TEST(JsonText, AStringEndsAtTheFirstQuoteThatIsNotEscaped) {
    const std::uint32_t seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 dice(seed);
    for (int i = 0; i < 5'000; ++i) {
        std::string text;
        for (std::size_t size = dice() % 24; size > 0; --size) text += "\\\"ab"[dice() % 4];
        for (std::size_t at = 0; at <= text.size(); ++at)
            ASSERT_EQ(string_end(text, at), string_end_by_bytes(text, at))
                << text << " from " << at;
    }
}

}  // namespace
}  // namespace aimem
