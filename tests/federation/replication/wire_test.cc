// Bodies of sync/push and the meaning of answers to it.
#include "federation/replication/wire.h"

#include "federation/legacy/outgoing.h"
#include "store/model/json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace aimem {
namespace {

using nlohmann::json;

Memory sample(const std::string& id) {
    Memory m;
    m.id = id;
    m.title = "t\"quoted\" \xc3\xa9";
    m.content = "line\nline";
    m.tags = {"a", "b"};
    m.created_at = "2026-05-01T10:00:00.123456789+00:00";
    m.metadata = R"({"agent_id":"ai:x"})";
    return m;
}

FeedRow live_row_of(const Memory& m, std::int64_t seq) {
    FeedRow row;
    row.seq = seq;
    row.change.key = memory_key(m.id);
    row.change.body = memory_body(m);
    row.change.version = {1'777'000'000'000'000'123 + seq * 1000,
                          sig_of(State::live, row.change.body)};
    return row;
}

PushHead head(std::int64_t from, std::int64_t to) {
    return {"host:a", {"node-1", "00ff", 17, to + 1}, 5, from, to};
}

TEST(Wire, APushComesBackAsItWas) {
    FeedRow row = live_row_of(sample("m1"), 7);
    row.change.group = {{"m:other", 99}};
    const FeedRow dead{
        8, {"m:gone", State::dead, {1'777'000'000'000'009'123, sig_of(State::dead, "")}, "", {}}};
    const auto in = decode_push(
        encode_push(head(6, 8), Tongue::ours, {}, encode_row(row) + "," + encode_row(dead)));
    ASSERT_TRUE(in) << in.error().message;
    EXPECT_TRUE(in->ours);
    EXPECT_EQ(in->delivery.sender, "node-1");
    EXPECT_EQ(in->delivery.from, 6);
    EXPECT_EQ(in->delivery.to, 8);
    ASSERT_EQ(in->delivery.rows.size(), 2U);
    EXPECT_EQ(in->delivery.rows[0].change, row.change);
    EXPECT_EQ(in->delivery.rows[1].change, dead.change);
    EXPECT_TRUE(in->malformed.empty());
}

// A blank that means nothing makes the reader go the long way: both ways must agree.
TEST(Wire, BothWaysOfReadingAPushAgree) {
    FeedRow grouped = live_row_of(sample("m2"), 8);
    grouped.change.group = {{"m:other", 99}};
    FeedRow archived = live_row_of(sample("m3"), 9);
    archived.change.state = State::archived;
    FeedRow foreign = live_row_of(sample("m4"), 10);
    foreign.change.body = R"({"z":1,"a":{"y":[2],"b":"c"}})";
    std::string ops;
    for (const FeedRow& row : {live_row_of(sample("m1"), 7), grouped, archived, foreign})
        ops += encode_row(row) + ",";
    const std::string spaced = R"({"k":"m:m5", "st":3,"ts":"9","sig":"9","q":"11"})";
    for (const std::string& last :
         {spaced, std::string(R"({"k":"m:m5","st":7})"), std::string("17"), std::string("{")}) {
        std::string text = encode_push(head(6, 11), Tongue::ours, {}, ops + last);
        const auto one = decode_push(text);
        const auto other = decode_push(text + " ");
        ASSERT_EQ(one.has_value(), other.has_value()) << text;
        if (!one) continue;
        ASSERT_EQ(one->delivery.rows.size(), other->delivery.rows.size()) << text;
        for (std::size_t i = 0; i < one->delivery.rows.size(); ++i) {
            EXPECT_EQ(one->delivery.rows[i].seq, other->delivery.rows[i].seq);
            EXPECT_EQ(one->delivery.rows[i].change, other->delivery.rows[i].change);
        }
        EXPECT_EQ(one->malformed.size(), other->malformed.size());
        EXPECT_EQ(one->you.seen, other->you.seen);
        EXPECT_EQ(one->delivery.to, other->delivery.to);
    }
}

TEST(Wire, RowsThatStandElsewhereAreNotTaken) {
    const std::string row = encode_row(live_row_of(sample("m1"), 7));
    const std::string repl = R"({"node":"n","epoch":"e","from":"1","to":"2","ops":[]})";
    const std::string begin = R"({"sender_agent_id":"host:a",)";
    for (
        const std::string& text :
        {begin + R"("repl":)" + repl + R"(,"x":{"y":1,"ops":[)" + row + "]}}",
         begin +
             R"("repl":{"ops" : [],"node":"n","epoch":"e","from":"1","to":"2"},"x":{"y":1,"ops":[)" +
             row + "]}}"}) {
        const auto in = decode_push(text);
        ASSERT_TRUE(in) << in.error().message << text;
        EXPECT_TRUE(in->delivery.rows.empty()) << text;
    }
    for (const std::string& ops : {row + ",", "," + row, row + row, row + ",17,", std::string("[")})
        EXPECT_FALSE(decode_push(encode_push(head(6, 8), Tongue::ours, {}, ops))) << ops;
}

TEST(Wire, OneBadRowIsNamedAndSpoilsNoOther) {
    const FeedRow good = live_row_of(sample("m1"), 7);
    const std::string ops =
        R"({"k":"m:x","st":9,"ts":"1","sig":"1","q":"6"},)" + encode_row(good) + ",5";
    const auto in = decode_push(encode_push(head(5, 8), Tongue::ours, {}, ops));
    ASSERT_TRUE(in);
    EXPECT_EQ(in->delivery.rows.size(), 1U);
    ASSERT_EQ(in->malformed.size(), 2U);
    EXPECT_EQ(in->malformed[0].seq, 6);
}

TEST(Wire, NonsenseIsRefusedWithAReason) {
    const struct {
        const char* body;
        Errc code;
    } table[] = {
        {"", Errc::invalid_argument},
        {"[1]", Errc::wrong_type},
        {"{}", Errc::wrong_type},
        {R"({"sender_agent_id":5,"memories":[]})", Errc::wrong_type},
        {R"({"sender_agent_id":"a b","memories":[]})", Errc::invalid_argument},
        {R"({"sender_agent_id":"a"})", Errc::wrong_type},
        {R"({"sender_agent_id":"a","memories":{}})", Errc::wrong_type},
        {R"({"sender_agent_id":"a","memories":[],"deletions":null})", Errc::wrong_type},
        {R"({"sender_agent_id":"a","memories":[],"dry_run":"yes"})", Errc::wrong_type},
        {R"({"sender_agent_id":"a","repl":{"node":"n"}})", Errc::invalid_argument},
        {R"({"sender_agent_id":"a","repl":{"node":"n","epoch":"e","from":"5","to":"1","ops":[]}})",
         Errc::invalid_argument},
        {R"({"sender_agent_id":"a","repl":{"node":"n","epoch":"e","from":"0","to":"1","ops":{}}})",
         Errc::wrong_type},
    };
    for (const auto& [body, code] : table) {
        const auto in = decode_push(body);
        ASSERT_FALSE(in) << body;
        EXPECT_EQ(in.error().code, code) << body;
        EXPECT_FALSE(in.error().message.empty());
    }
}

TEST(Wire, ListsOfTheOldWireHaveACap) {
    json body{{"sender_agent_id", "a"}, {"memories", json::array()}, {"deletions", json::array()}};
    for (int i = 0; i < 1001; ++i) body["deletions"].push_back("x");
    const auto in = decode_push(body.dump());
    ASSERT_FALSE(in);
    EXPECT_NE(in.error().message.find("limited to 1000 deletions per request"), std::string::npos);
}

TEST(Wire, UnknownFieldsOfARowTravelOn) {
    Memory m = sample("m1");
    json body = json::parse(memory_body(m));
    body["mood"] = "calm";
    FeedRow row = live_row_of(m, 3);
    row.change.body = body.dump();
    row.change.version.sig = sig_of(State::live, row.change.body);
    const auto again = decode_row(json::parse(encode_row(row)));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->change, row.change);
}

