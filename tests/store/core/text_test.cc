// Hashes, instants and UTF-8: the small change of the store. SPDX-License-Identifier: Apache-2.0
#include "store/base/text.h"

#include "store/base/clock.h"
#include "store/base/hash.h"
#include "store/base/time_text.h"
#include "store/log/change.h"
#include "store/log/text_facets.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>
#include <string>

namespace aimem {
namespace {

TEST(Hash, IsSipHash24OfTheReferenceKey) {
    const std::pair<std::size_t, std::uint64_t> reference[] = {
        {0, 0x726fdb47dd0e0e31ULL},  {1, 0x74f839c593dc67fdULL},  {2, 0x0d6c8009d9a94f5aULL},
        {3, 0x85676696d7fb7e2dULL},  {4, 0xcf2794e0277187b7ULL},  {5, 0x18765564cd99a68dULL},
        {6, 0xcbc9466e58fee3ceULL},  {7, 0xab0200f58b01d137ULL},  {8, 0x93f5f5799a932462ULL},
        {15, 0xa129ca6149be45e5ULL}, {63, 0x958a324ceb064572ULL},
    };
    for (const auto& [size, expected] : reference) {
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(i));
        EXPECT_EQ(hash64(bytes), expected) << size;
    }
}

TEST(Hash, TheSaltChangesEverything) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t salt = 0; salt < 100; ++salt) seen.insert(hash64("one text", salt));
    EXPECT_EQ(seen.size(), 100u);
}

TEST(Hash, SignaturesTellStatesApartAndAreNeverNegative) {
    EXPECT_NE(sig_of(State::live, "{}"), sig_of(State::archived, "{}"));
    EXPECT_NE(sig_of(State::live, "{}"), sig_of(State::dead, "{}"));
    for (int i = 0; i < 1000; ++i) EXPECT_GE(sig_of(State::live, std::to_string(i)), 0);
}

TEST(Keys, TheEndsOfALinkAreNotExchangeableNorMergeable) {
    EXPECT_NE(link_key("a", "b", "supersedes"), link_key("b", "a", "supersedes"));
    EXPECT_NE(link_key("ab", "c", "supersedes"), link_key("a", "bc", "supersedes"));
    EXPECT_NE(link_key("a", "b", "supersedes"), link_key("a", "b", "contradicts"));
    EXPECT_EQ(link_key("a", "b", "supersedes").size(), 34u);
    EXPECT_EQ(id_of_key(memory_key("x:y")), "x:y");
}

// One byte at a time what text.cc does with eight.
TEST(Text, ThePlainStretchEndsAtTheFirstByteThatIsNotPlain) {
    const std::uint32_t seed = std::random_device{}();
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937 dice(seed);
    const auto is_plain = [](char c) {
        return c >= ' ' && c <= '~' && c != '"' && c != '\\';
    };
    for (int i = 0; i < 20'000; ++i) {
        std::string text(dice() % 40, 'x');
        for (char& c : text)
            if (dice() % 3 == 0) c = static_cast<char>(' ' + dice() % 95);
        if (!text.empty()) text[dice() % text.size()] = static_cast<char>(dice() % 256);
        const std::size_t from = dice() % (text.size() + 1);
        std::size_t expected = from;
        while (expected < text.size() && is_plain(text[expected])) ++expected;
        ASSERT_EQ(plain_end(text, from), expected) << testing::PrintToString(text);
    }
}

