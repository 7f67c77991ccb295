// The rarer verbs over HTTP, on one node: statuses and bodies as documented, and what they did.
#include "store/base/webhook_keys.h"
#include "store/query/records.h"
#include "tests/federation/api/api_fixture.h"

#include <gtest/gtest.h>

namespace aimem::api {
namespace {

class VerbsTest : public ApiTest {
protected:
    http::Response as(const std::string& agent, Verb verb, const std::string& target,
                      const json& body = nullptr) {
        auto request = request_to(verb, target, body.is_null() ? std::string() : body.dump());
        request.headers.emplace_back("x-agent-id", agent);
        return node_.ask(std::move(request));
    }
    json ok(const http::Response& response, int status) {
        EXPECT_EQ(response.status, status) << response.body;
        return parsed(response);
    }
    bool lives(const std::string& id) {
        return node_.ask(Verb::get, "/api/v1/memories/" + id).status == 200;
    }
    void register_agent(const std::string& id) {
        ok(node_.ask(Verb::post, "/api/v1/agents",
                     json{{"agent_id", id}, {"agent_type", "ai:model"}}),
           201);
    }
    // A namespace whose writes, promotions and deletions want approval by `approver`.
    void gate(const std::string& ns, const json& approver = "human") {
        const std::string rules =
            node_.store("Rules", {{"namespace", ns}, {"agent_id", "ai:boss"}});
        const json policy{{"write", "approve"},
                          {"promote", "approve"},
                          {"delete", "approve"},
                          {"approver", approver}};
        ok(as("ai:boss", Verb::post, "/api/v1/namespaces",
              {{"namespace", ns}, {"id", rules}, {"governance", policy}}),
           201);
    }
    std::string queue(const std::string& ns, const std::string& title) {
        const json body = ok(as("ai:alice", Verb::post, "/api/v1/memories",
                                memory_named(title, {{"namespace", ns}})),
                             202);
        EXPECT_EQ(body.at("status"), "pending");
        EXPECT_EQ(body.at("action"), "store");
        EXPECT_EQ(body.at("namespace"), ns);
        return body.at("pending_id");
    }
};

TEST_F(VerbsTest, ConsolidateArchivesItsSources) {
    const std::string a = node_.store("a", {{"priority", 8}});
    const std::string b = node_.store("b");
    const json body = ok(as("ai:alice", Verb::post, "/api/v1/consolidate",
                            {{"ids", {a, b}}, {"title", "both"}, {"summary", "a and b"}}),
                         201);
    EXPECT_EQ(body.at("consolidated"), 2);
    const json made =
        parsed(node_.ask(Verb::get, "/api/v1/memories/" + body.at("id").get<std::string>()));
    EXPECT_EQ(made.at("priority"), 8);
    EXPECT_EQ(made.at("metadata").at("agent_id"), "ai:alice");
    EXPECT_FALSE(lives(a));
    ok(node_.ask(Verb::post, "/api/v1/consolidate",
                 json{{"ids", {a}}, {"title", "x"}, {"summary", "y"}}),
       400);
}

TEST_F(VerbsTest, ForgetTakesWhatFitsAndSaysFirstWhatItWould) {
    const std::string a = node_.store("a", {{"namespace", "old"}});
    const std::string b = node_.store("b", {{"namespace", "new"}});
    const json dry =
        ok(node_.ask(Verb::post, "/api/v1/forget", json{{"namespace", "old"}, {"dry_run", true}}),
           200);
    EXPECT_EQ(dry.at("ids"), json::array({a}));
    EXPECT_TRUE(lives(a));
    const json body = ok(node_.ask(Verb::post, "/api/v1/forget", json{{"namespace", "old"}}), 200);
    EXPECT_EQ(body.at("deleted"), 1);
    EXPECT_FALSE(lives(a));
    EXPECT_TRUE(lives(b));
    ok(node_.ask(Verb::post, "/api/v1/forget", json::object()), 400);
}

TEST_F(VerbsTest, ForgetGoesOnUntilNoneIsLeft) {
    for (int at = 0; at < 2; ++at) {
        json rows = json::array();
        for (int i = 0; i < 700; ++i)
            rows.push_back(
                memory_named(std::to_string(at) + "-" + std::to_string(i), {{"namespace", "old"}}));
        ok(node_.ask(Verb::post, "/api/v1/memories/bulk", rows), 200);
    }
    EXPECT_EQ(
        ok(node_.ask(Verb::post, "/api/v1/forget", json{{"namespace", "old"}}), 200).at("deleted"),
        1400);
    EXPECT_EQ(ok(node_.ask(Verb::del, "/api/v1/archive"), 200).at("purged"), 1400);
}

TEST_F(VerbsTest, PurgeEmptiesTheArchiveOfOneNamespaceOrByAge) {
    json ids = json::array();
    for (const char* ns : {"x", "y"}) ids.push_back(node_.store("m", {{"namespace", ns}}));
    ok(node_.ask(Verb::post, "/api/v1/archive", json{{"ids", ids}}), 200);
    const std::string archive = "/api/v1/archive";
    EXPECT_EQ(ok(node_.ask(Verb::del, archive + "?older_than_days=1"), 200).at("purged"), 0);
    EXPECT_EQ(ok(node_.ask(Verb::del, archive + "?namespace=x"), 200).at("purged"), 1);
    EXPECT_EQ(ok(node_.ask(Verb::del, archive), 200).at("purged"), 1);
    ok(node_.ask(Verb::del, archive + "?older_than_days=-1"), 400);
    ok(node_.ask(Verb::del, archive + "?older_than_days=soon"), 400);
}

TEST_F(VerbsTest, PromoteUpCopiesIntoANamespaceAbove) {
    const std::string id = node_.store("a", {{"namespace", "team/x"}});
    const json body = ok(node_.ask(Verb::post, "/api/v1/memories/" + id + "/promote",
                                   json{{"to_namespace", "team"}}),
                         200);
    EXPECT_EQ(body.at("mode"), "vertical");
    EXPECT_EQ(body.at("source_id"), id);
    EXPECT_EQ(body.at("namespace"), "team");
    EXPECT_TRUE(lives(body.at("clone_id")));
    ok(node_.ask(Verb::post, "/api/v1/memories/" + id + "/promote",
                 json{{"to_namespace", "elsewhere"}}),
       400);
}

TEST_F(VerbsTest, WhatIsExportedCanBeImportedElsewhere) {
    const std::string a = node_.store("a");
    const std::string b = node_.store("b", {{"tags", {"t"}}});
    ok(node_.ask(Verb::post, "/api/v1/links", json{{"source_id", a}, {"target_id", b}}), 201);
    const json all = ok(node_.ask(Verb::get, "/api/v1/export"), 200);
    EXPECT_EQ(all.at("count"), 2);
    EXPECT_EQ(all.at("links").size(), 1U);

    Node other(folder_ / "other.db");
    json given = all;
    given["memories"].push_back({{"id", "broken"}});
    const json body = ok(other.ask(Verb::post, "/api/v1/import", given), 200);
    EXPECT_EQ(body.at("imported"), 2);
    EXPECT_EQ(body.at("links_imported"), 1);
    EXPECT_EQ(body.at("errors").size(), 1U);
    EXPECT_EQ(parsed(other.ask(Verb::get, "/api/v1/memories/" + b)).at("tags"), json{"t"});
    EXPECT_EQ(ok(other.ask(Verb::post, "/api/v1/import", all), 200).at("unchanged"), 2);
}

TEST_F(VerbsTest, ALinkHoldsForItsWindowAndCanBeClosed) {
    const std::string a = node_.store("a");
    const std::string b = node_.store("b");
    const json ends{{"source_id", a},
                    {"target_id", b},
                    {"relation", "supersedes"},
                    {"valid_from", "2026-01-01T00:00:00Z"}};
    const json link = ok(as("ai:alice", Verb::post, "/api/v1/links", ends), 201);
    EXPECT_EQ(link.at("observed_by"), "ai:alice");

    const auto rows_at = [&](const char* when) {
        return ok(node_.ask(Verb::post, "/api/v1/kg/query",
                            json{{"source_id", a}, {"valid_at", when}}),
                  200)
            .at("count");
    };
    EXPECT_EQ(rows_at("2025-06-01T00:00:00Z"), 0);
    EXPECT_EQ(rows_at("2026-06-01T00:00:00Z"), 1);
    json closing = ends;
    closing["valid_until"] = "2026-03-01T00:00:00Z";
    const json closed = ok(as("ai:bob", Verb::post, "/api/v1/kg/invalidate", closing), 200);
    EXPECT_EQ(closed.at("found"), true);
    EXPECT_TRUE(closed.at("previous_valid_until").is_null());
    EXPECT_EQ(rows_at("2026-06-01T00:00:00Z"), 0);
    const json events =
        ok(node_.ask(Verb::get, "/api/v1/kg/timeline?source_id=" + a), 200).at("events");
    EXPECT_EQ(events.at(0).at("target_id"), b);
    EXPECT_EQ(events.at(0).at("valid_until"), closed.at("valid_until"));
    EXPECT_EQ(events.at(0).at("closed_by"), "ai:bob");
    EXPECT_EQ(closed.at("closed_by"), "ai:bob");
    EXPECT_TRUE(events.at(0).at("closed_at").is_string());
    EXPECT_EQ(parsed(node_.ask(Verb::get, "/api/v1/links/" + a)).at("links").at(0).at("closed_by"),
              "ai:bob");

    closing["relation"] = "contradicts";
    EXPECT_EQ(ok(node_.ask(Verb::post, "/api/v1/kg/invalidate", closing), 404).at("found"), false);
    ok(node_.ask(Verb::post, "/api/v1/kg/query", json{{"source_id", a}, {"max_depth", 6}}), 422);
}

TEST_F(VerbsTest, HistoryTellsWhoWroteWhichVersion) {
    const std::string id = node_.store("a", {{"content", "first"}, {"agent_id", "ai:alice"}});
    const std::string path = "/api/v1/memories/" + id;
    ok(as("ai:bob", Verb::put, path, json{{"content", "second"}}), 200);
    const json all = ok(node_.ask(Verb::get, path + "/history"), 200);
    EXPECT_EQ(all.at("count"), 2);
    EXPECT_EQ(all.at("versions").at(0).at("written_by"), "ai:bob");
    EXPECT_EQ(all.at("versions").at(1).at("written_by"), "ai:alice");
    EXPECT_EQ(all.at("versions").at(1).at("content"), "first");
    const json older = ok(node_.ask(Verb::get, path + "/history?limit=1&offset=1"), 200);
    EXPECT_EQ(older.at("count"), 1);
    EXPECT_EQ(older.at("total"), 2);
    EXPECT_EQ(older.at("versions").at(0), all.at("versions").at(1));
    ok(node_.ask(Verb::get, path + "/history?offset=9"), 200);
    ok(node_.ask(Verb::get, path + "/history?limit=soon"), 400);
    ok(node_.ask(Verb::get, "/api/v1/memories/nobody/history"), 404);
}

TEST_F(VerbsTest, EntitiesAreFoundByEveryName) {
    const json wish{{"canonical_name", "Kestrel"}, {"namespace", "x"}, {"aliases", {"kes"}}};
    const json made = ok(node_.ask(Verb::post, "/api/v1/entities", wish), 201);
    EXPECT_EQ(made.at("created"), true);
    EXPECT_EQ(ok(node_.ask(Verb::post, "/api/v1/entities", wish), 200).at("created"), false);
    const std::string by = "/api/v1/entities/by_alias?alias=";
    EXPECT_EQ(ok(node_.ask(Verb::get, by + "kes"), 200).at("entity_id"), made.at("entity_id"));
    EXPECT_EQ(ok(node_.ask(Verb::get, by + "nobody"), 200).at("found"), false);
    node_.store("Owl", {{"namespace", "x"}});
    ok(node_.ask(Verb::post, "/api/v1/entities",
                 json{{"canonical_name", "Owl"}, {"namespace", "x"}}),
       409);
}

TEST_F(VerbsTest, AgentsAreListedAsTheyRegistered) {
    register_agent("ai:alice");
    register_agent("ai:bob");
    const json body = ok(node_.ask(Verb::get, "/api/v1/agents"), 200);
    EXPECT_EQ(body.at("count"), 2);
    EXPECT_EQ(body.at("agents").at(0).at("agent_id"), "ai:alice");
    ok(node_.ask(Verb::post, "/api/v1/agents", json{{"agent_id", "x"}, {"agent_type", "robot"}}),
       400);
}

TEST_F(VerbsTest, AQueuedStoreHappensOnceWhenItIsApproved) {
    gate("gated");
    const std::string pending = queue("gated", "wanted");
    EXPECT_EQ(ok(node_.ask(Verb::get, "/api/v1/pending?status=pending"), 200).at("count"), 1);
    const std::string path = "/api/v1/pending/" + pending;
    const json done = ok(as("ai:bob", Verb::post, path + "/approve"), 200);
    EXPECT_EQ(done.at("approved"), true);
    EXPECT_EQ(done.at("executed"), true);
    EXPECT_EQ(done.at("decided_by"), "ai:bob");
    EXPECT_TRUE(lives(done.at("memory_id")));
    EXPECT_NE(as("ai:bob", Verb::post, path + "/approve").body.find("already decided"),
              std::string::npos);
    ok(as("ai:bob", Verb::post, path + "/approve"), 403);
    ok(as("ai:bob", Verb::post, path + "/reject"), 404);
    ok(as("ai:bob", Verb::post, "/api/v1/pending/nobody/approve"), 403);
}

TEST_F(VerbsTest, ARejectedStoreNeverHappens) {
    gate("gated");
    const std::string pending = queue("gated", "unwanted");
    const json done = ok(as("ai:bob", Verb::post, "/api/v1/pending/" + pending + "/reject"), 200);
    EXPECT_EQ(done.at("rejected"), true);
    const json rows = ok(node_.ask(Verb::get, "/api/v1/pending?status=rejected"), 200);
    EXPECT_EQ(rows.at("pending").at(0).at("id"), pending);
    EXPECT_EQ(parsed(node_.ask(Verb::get, "/api/v1/memories?namespace=gated")).at("count"), 1);
}

TEST_F(VerbsTest, AConsensusWaitsForAllItsVoices) {
    for (const char* agent : {"ai:bob", "ai:carol"}) register_agent(agent);
    gate("gated", {{"consensus", 2}});
    const std::string path = "/api/v1/pending/" + queue("gated", "wanted") + "/approve";
    const json first = ok(as("ai:bob", Verb::post, path), 202);
    EXPECT_EQ(first.at("votes"), 1);
    EXPECT_EQ(first.at("quorum"), 2);
    EXPECT_EQ(ok(as("ai:bob", Verb::post, path), 202).at("votes"), 1);
    EXPECT_EQ(ok(as("ai:carol", Verb::post, path), 200).at("approved"), true);
}

TEST_F(VerbsTest, DeletionsAndPromotionsAreQueuedToo) {
    const std::string id = node_.store("a", {{"namespace", "gated"}});
    gate("gated");
    const std::string path = "/api/v1/memories/" + id;
    EXPECT_EQ(ok(as("ai:alice", Verb::del, path), 202).at("memory_id"), id);
    EXPECT_EQ(ok(as("ai:alice", Verb::post, path + "/promote"), 202).at("action"), "promote");
    EXPECT_TRUE(lives(id));
    ok(as("ai:alice", Verb::put, path, {{"content", "changed"}}), 403);
    EXPECT_EQ(
        ok(as("ai:alice", Verb::post, "/api/v1/archive", {{"ids", {id}}}), 200).at("errors").size(),
        1U);
}

TEST_F(VerbsTest, AStandardIsSetByIdOrByTextAndCleared) {
    const std::string id = node_.store("Rules", {{"namespace", "team"}});
    const std::string of_team = "/api/v1/namespaces/team/standard";
    EXPECT_TRUE(ok(node_.ask(Verb::get, of_team), 200).at("standard_id").is_null());
    EXPECT_EQ(ok(node_.ask(Verb::post, of_team, json{{"id", id}}), 201).at("standard_id"), id);
    EXPECT_EQ(ok(node_.ask(Verb::get, of_team), 200).at("title"), "Rules");

    const json text{{"standard", {{"namespace", "team/x"}, {"content", "Be kind."}}}};
    const json made = ok(node_.ask(Verb::post, "/api/v1/namespaces", text), 201);
    EXPECT_EQ(ok(node_.ask(Verb::get, "/api/v1/namespaces?namespace=team/x"), 200).at("content"),
              "Be kind.");
    const json again =
        ok(node_.ask(Verb::post, "/api/v1/namespaces", json{{"namespace", "team/x"}}), 201);
    EXPECT_EQ(again.at("standard_id"), made.at("standard_id"));
    const json chain =
        ok(node_.ask(Verb::get, "/api/v1/namespaces/team%2Fx/standard?inherit=true"), 200);
    EXPECT_EQ(chain.at("chain"), (json{"*", "team", "team/x"}));
    EXPECT_EQ(chain.at("count"), 2);

    EXPECT_EQ(ok(node_.ask(Verb::del, of_team), 200).at("cleared"), true);
    EXPECT_EQ(ok(node_.ask(Verb::del, of_team), 200).at("cleared"), false);
    ok(node_.ask(Verb::post, of_team, json{{"id", "nobody"}}), 400);
    ok(node_.ask(Verb::post, "/api/v1/namespaces", json{{"id", id}}), 400);
    ok(node_.ask(Verb::post, of_team, json{{"id", id}, {"governance", {{"write", "maybe"}}}}), 400);
}

TEST_F(VerbsTest, TaxonomyCountsBelowEachNamespace) {
    for (const char* ns : {"a", "a/b", "a/b/c", "d"}) node_.store("m", {{"namespace", ns}});
    const json body = ok(node_.ask(Verb::get, "/api/v1/taxonomy"), 200);
    EXPECT_EQ(body.at("total_count"), 4);
    const json& a = body.at("tree").at("children").at(0);
    EXPECT_EQ(a.at("namespace"), "a");
    EXPECT_EQ(a.at("count"), 1);
    EXPECT_EQ(a.at("subtree_count"), 3);
    const json below = ok(node_.ask(Verb::get, "/api/v1/taxonomy?prefix=a/b/&depth=0"), 200);
    EXPECT_EQ(below.at("tree").at("subtree_count"), 2);
    EXPECT_TRUE(below.at("tree").at("children").empty());
    EXPECT_EQ(ok(node_.ask(Verb::get, "/api/v1/namespaces"), 200).at("namespaces").size(), 4U);
    ok(node_.ask(Verb::get, "/api/v1/taxonomy?limit=0"), 400);
}

TEST_F(VerbsTest, MessagesReachTheInboxOfOneAgent) {
    const json wish{{"target_agent_id", "ai:bob"}, {"title", "Hello"}, {"payload", "come"}};
    const json sent = ok(as("ai:alice", Verb::post, "/api/v1/notify", wish), 201);
    EXPECT_EQ(sent.at("from"), "ai:alice");
    ok(as("ai:alice", Verb::post, "/api/v1/notify", wish), 201);
    const json inbox = ok(as("ai:bob", Verb::get, "/api/v1/inbox?limit=10"), 200);
    EXPECT_EQ(inbox.at("count"), 2);
    EXPECT_EQ(inbox.at("messages").at(0).at("title"), "Hello");
    EXPECT_EQ(inbox.at("messages").at(0).at("from"), "ai:alice");
    EXPECT_EQ(ok(node_.ask(Verb::get, "/api/v1/inbox?agent_id=ai:alice"), 200).at("count"), 0);
    ok(as("ai:alice", Verb::post, "/api/v1/notify", {{"target_agent_id", "b"}, {"title", "t"}}),
       400);
    ok(node_.ask(Verb::get, "/api/v1/inbox?unread_only=perhaps"), 400);
}

TEST_F(VerbsTest, SubscriptionsBelongToTheirAgentAndHideTheirSecret) {
    const std::string path = "/api/v1/subscriptions";
    const json made = ok(
        as("ai:alice", Verb::post, path, {{"url", "https://example.com/h"}, {"secret", "quiet"}}),
        201);
    const auto kept = node_.file().ask(
        [](sqlite::Database& db) { return query::subscriptions(db, std::nullopt); });
    ASSERT_EQ(kept->size(), 1U);
    EXPECT_EQ(WebhookKeys::read(WebhookKeys::file_of(node_.file().file()))
                  ->open(kept->front().secret_hash.value_or("")),
              sha256("quiet"));
    ok(as("ai:alice", Verb::post, path, {{"namespace", "team"}}), 201);
    EXPECT_EQ(made.at("created_by"), "ai:alice");
    const auto listed = node_.ask(Verb::get, path + "?agent_id=ai:alice");
    EXPECT_EQ(ok(listed, 200).at("count"), 2);
    EXPECT_EQ(listed.body.find("secret"), std::string::npos);
    EXPECT_EQ(ok(node_.ask(Verb::get, "/api/v1/agents"), 200).at("count"), 1);

    const std::string one = path + "?id=" + made.at("id").get<std::string>();
    ok(as("ai:mallory", Verb::del, one), 403);
    EXPECT_EQ(ok(as("ai:alice", Verb::del, one), 200).at("removed"), true);
    EXPECT_EQ(ok(as("ai:alice", Verb::del, one), 200).at("removed"), false);
    EXPECT_EQ(ok(as("ai:alice", Verb::del, path + "?namespace=team"), 200).at("removed"), true);
    EXPECT_EQ(ok(as("ai:alice", Verb::del, path + "?namespace=team"), 200).at("id"), "");
    ok(as("ai:alice", Verb::del, path), 400);
    ok(as("ai:alice", Verb::post, path, {{"events", "*"}}), 400);
    ok(as("ai:alice", Verb::post, path, {{"url", "https://e.com"}, {"events", {"a"}}}), 422);
}

TEST_F(VerbsTest, CollectingArchivesWhatHasExpired) {
    node_.store("a", {{"ttl_secs", 3600}});
    EXPECT_EQ(ok(node_.ask(Verb::post, "/api/v1/gc"), 200).at("expired_deleted"), 0);
}

}  // namespace
}  // namespace aimem::api
