// The commands of the rarer verbs: what they do, what they say, and how they refuse.
#include "tests/cli/cli.h"

#include <nlohmann/json.hpp>

namespace aimem::test {
namespace {

using Json = nlohmann::json;

class CliVerbs : public Cli {
protected:
    void register_agent(const std::string& id) {
        json({"agents", "register", "--agent-id", id, "--agent-type", "ai:model"});
    }
    // A namespace whose writes want approval.
    void gate(const std::string& ns) {
        const std::string rules = store("Rules", "Ask first", {"-n", ns, "--agent-id", "ai:boss"});
        json({"standard", "set", ns, rules, "--governance",
              R"({"write":"approve","delete":"approve"})", "--agent-id", "ai:boss"});
    }
    std::string queue(const std::string& ns) {
        const Json out = json({"store", "-T", "W", "-c", "w", "-n", ns, "--agent-id", "ai:alice"});
        EXPECT_EQ(out.value("status", ""), "pending");
        return out.value("pending_id", "");
    }
};

TEST_F(CliVerbs, ConsolidatePutsOneInPlaceOfSeveral) {
    const std::string a = store("a", "x");
    const std::string b = store("b", "y");
    const Json out = json({"consolidate", a + "," + b, "-T", "both", "-s", "x and y"});
    EXPECT_EQ(out.value("consolidated", 0), 2);
    EXPECT_EQ(json({"get", out.value("id", "")}).at("memory").value("content", ""), "x and y");
    refuses({"get", a}, 1, "");
    refuses({"consolidate", a, "-T", "t", "-s", "s"}, 2, "ids must name 2");
    refuses({"consolidate", a + "," + b, "-T", "t", "-s", "s"}, 1, a);
}

TEST_F(CliVerbs, ForgetShowsFirstAndThenArchives) {
    const std::string a = store("a", "x", {"-n", "old"});
    EXPECT_EQ(json({"forget", "-n", "old", "--dry-run"}).at("ids"), Json::array({a}));
    EXPECT_EQ(text({"forget", "-n", "old"}), "forgot 1 memories\n");
    EXPECT_EQ(json({"archive", "list"}).value("count", 0), 1);
    refuses({"forget"}, 2, "at least one of");
}

TEST_F(CliVerbs, PurgeWantsALimitOrAWord) {
    json({"archive", store("a", "x", {"-n", "old"})});
    refuses({"archive", "purge"}, 2, "--yes");
    EXPECT_EQ(json({"archive", "purge", "--older-than-days", "1"}).value("purged", -1), 0);
    EXPECT_EQ(json({"archive", "purge", "-n", "old"}).value("purged", 0), 1);
    refuses({"archive", "purge", "--older-than-days", "soon"}, 2, "older_than_days");
}

TEST_F(CliVerbs, CollectingSaysHowManyExpired) {
    store("a", "x", {"--ttl-secs", "3600"});
    EXPECT_EQ(text({"gc"}), "expired_deleted: 0\n");
}

TEST_F(CliVerbs, WhatIsExportedCanBeImported) {
    const std::string a = store("a", "x", {"--agent-id", "ai:alice"});
    json({"link", a, store("b", "y")});
    const std::string all = text({"export"});
    env_["AI_MEMORY_DB"] = path("other.db");
    const Json out = Json::parse(run({"import", "--json", "--trust-source"}, all).out);
    EXPECT_EQ(out.value("imported", 0), 2);
    EXPECT_EQ(out.value("links_imported", 0), 1);
    EXPECT_EQ(json({"get", a}).at("memory").at("metadata").value("agent_id", ""), "ai:alice");

    env_["AI_MEMORY_DB"] = path("third.db");
    EXPECT_EQ(
        Json::parse(run({"import", "--json", "--agent-id", "me"}, all).out).value("restamped", 0),
        2);
    const Json metadata = json({"get", a}).at("memory").at("metadata");
    EXPECT_EQ(metadata.value("agent_id", ""), "me");
    EXPECT_EQ(metadata.value("imported_from_agent_id", ""), "ai:alice");
    EXPECT_EQ(run({"import"}, "no json").status, 2);
}

TEST_F(CliVerbs, HistoryTellsWhoWroteWhichVersion) {
    const std::string id = store("a", "first", {"--agent-id", "ai:alice"});
    json({"update", id, "--content", "second", "--agent-id", "ai:bob"});
    const Json all = json({"history", id.substr(0, 8)});
    EXPECT_EQ(all.value("count", 0), 2);
    EXPECT_EQ(all.at("versions").at(1).value("content", ""), "first");
    EXPECT_EQ(json({"history", id, "--limit", "1", "--offset", "1"}).at("versions").at(0),
              all.at("versions").at(1));
    EXPECT_EQ(json({"history", id, "--offset", "7"}).value("count", -1), 0);
    const std::string shown = text({"history", id});
    EXPECT_NE(shown.find("written by ai:bob: content"), std::string::npos) << shown;
    EXPECT_NE(shown.find("first"), std::string::npos) << shown;
    EXPECT_NE(shown.find("2 versions known here"), std::string::npos) << shown;
    refuses({"history", "nobody"}, 1, "not found");
    refuses({"history", id, "--limit", "many"}, 2, "limit");
}

TEST_F(CliVerbs, AClosedLinkIsHistory) {
    const std::string a = store("a", "x");
    const std::string b = store("b", "y");
    json({"link", a, b, "--valid-from", "2026-01-01T00:00:00Z"});
    const Json out =
        json({"invalidate", a, b, "-r", "related_to", "--valid-until", "2026-06-01T00:00:00Z"});
    EXPECT_EQ(out.value("valid_until", ""), "2026-06-01T00:00:00.000000000+00:00");
    EXPECT_EQ(json({"get", a}).at("links").at(0).value("closed_by", ""),
              out.value("closed_by", "-"));
    refuses({"invalidate", b, a, "-r", "related_to"}, 1, "no such link");
    refuses({"invalidate", a, b, "-r", "likes"}, 2, "relation");
}

TEST_F(CliVerbs, EntitiesAreFoundByTheirNames) {
    const Json made =
        json({"entity", "register", "Kestrel", "-n", "birds", "--aliases", "kes, hawk"});
    EXPECT_EQ(made.value("created", false), true);
    EXPECT_EQ(json({"entity", "find", "hawk"}).at("entity_id"), made.at("entity_id"));
    refuses({"entity", "find", "owl"}, 1, "no entity");
    refuses({"entity", "register", "Kestrel"}, 2, "namespace");
}

TEST_F(CliVerbs, AgentsAreListed) {
    register_agent("ai:alice");
    EXPECT_EQ(json({"agents"}), json({"agents", "list"}));
    EXPECT_EQ(json({"agents"}).at("agents").at(0).value("agent_id", ""), "ai:alice");
    refuses({"agents", "register", "--agent-id", "x", "--agent-type", "robot"}, 2, "agent_type");
}

TEST_F(CliVerbs, AQueuedActionIsApprovedOrRejectedOnce) {
    gate("gated");
    const std::string first = queue("gated");
    EXPECT_EQ(json({"pending", "list", "--status", "pending"}).value("count", 0), 1);
    const Json out = json({"pending", "approve", first, "--agent-id", "ai:bob"});
    EXPECT_EQ(out.value("approved", false), true);
    EXPECT_EQ(json({"get", out.value("memory_id", "")}).at("memory").value("title", ""), "W");
    refuses({"pending", "approve", first}, 1, "already decided");
    const Json again = json({"delete", out.value("memory_id", ""), "--agent-id", "ai:alice"});
    EXPECT_EQ(again.value("action", ""), "delete");
    const std::string second = again.value("pending_id", "");
    EXPECT_EQ(json({"pending", "reject", second, "--agent-id", "ai:bob"}).value("rejected", false),
              true);
    json({"get", out.value("memory_id", "")});
    refuses({"pending", "approve", "nobody"}, 1, "not found");
}

TEST_F(CliVerbs, StandardsAreSetShownAndCleared) {
    const std::string id = store("Rules", "Be kind", {"-n", "team"});
    EXPECT_EQ(json({"standard", "set", "team", id}).value("standard_id", ""), id);
    const Json shown = json({"standard", "show", "team/x", "--inherit"});
    EXPECT_EQ(shown.at("standards").at(0).value("content", ""), "Be kind");
    EXPECT_EQ(json({"standard", "clear", "team"}).value("cleared", false), true);
    EXPECT_EQ(json({"standard", "clear", "team"}).value("cleared", true), false);
    refuses({"standard", "set", "team", id, "--governance", "[1]"}, 2, "JSON object");
    refuses({"standard"}, 2, "set, show, clear");
}

TEST_F(CliVerbs, MessagesGoToOneInbox) {
    json({"notify", "ai:bob", "-T", "Hello", "-c", "come", "--agent-id", "ai:alice"});
    const Json inbox = json({"inbox", "--agent-id", "ai:bob"});
    EXPECT_EQ(inbox.value("count", 0), 1);
    EXPECT_EQ(inbox.at("messages").at(0).value("from", ""), "ai:alice");
    EXPECT_EQ(json({"inbox", "--agent-id", "ai:alice"}).value("count", 1), 0);
}

TEST_F(CliVerbs, SubscriptionsBelongToTheirAgent) {
    const Words wish{"subscribe", "--url", "https://example.com/h", "--agent-id", "ai:alice"};
    store("a", "x");
    refuses(wish, 1, "not registered");
    register_agent("ai:alice");
    const std::string id = json(wish).value("id", "");
    EXPECT_EQ(json({"subscriptions"}).value("count", 0), 1);
    refuses({"unsubscribe", id, "--agent-id", "ai:bob"}, 1, "belongs to");
    EXPECT_EQ(json({"unsubscribe", id, "--agent-id", "ai:alice"}).value("removed", false), true);
    refuses({"unsubscribe", id, "--agent-id", "ai:alice"}, 1, "no such subscription");
}

TEST_F(CliVerbs, ASecretIsSealedWithAKeyBesideTheDatabase) {
    register_agent("ai:alice");
    const Words wish{"subscribe", "--url", "https://example.com/h", "--agent-id", "ai:alice",
                     "--secret",  "-"};
    EXPECT_EQ(json(wish, "s3cret\n").contains("secret"), false);
    EXPECT_NE(text({"--version"}), "");
    std::string all;
    for (const char* end : {"", "-wal"}) all += read_file(database().string() + end);
    EXPECT_NE(all.find("sealed."), std::string::npos);
    EXPECT_EQ(all.find("s3cret"), std::string::npos);
    // SHA-256("s3cret"), which is what signs.
    EXPECT_EQ(all.find("1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0"),
              std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(database().string() + ".webhook-keys"));
    EXPECT_EQ(run(wish, "\n").status, 2) << "an empty one";
    EXPECT_EQ(run(wish, std::string(1025, 'x')).status, 2);
}

TEST_F(CliVerbs, PromoteUpMakesACopyAbove) {
    const std::string id = store("a", "x", {"-n", "team/x"});
    const Json out = json({"promote", id, "--to-namespace", "team"});
    EXPECT_EQ(out.value("mode", ""), "vertical");
    EXPECT_EQ(json({"get", out.value("clone_id", "")}).at("memory").value("namespace", ""), "team");
    EXPECT_EQ(json({"namespaces", "--prefix", "team"}).at("namespaces").size(), 2U);
}

}  // namespace
}  // namespace aimem::test
