// sync/push from a node of our kind and from one of 0.6.3.
#include "federation/replication/wire.h"
#include "store/sqlite/sqlite.h"
#include "tests/federation/api/api_fixture.h"

#include <gtest/gtest.h>

namespace aimem::api {
namespace {

class PushTest : public ApiTest {
protected:
    // What `from` would send of its whole feed; `ops` takes the place of its rows if given.
    static std::string push_of(Node& from, const std::string* ops = nullptr) {
        const auto page = from.file().feed_after(0, 256, 1 << 20).value();
        std::string rows;
        for (const FeedRow& row : page.rows) rows += (rows.empty() ? "" : ",") + encode_row(row);
        const PushHead head{"host:peer", from.file().identity().value(), 1, 0, page.to};
        return encode_push(head, Tongue::ours, "", ops != nullptr ? *ops : rows);
    }

    static PushReply reply_of(const http::Response& response) {
        EXPECT_EQ(response.status, 200) << response.body;
        return decode_reply(response.body, 0, {});
    }

    json memory_of_peer(const std::string& title, const json& changes = json::object()) {
        const std::string id = peer_.store(title);
        json memory = parsed(peer_.ask(Verb::get, "/api/v1/memories/" + id)).at("memory");
        memory.update(changes);
        return memory;
    }

    json push_lists(json lists) {
        lists["sender_agent_id"] = "host:old";
        if (!lists.contains("memories")) lists["memories"] = json::array();
        const auto response = node_.ask(Verb::post, kPush, lists);
        EXPECT_EQ(response.status, 200) << response.body;
        return parsed(response);
    }