TEST(Wire, OurAnswerIsUnderstood) {
    PushIn in;
    in.ours = true;
    in.delivery.from = 3;
    in.delivery.to = 9;
    in.malformed = {{4, "bad"}};
    PushOut out;
    out.in = &in;
    out.self = {"node-2", "aa", 1, 5};
    out.accepted.seen = 9;
    out.accepted.rejected = {{5, "worse"}};
    const auto reply = decode_reply(encode_reply(out), 0, {});
    EXPECT_EQ(reply.kind, PushReply::Kind::ours);
    EXPECT_TRUE(reply.durable);
    EXPECT_EQ(reply.done_from, 3);
    EXPECT_EQ(reply.done_to, 9);
    EXPECT_EQ(reply.seen, 9);
    EXPECT_EQ(reply.rejected.size(), 2U);
}

TEST(Wire, ADryRunIsNeverDurable) {
    const PushIn in;
    PushOut out;
    out.in = &in;
    out.dry_run = true;
    out.self = {"n", "e", 1, 1};
    EXPECT_FALSE(decode_reply(encode_reply(out), 0, {}).durable);
}

TEST(Wire, WhatAnAnswerOfAnotherPeerMeans) {
    using Kind = PushReply::Kind;
    const struct {
        const char* body;
        std::size_t items;
        Kind kind;
    } table[] = {
        {"", 1, Kind::legacy},
        {"  \n", 1, Kind::legacy},
        {"{}", 1, Kind::legacy},
        {R"({"applied":1,"skipped":0})", 1, Kind::legacy},
        {R"({"applied":0,"noop":1,"skipped":0})", 1, Kind::legacy},
        {R"({"applied":1,"skipped":1})", 2, Kind::contradicted},
        {R"({"applied":0,"skipped":0})", 1, Kind::contradicted},
        {R"({"ids":["m1"]})", 1, Kind::legacy},
        {R"({"ids":[]})", 1, Kind::legacy},
        {R"({"ids":["m2"]})", 1, Kind::contradicted},
        {"OK", 1, Kind::garbage},
        {"[]", 1, Kind::garbage},
        {"{\"applied\":", 1, Kind::garbage},
        {R"({"repl":5})", 1, Kind::garbage},
        {R"({"repl":{"node":"n","epoch":"e"}})", 1, Kind::garbage},
    };
    for (const auto& [body, items, kind] : table)
        EXPECT_EQ(static_cast<int>(decode_reply(body, items, {"m1"}).kind), static_cast<int>(kind))
            << body;
}