// What goes into the text index must be what its view shows, or a later removal breaks it.
TEST(TextIndex, TheHiddenColumnsAreThoseOfTheView) {
    test::Node node;
    int made = 0;
    const std::pair<std::string, bool> kinds[] = {
        {"{}", true},
        {R"({"scope":"team"})", true},
        {R"({"a":"b","scope":"org\"\n","z":"\\"})", true},
        {R"({"scope":7})", false},
        {R"({"n":{"m":1},"scope":"unit"})", false},
        {R"({"scope":null})", false},
    };
    for (const auto& [metadata, flat] : kinds)
        for (const int priority : {1, 5, 10})
            for (const Tier tier : {Tier::short_term, Tier::mid, Tier::long_term}) {
                StoreMemory op;
                op.title = "A-b_c/d.e:f  g \"\xc3\xa9\" aim0h " + std::to_string(made++);
                op.content = "text";
                op.ns = "n/\xc3\xa9";
                op.priority = priority;
                op.tier = tier;
                op.agent_id = made % 2 == 0 ? "ai:a-B.c" : "";
                Memory memory = *node.must(op).memory;
                memory.metadata = metadata;
                if (!op.agent_id.empty() && metadata != "{}")
                    memory.metadata.insert(1, R"("agent_id":"ai:a-B.c",)");
                node.db()
                    .sql("UPDATE memories SET metadata = ?2 WHERE id = ?1")
                    .bind(memory.id, memory.metadata)
                    .run();
                auto row = node.db()
                               .sql(
                                   "SELECT facets, weight FROM memories_indexed WHERE row = "
                                   "(SELECT rowid FROM memories WHERE id = ?1)")
                               .bind(memory.id);
                ASSERT_TRUE(row.step());
                const auto hidden = hidden_text_of(memory);
                ASSERT_EQ(hidden.has_value(), flat) << metadata;
                if (!hidden) continue;
                EXPECT_EQ(hidden->facets, row.string(0));
                EXPECT_EQ(hidden->weight, row.string(1));
            }
}