    Node peer_{folder_ / "peer.db"};
};

TEST_F(PushTest, WhatAPeerSendsIsDurableWhenItIsAnswered) {
    const std::string id = peer_.store("from the peer");
    peer_.ask(Verb::del, "/api/v1/memories/" + peer_.store("deleted there"));
    const PushReply reply = reply_of(node_.ask(Verb::post, kPush, push_of(peer_)));
    EXPECT_EQ(reply.kind, PushReply::Kind::ours) << reply.why;
    EXPECT_TRUE(reply.durable);
    EXPECT_EQ(reply.node, node_.driver().self().node);
    EXPECT_EQ(reply.seen, reply.done_to);
    EXPECT_TRUE(reply.rejected.empty());
    EXPECT_EQ(node_.digest(), peer_.digest());
    EXPECT_EQ(node_.ask(Verb::get, "/api/v1/memories/" + id).status, 200);
}

TEST_F(PushTest, AgainIsCountedAsNothingNew) {
    peer_.store("twice");
    node_.ask(Verb::post, kPush, push_of(peer_));
    const json body = parsed(node_.ask(Verb::post, kPush, push_of(peer_)));
    EXPECT_EQ(body.at("applied"), 0);
    EXPECT_EQ(body.at("noop"), 1);
    EXPECT_EQ(body.at("skipped"), 0);
}

TEST_F(PushTest, ABadRowIsNamedAndDoesNotSinkItsBatch) {
    peer_.store("good one");
    peer_.store("good two");
    peer_.store("forged");
    const auto page = peer_.file().feed_after(0, 256, 1 << 20).value();
    json forged = json::parse(encode_row(page.rows.at(2)));
    forged["b"]["content"] = "not what was signed";
    const std::string ops = encode_row(page.rows.at(0)) + "," + forged.dump() +
                            R"(,{"q":"77","k":5},)" + encode_row(page.rows.at(1));
    const PushReply reply = reply_of(node_.ask(Verb::post, kPush, push_of(peer_, &ops)));
    ASSERT_EQ(reply.rejected.size(), 2U);
    EXPECT_EQ(reply.rejected.at(0).seq, 77);
    EXPECT_EQ(reply.rejected.at(1).seq, page.rows.at(2).seq);
    EXPECT_EQ(parsed(node_.ask(Verb::get, "/api/v1/memories")).at("count"), 2);
    const json parked = parsed(node_.ask(Verb::get, "/api/v1/sync/parked"));
    EXPECT_EQ(parked.at("in"), 2);
    EXPECT_EQ(parked.at("out"), 0);
    ASSERT_EQ(parked.at("parked").size(), 2U);
    for (const json& row : parked.at("parked")) {
        EXPECT_EQ(row.at("direction"), "in");
        EXPECT_EQ(row.at("peer"), peer_.driver().self().node);
        EXPECT_EQ(row.at("tries"), 1);
    }
    const std::string metrics = node_.ask(Verb::get, "/metrics").body;
    EXPECT_NE(metrics.find("ai_memory_parked_rows{direction=\"in\"} 2"), std::string::npos);
    // It comes as it should be.
    node_.ask(Verb::post, kPush, push_of(peer_));
    EXPECT_EQ(parsed(node_.ask(Verb::get, "/api/v1/sync/parked")).at("in"), 1) << "but for #77";
}

TEST_F(PushTest, ANodeThatPushesToItselfLearnsItAndNothingIsApplied) {
    node_.store("own");
    const std::string before = node_.digest();
    json push = json::parse(push_of(peer_));
    push["repl"]["node"] = node_.driver().self().node;
    peer_.store("would be new here");
    push["repl"]["ops"] = json::parse(push_of(peer_)).at("repl").at("ops");
    const PushReply reply = reply_of(node_.ask(Verb::post, kPush, push));
    EXPECT_EQ(reply.kind, PushReply::Kind::ours) << reply.why;
    EXPECT_EQ(reply.node, node_.driver().self().node);
    EXPECT_EQ(node_.digest(), before);
}

TEST_F(PushTest, ADryRunWritesNothingAndIsNoAck) {
    peer_.store("rehearsed");
    const std::string before = node_.digest();
    json push = json::parse(push_of(peer_));
    push["dry_run"] = true;
    push["repl"]["ops"].push_back({{"q", "9"}});
    const auto response = node_.ask(Verb::post, kPush, push);
    EXPECT_FALSE(reply_of(response).durable);
    const json body = parsed(response);
    EXPECT_EQ(body.at("dry_run"), true);
    EXPECT_EQ(body.at("noop"), 1);
    EXPECT_EQ(body.at("skipped"), 1);
    EXPECT_EQ(node_.digest(), before);
}

TEST_F(PushTest, WhatCouldNotBeStoredIsNeverAnsweredWithSuccess) {
    peer_.store("lost otherwise");
    sqlite::Database spoiler(folder_ / "node.db", sqlite::OpenMode::read_write);
    spoiler.exec("ALTER TABLE repl_in RENAME TO repl_in_gone; ALTER TABLE repl_row RENAME TO gone");
    const auto ours = node_.ask(Verb::post, kPush, push_of(peer_));
    EXPECT_EQ(ours.status, 500);
    EXPECT_EQ(ours.body, R"({"error":"internal server error"})");
    const json lists{{"sender_agent_id", "host:old"}, {"memories", {memory_of_peer("old")}}};
    EXPECT_EQ(node_.ask(Verb::post, kPush, lists).status, 500);
}

TEST_F(PushTest, TheListsOfTheOldWireAreApplied) {
    const json a = memory_of_peer("a");
    const json b = memory_of_peer("b");
    const std::string id_a = a.at("id");
    const std::string id_b = b.at("id");
    const json link{{"source_id", id_a},
                    {"target_id", id_b},
                    {"relation", "related_to"},
                    {"created_at", "2026-05-01T10:00:00+00:00"}};
    json body = push_lists({{"memories", {a, b}}, {"links", {link}}});
    EXPECT_EQ(body.size(), 14U) << body;
    EXPECT_EQ(body.at("applied"), 2);
    EXPECT_EQ(body.at("links_applied"), 1);
    EXPECT_EQ(body.at("skipped"), 0);
    EXPECT_EQ(body.at("receiver_clock"), (json{{"entries", json::object()}}));
    EXPECT_FALSE(body.contains("ids"));
    EXPECT_FALSE(body.contains("repl"));

    body = push_lists({{"archives", {id_a}}, {"deletions", {id_b, "nobody"}}});
    EXPECT_EQ(body.at("archived"), 1);
    EXPECT_EQ(body.at("deleted"), 1);
    EXPECT_EQ(body.at("noop"), 1);
    body = push_lists({{"restores", {id_a}}});
    EXPECT_EQ(body.at("restored"), 1);
    EXPECT_EQ(node_.ask(Verb::get, "/api/v1/memories/" + id_a).status, 200);
    EXPECT_EQ(node_.ask(Verb::get, "/api/v1/memories/" + id_b).status, 404);
}

TEST_F(PushTest, OneBadElementOfTheOldWireIsSkippedAlone) {
    const json rows{memory_of_peer("good"), memory_of_peer("bad", {{"priority", 99}}),
                    memory_of_peer("mistyped", {{"tags", "a"}}),
                    memory_of_peer("newer", {{"field_of_the_future", {1, 2}}}), "no object"};
    const json body = push_lists({{"memories", rows}, {"deletions", {5}}});
    EXPECT_EQ(body.at("applied"), 2);
    EXPECT_EQ(body.at("skipped"), 4);
    EXPECT_EQ(parsed(node_.ask(Verb::get, "/api/v1/memories")).at("count"), 2);
}

TEST_F(PushTest, ADryRunOfTheOldWireCountsWhatIsAcceptable) {
    const std::string before = node_.digest();
    const json rows{memory_of_peer("good"), memory_of_peer("bad", {{"priority", 99}})};
    const json body = push_lists(
        {{"memories", rows}, {"deletions", {"nobody", " "}}, {"restores", {5}}, {"dry_run", true}});
    EXPECT_EQ(body.at("applied"), 0);
    EXPECT_EQ(body.at("noop"), 2);
    EXPECT_EQ(body.at("skipped"), 3);
    EXPECT_EQ(node_.digest(), before);
}

TEST_F(PushTest, TheCallersIdIsEchoed) {
    auto request = request_to(Verb::post, kPush, R"({"sender_agent_id":"a","memories":[]})");
    request.headers.emplace_back("x-agent-id", "ai:daemon");
    EXPECT_EQ(parsed(node_.ask(std::move(request))).at("receiver_agent_id"), "ai:daemon");
}

}  // namespace
}  // namespace aimem::api