TEST(LegacyLists, SayWhatAPeerOf063Understands) {
    Memory archived = sample("m2");
    FeedRow away = live_row_of(archived, 2);
    away.change.state = State::archived;
    away.change.body = archived_body({archived, archived.created_at, "archive"});
    const FeedRow gone{3, {"m:m3", State::dead, {9, 9}, "", {}}};
    const Link link{"m1", "m2", "related_to", archived.created_at};
    const FeedRow tied{
        4, {link_key("m1", "m2", "related_to"), State::live, {9, 9}, link_body(link), {}}};
    const FeedRow untied{5, {"l:00", State::dead, {9, 9}, "", {}}};
    std::map<std::string, RowNote> notes;
    notes[tied.change.key].links = {link};
    const auto bodies =
        legacy_bodies({live_row_of(sample("m1"), 1), away, gone, tied, untied}, notes);
    ASSERT_EQ(bodies.size(), 3U);
    std::size_t items = 0;
    for (const LegacyBody& one : bodies) items += one.items;
    EXPECT_EQ(items, 5U);
    EXPECT_EQ(json::parse("{" + bodies[0].json + "}")["deletions"], json({"m3"}));
    const json shelved = json::parse("{" + bodies[1].json + "}");
    EXPECT_EQ(shelved["memories"].size(), 1U);
    EXPECT_EQ(shelved["archives"], json({"m2"}));
    const json body = json::parse("{" + bodies[2].json + "}");
    ASSERT_EQ(body["memories"].size(), 1U);
    EXPECT_EQ(body["memories"][0]["updated_at"].get<std::string>().substr(29), "+00:00");
    EXPECT_EQ(body["memories"][0].size(), 13U);  // all but the two times that are not set
    EXPECT_EQ(body["links"].size(), 1U);
    EXPECT_EQ(legacy_bodies({}, {}).at(0).json, "\"memories\":[]");
}

}  // namespace
}  // namespace aimem
