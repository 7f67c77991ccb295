// The replicated body: canonical, complete, and kept letter for letter. SPDX-License-Identifier:
// Apache-2.0
#include "store/log/apply.h"
#include "store/log/bodies.h"
#include "store/model/body_text.h"
#include "store/model/json.h"
#include "store/model/limits.h"
#include "tests/store/core/node.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem {
namespace {

using nlohmann::json;
using test::a_memory;
using test::kNoon;
using test::Node;

Memory full_memory() {
    Memory m = a_memory("T\xc3\xa4 \"q\" \\ /", "line\n\ttab \xf0\x9f\x98\x80");
    m.id = "id-1";
    m.tier = Tier::short_term;
    m.ns = "a/b";
    m.tags = {"z", "a", "with \"quotes\""};
    m.priority = 10;
    m.confidence = 0.1;
    m.source = "hook";
    m.expires_at = "2027-01-01T00:00:00.000000000+00:00";
    m.metadata = R"({"a":{"x":[1,2.5,null,true,"s"]},"b":1})";
    return m;
}

Change raw_change(const std::string& id, std::string body, State state = State::live) {
    Change change{memory_key(id), state, {kNoon, 0}, std::move(body), {}};
    change.version.sig = sig_of(change.state, change.body);
    return change;
}

TEST(Body, GivesTheMemoryBack) {
    const Memory m = full_memory();
    const auto back = memory_from_body("id-1", memory_body(m));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, m);
    EXPECT_EQ(memory_body(*back), memory_body(m));
}

TEST(Body, IsWhatTheJsonLibraryWritesForEveryKindOfText) {
    Memory m = full_memory();
    std::string every_byte;
    for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
    for (const std::string& text :
         {std::string("plain"), std::string(), every_byte, std::string("a\"b\\c\n\r\t/"),
          std::string("\x7f"), std::string("caf\xc3\xa9"), std::string("\x1f")}) {
        for (const double confidence : {0.0, 0.1, 0.30000000000000004, 1.0, 1e-300}) {
            m.title = m.content = m.ns = m.source = text;
            m.tags = {text, "t"};
            m.confidence = confidence;
            json expected = to_json(m);
            for (const char* local : {"id", "access_count", "updated_at"}) expected.erase(local);
            EXPECT_EQ(memory_body(m),
                      expected.dump(-1, ' ', false, json::error_handler_t::replace));
        }
    }
}

// Read by hand and by the JSON library: the same memory, or left to the library.
TEST(Body, TheStrictReaderTakesWhatIsCanonicalAndNothingElse) {
    Memory m = full_memory();
    for (const char* metadata :
         {"{}", R"({"agent_id":"ai:x"})", R"({"a":"1","b":"\"\n"})", R"({"a":{"x":[1,2.5]}})"})
        for (const double confidence : {1.0, 0.1, 0.0, 5e-324})
            for (const bool expires : {true, false}) {
                m.metadata = metadata;
                m.confidence = confidence;
                m.expires_at = expires ? full_memory().expires_at : std::nullopt;
                m.tags.clear();
                if (expires) m.tags = full_memory().tags;
                EXPECT_EQ(memory_from_canonical_body("id-1", memory_body(m)), m) << memory_body(m);
            }
    m.confidence = -0.0;  // a table makes 0.0 of it
    EXPECT_EQ(memory_from_canonical_body("id-1", memory_body(m)), std::nullopt);
    m.confidence = 1.0;
    m.content = "a\x01z";  // written as \u0001
    EXPECT_EQ(memory_from_canonical_body("id-1", memory_body(m)), std::nullopt);
}

TEST(Body, EveryOtherSpellingOfABodyIsLeftToTheLibrary) {
    Memory m = full_memory();
    m.metadata = R"({"agent_id":"ai:x","b":"c"})";
    const std::string body = memory_body(m);
    ASSERT_TRUE(memory_from_canonical_body("id-1", body));
    // One byte more, less or other than it was: it may be a body, but then it is its own text.
    for (std::size_t at = 0; at < body.size(); ++at)
        for (const std::string& bytes : {std::string{}, std::string(" "), std::string("\""),
                                         std::string("\\"), std::string("}"), std::string("0"),
                                         std::string("\xff"), std::string(1, body[at]) + ' '}) {
            std::string other = body;
            other.replace(at, 1, bytes);
            const auto read = memory_from_canonical_body("id-1", other);
            if (!read) continue;
            EXPECT_EQ(memory_body(*read), other);
            const auto slow = memory_from_body("id-1", other);
            ASSERT_TRUE(slow) << other;
            EXPECT_EQ(*slow, *read);
        }
    for (std::size_t size = 0; size < body.size(); ++size)
        EXPECT_FALSE(memory_from_canonical_body("id-1", body.substr(0, size)));
    for (const char* metadata : {R"({"b":"c","a":"d"})", R"({"a":"c","a":"d"})", R"({ "a":"c"})"}) {
        std::string other = body;
        other.replace(other.find(R"({"agent_id")"), m.metadata.size(), metadata);
        EXPECT_FALSE(memory_from_canonical_body("id-1", other)) << other;
    }
}