TEST(TimeText, PrintsNineDigitsAndTheOffset) {
    EXPECT_EQ(time_text(0), "1970-01-01T00:00:00.000000000+00:00");
    EXPECT_EQ(time_text(1'776'000'000'123'456'017), "2026-04-12T13:20:00.123456017+00:00");
    EXPECT_EQ(time_text(-1), "1969-12-31T23:59:59.999999999+00:00");
    EXPECT_EQ(time_text(951'782'400'000'000'000), "2000-02-29T00:00:00.000000000+00:00");
}

TEST(TimeText, WhatItPrintsItReadsAndTextOrderIsTimeOrder) {
    std::mt19937_64 random(test::test_seed());
    SCOPED_TRACE(test::test_seed());
    constexpr std::int64_t lowest = -8'000'000'000'000'000'000;
    std::int64_t last = lowest;
    std::string last_text = time_text(last);
    for (int i = 0; i < 2000; ++i) {
        // Unsigned, so that the sum may wrap on its way into [-8e18, 9e18).
        const auto next = static_cast<std::int64_t>(static_cast<std::uint64_t>(lowest) +
                                                    random() % 17'000'000'000'000'000'000ULL);
        const auto text = time_text(next);
        ASSERT_EQ(parse_time(text), next) << text;
        ASSERT_EQ(text < last_text, next < last) << text << ' ' << last_text;
        last = next;
        last_text = text;
    }
}

TEST(TimeText, ReadsEveryOffsetAndAnyNumberOfDigits) {
    const auto noon = parse_time("2026-05-01T12:00:00+00:00");
    ASSERT_TRUE(noon);
    for (const char* same :
         {"2026-05-01T12:00:00Z", "2026-05-01t12:00:00z", "2026-05-01 12:00:00-00:00",
          "2026-05-01T14:30:00+02:30", "2026-05-01T00:01:00-11:59", "2026-05-02T11:59:00+23:59",
          "2026-05-01T12:00:00.0Z", "2026-05-01T12:00:00.000000000999Z", "2026-05-01T11:59:60Z"})
        EXPECT_EQ(parse_time(same), noon) << same;
    EXPECT_EQ(parse_time("2026-05-01T12:00:00.5Z"), *noon + 500'000'000);
    EXPECT_EQ(parse_time("2026-05-01T12:00:00.120Z"), *noon + 120'000'000);
    EXPECT_EQ(parse_time("2026-05-01T12:00:00.000000001Z"), *noon + 1);
}

TEST(TimeText, RefusesWhatIsNoInstant) {
    for (const char* bad : {"",
                            "2026",
                            "2026-05-01",
                            "2026-05-01T12:00:00",
                            "2026-05-01T12:00Z",
                            "2026-13-01T12:00:00Z",
                            "2026-00-01T12:00:00Z",
                            "2026-02-29T12:00:00Z",
                            "2026-04-31T12:00:00Z",
                            "2026-05-00T12:00:00Z",
                            "2026-05-01T24:00:00Z",
                            "2026-05-01T12:60:00Z",
                            "2026-05-01T12:00:61Z",
                            "2026-05-01T12:00:00.Z",
                            "2026-05-01T12:00:00+0200",
                            "2026-05-01T12:00:00+24:00",
                            "2026-05-01T12:00:00+02:60",
                            "2026-05-01T12:00:00Z ",
                            " 2026-05-01T12:00:00Z",
                            "2026-05-01T12:00:00+02:00x",
                            "26-05-01T12:00:00Z",
                            "+2026-05-01T12:00:00Z",
                            "2026-5-1T12:00:00Z",
                            "2026-05-01T1a:00:00Z",
                            "1699-12-31T23:59:59Z",
                            "2262-01-01T00:00:00Z",
                            "9999-12-31T23:59:59Z",
                            "0000-01-01T00:00:00Z",
                            "1776000000"})
        EXPECT_FALSE(parse_time(bad)) << bad;
}

TEST(TimeText, TheEndsOfTheRangeDoNotOverflow) {
    EXPECT_TRUE(parse_time("1700-01-01T00:00:00+23:59"));
    EXPECT_TRUE(parse_time("2261-12-31T23:59:60.999999999-23:59"));
    EXPECT_EQ(time_text(std::numeric_limits<std::int64_t>::max()),
              "2262-04-11T23:47:16.854775807+00:00");
    EXPECT_EQ(time_text(std::numeric_limits<std::int64_t>::min()),
              "1677-09-21T00:12:43.145224192+00:00");
}

TEST(Utf8, TakesEveryScalarAndNothingElse) {
    for (const std::string_view good :
         {"", "plain", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
          "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xf0\x9f\x98\x80z"})
        EXPECT_TRUE(is_utf8(good)) << good;
    for (const std::string_view bad :
         {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x20", "\xe0\x9f\xbf", "\xe0\xa0",
          "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80",
          "\xf5\x80\x80\x80", "\xff", "a\xfe", "\xe2\x28\xa1", "\xf0\x9f\x98"})
        EXPECT_FALSE(is_utf8(bad)) << testing::PrintToString(bad);
}

TEST(Utf8, CountsScalarsNotBytes) {
    EXPECT_EQ(count_chars(""), 0u);
    EXPECT_EQ(count_chars("abc"), 3u);
    EXPECT_EQ(count_chars("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), 3u);
}

TEST(Text, TrimsAsciiSpaceOnly) {
    EXPECT_EQ(trim(" \t\r\n\f\v x y \v"), "x y");
    EXPECT_EQ(trim(" \n "), "");
    EXPECT_EQ(trim("\xc2\xa0x"), "\xc2\xa0x");
}

TEST(Text, FindsControlCharacters) {
    using namespace std::string_view_literals;
    EXPECT_FALSE(has_control_char("plain \xc3\xa4 \xe2\x82\xac", ""));
    EXPECT_FALSE(has_control_char("a\nb\tc", "\n\t"));
    EXPECT_TRUE(has_control_char("a\nb", "\t"));
    EXPECT_TRUE(has_control_char("a\0b"sv, "\n\t"));
    EXPECT_TRUE(has_control_char("a\x7f", ""));
    EXPECT_TRUE(has_control_char("a\xc2\x85z", "")) << "C1: next line";
    EXPECT_FALSE(has_control_char("a\xc2\xa0z", "")) << "the first behind C1";
    EXPECT_FALSE(has_control_char("\xe2\x82\x85", "")) << "85 inside another character";
}

TEST(Uuid, IsVersionFourAndNew) {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const auto id = uuid4(system_rng());
        ASSERT_EQ(id.size(), 36u);
        ASSERT_EQ(id[14], '4');
        ASSERT_NE(std::string("89ab").find(id[19]), std::string::npos);
        ASSERT_TRUE(seen.insert(id).second);
    }
}

TEST(Uuid, ThoseOfOneTransactionLieTogetherAndThoseOfTheNextElsewhere) {
    test::SeededRng rng(7);
    NewIds ids(rng);
    std::set<std::string> seen;
    std::set<std::string> starts;
    for (int transaction = 0; transaction < 20; ++transaction) {
        ids.begin();
        const auto first = ids.next();
        starts.insert(first.substr(0, 2));
        for (int i = 0; i < 200; ++i) {
            const auto id = ids.next();
            ASSERT_EQ(id.substr(0, 2), first.substr(0, 2));
            ASSERT_EQ(id[14], '4');
            ASSERT_TRUE(seen.insert(id).second);
        }
    }
    EXPECT_GT(starts.size(), 15U);
}

}  // namespace
}  // namespace aimem