TEST(Body, LeavesOutWhatIsLocalOrFollowsFromTheStamp) {
    Memory m = full_memory();
    const auto before = memory_body(m);
    m.access_count = 17;
    m.last_accessed_at = m.created_at;
    m.updated_at = m.created_at;
    m.id = "another";
    EXPECT_EQ(memory_body(m), before);
    const auto parsed = json::parse(before);
    for (const char* field : {"id", "access_count", "last_accessed_at", "updated_at"})
        EXPECT_FALSE(parsed.contains(field)) << field;
}

TEST(Body, DoesNotDependOnTheOrderOrSpacesOfTheMetadata) {
    Memory one = full_memory();
    Memory two = one;
    one.metadata = R"({"b":1,"a":{"d":4,"c":3}})";
    two.metadata = "{ \"a\" : {\"c\":3, \"d\":4},\n \"b\":1}";
    EXPECT_EQ(memory_body(one), memory_body(two));
}

TEST(Body, ConfidenceIsPrintedSoThatItComesBackExactly) {
    for (const double value :
         {0.0, 1.0, 0.1, 1.0 / 3, 0.30000000000000004, 5e-324, 0.99999999999}) {
        Memory m = full_memory();
        m.confidence = value;
        EXPECT_EQ(memory_from_body("id-1", memory_body(m))->confidence, value);
    }
}

TEST(Body, ArchivedAndLinkBodiesGiveTheirValuesBack) {
    const Archived archived{full_memory(), "2026-05-01T00:00:00.000000000+00:00", "forget"};
    const auto back = archived_from_body("id-1", archived_body(archived));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, archived);
    const Link link{"s", "t", "supersedes", "2026-05-01T00:00:00.000000000+00:00"};
    EXPECT_EQ(*link_from_body(link_body(link)), link);
    EXPECT_EQ(merged_into(merged_into_body("x\"y")), "x\"y");
    EXPECT_EQ(merged_into(""), "");
    EXPECT_EQ(merged_into("[]"), "");
}

TEST(Body, EveryFieldIsPartOfTheSignature) {
    const Memory m = full_memory();
    const auto base = sig_of(State::live, memory_body(m));
    const auto differs = [&](auto change) {
        Memory other = m;
        change(other);
        return sig_of(State::live, memory_body(other)) != base;
    };
    EXPECT_TRUE(differs([](Memory& o) { o.title = "x"; }));
    EXPECT_TRUE(differs([](Memory& o) { o.content = "x"; }));
    EXPECT_TRUE(differs([](Memory& o) { o.ns = "x"; }));
    EXPECT_TRUE(differs([](Memory& o) { o.tier = Tier::mid; }));
    EXPECT_TRUE(differs([](Memory& o) { o.tags.pop_back(); }));
    EXPECT_TRUE(differs([](Memory& o) { o.priority = 1; }));
    EXPECT_TRUE(differs([](Memory& o) { o.confidence = 0.2; }));
    EXPECT_TRUE(differs([](Memory& o) { o.source = "x"; }));
    EXPECT_TRUE(differs([](Memory& o) { o.created_at = "x"; }));
    EXPECT_TRUE(differs([](Memory& o) { o.expires_at.reset(); }));
    EXPECT_TRUE(differs([](Memory& o) { o.metadata = "{}"; }));
}

TEST(Body, RefusesAMissingOrMistypedField) {
    const auto whole = json::parse(memory_body(full_memory()));
    for (const auto& [field, value] : whole.items()) {
        json without = whole;
        without.erase(field);
        const bool optional = field == "expires_at" || field == "metadata";
        EXPECT_EQ(memory_from_body("i", without.dump()).has_value(), optional) << field;
        json mistyped = whole;
        mistyped[field] = field == "metadata" || field == "tags" ? json("text") : json::object();
        EXPECT_FALSE(memory_from_body("i", mistyped.dump())) << field;
    }
    for (const char* bad : {"", "null", "[]", "7", "{", "{}"})
        EXPECT_FALSE(memory_from_body("i", bad)) << bad;
}

TEST(Body, NumbersThatDoNotFitAreRefusedNotCutOff) {
    auto body = json::parse(memory_body(full_memory()));
    for (const char* number : {"4294967301", "-4294967291", "18446744073709551621", "5.0", "1e0",
                               "18446744073709551615", "9223372036854775808"}) {
        body["priority"] = json::parse(number);
        EXPECT_FALSE(check_change(raw_change("id-1", body.dump()))) << number;
    }
}

TEST(Body, ThroughAStoreEveryLetterStays) {
    Node node;
    Memory m = full_memory();
    node.accept({test::live_change("id-1", m, kNoon)});
    EXPECT_EQ(node.change(memory_key("id-1")).body, memory_body(m));
    EXPECT_EQ(node.count("SELECT count(*) FROM repl_body"), 0) << "the tables reproduce it";
    EXPECT_EQ(test::contradiction(node.db()), "");
}

// Bodies that the tables cannot reproduce: from a newer node, or written by another program.
TEST(Body, WhatTheTablesCannotReproduceIsKeptLetterForLetter) {
    const auto whole = json::parse(memory_body(full_memory()));
    std::vector<std::string> bodies;
    const auto with = [&](const char* field, json value) {
        json other = whole;
        other[field] = std::move(value);
        bodies.push_back(other.dump());
    };
    with("of_a_newer_node", json{{"deep", {1, 2, 3}}});
    with("expires_at", nullptr);
    with("confidence", 1);
    with("confidence", -0.0);
    with("confidence", 1e-320);
    bodies.push_back(whole.dump(2));
    std::string other_order = R"({"title":"again",)" + whole.dump().substr(1);
    bodies.push_back(other_order);
    json no_metadata = whole;
    no_metadata.erase("metadata");
    bodies.push_back(no_metadata.dump());
    for (const std::string& body : bodies) {
        Node node;
        ASSERT_EQ(node.accept({raw_change("id-1", body)}).applied, 1u) << body;
        EXPECT_EQ(node.change(memory_key("id-1")).body, body);
        EXPECT_EQ(test::contradiction(node.db()), "") << body;
    }
}

TEST(Body, UnknownFieldsSurviveAClashAndItsEnd) {
    Node node;
    auto newer = json::parse(memory_body(full_memory()));
    newer["of_a_newer_node"] = 7;
    Memory twin = full_memory();
    twin.content = "twin";
    node.accept({raw_change("id-1", newer.dump())});
    node.accept({test::live_change("id-2", twin, kNoon + 1000)});
    EXPECT_EQ(node.change(memory_key("id-1")).body, newer.dump());
    node.accept({test::dead_change("id-2", kNoon + 2000)});
    EXPECT_EQ(node.change(memory_key("id-1")).body, newer.dump());
    EXPECT_EQ(node.memory("id-1").content, full_memory().content);
    EXPECT_EQ(test::contradiction(node.db()), "");
    node.accept({test::live_change("id-1", full_memory(), kNoon + 3000)});
    EXPECT_EQ(node.count("SELECT count(*) FROM repl_body"), 0) << "nothing left to keep aside";
}

TEST(Body, UnknownFieldsSurviveInTheArchive) {
    Node node;
    auto body = json::parse(archived_body({full_memory(), "2026-05-01T00:00:00+00:00", "forget"}));
    body["of_a_newer_node"] = 7;
    ASSERT_EQ(node.accept({raw_change("id-1", body.dump(), State::archived)}).applied, 1u);
    EXPECT_EQ(node.change(memory_key("id-1")).body, body.dump());
    EXPECT_EQ(test::contradiction(node.db()), "");
}

// A peer must not be able to end the process with a body that is nested deeper than the stack.
TEST(Body, AnAbsurdlyNestedBodyIsRefused) {
    for (const std::size_t depth : {std::size_t{40}, std::size_t{500'000}}) {
        auto body = memory_body(full_memory());
        const std::string deep = std::string(depth, '[') + std::string(depth, ']');
        body.insert(body.find(R"("metadata":{)") + 12, R"("deep":)" + deep + ",");
        EXPECT_FALSE(check_change(raw_change("id-1", body))) << depth;
        auto unknown = memory_body(full_memory());
        unknown.insert(1, R"("aaa":)" + deep + ",");
        Node node;
        node.accept({raw_change("id-1", unknown)});
        EXPECT_EQ(test::contradiction(node.db()), "");
    }
}

}  // namespace
}  // namespace aimem
