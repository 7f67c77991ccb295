// Agents, messages, webhooks, and who one is. SPDX-License-Identifier: Apache-2.0
#include "store/base/webhook_keys.h"
#include "store/query/records.h"
#include "tests/mcp/tools_fixture.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

TEST_F(Tools, AgentsRegisterAndRefresh) {
    const json made = good("memory_agent_register", {{"agent_id", "alice"},
                                                     {"agent_type", "ai:claude-opus-4.7"},
                                                     {"capabilities", {"review"}}});
    EXPECT_EQ(made["registered"], true);
    EXPECT_EQ(made["capabilities"], json::array({"review"}));
    good("memory_agent_register", {{"agent_id", "alice"}, {"agent_type", "human"}});
    good("memory_agent_register", {{"agent_id", "bob"}, {"agent_type", "system"}});
    const json list = good("memory_agent_list", json::object());
    ASSERT_EQ(list["count"], 2);
    EXPECT_EQ(list["agents"][0]["agent_id"], "alice");
    EXPECT_EQ(list["agents"][0]["agent_type"], "human");
}

TEST_F(Tools, MessagesNeverReplaceEachOtherAndAreMarkedRead) {
    const json message{{"target_agent_id", "bob"}, {"title", "Hi"}, {"payload", "one"}};
    const json sent = good("memory_notify", message);
    EXPECT_EQ(sent["from"], "host:kestrel");
    EXPECT_EQ(sent["to"], "bob");
    EXPECT_EQ(sent["namespace"], "_messages/bob");
    EXPECT_EQ(sent["tier"], "mid");
    EXPECT_FALSE(sent["delivered_at"].get<std::string>().empty());
    as("carol", "memory_notify",
       {{"target_agent_id", "bob"}, {"title", "Hi"}, {"payload", "two"}, {"priority", 9}});
    const json inbox = good("memory_inbox", {{"agent_id", "bob"}});
    ASSERT_EQ(inbox["count"], 2);
    EXPECT_EQ(inbox["messages"][0]["payload"], "two");
    EXPECT_EQ(inbox["messages"][0]["from"], "carol");
    EXPECT_EQ(inbox["messages"][1]["title"], "Hi");
    EXPECT_EQ(inbox["messages"][1]["read"], false);
    EXPECT_EQ(good("memory_recall", {{"context", "one two"}})["count"], 0)
        << "others' mail is no memory";
    const json mine = as("bob", "memory_inbox", {{"unread_only", true}, {"mark_read", true}});
    EXPECT_EQ(mine["structuredContent"]["count"], 2);
    EXPECT_EQ(good("memory_inbox", {{"agent_id", "bob"}, {"unread_only", true}})["count"], 0);
    EXPECT_EQ(good("memory_inbox", {{"agent_id", "bob"}})["messages"][0]["read"], true);
}

TEST_F(Tools, WhoamiIsTheSameAfterARestart) {
    const json self = good("memory_whoami", json::object());
    EXPECT_EQ(self["agent_id"], "host:kestrel");
    EXPECT_EQ(self["registered"], false);
    EXPECT_EQ(self["unread_messages"], 0);
    good("memory_agent_register", {{"agent_id", "host:kestrel"}, {"agent_type", "system"}});
    good("memory_notify", {{"target_agent_id", "host:kestrel"}, {"title", "t"}, {"payload", "p"}});
    const json known = good("memory_whoami", json::object());
    EXPECT_EQ(known["registered"], true);
    EXPECT_EQ(known["agent_type"], "system");
    EXPECT_EQ(known["unread_messages"], 1);
    EXPECT_EQ(good("memory_session_start", json::object())["unread_messages"], 1);
}

TEST_F(Tools, TheCallNamesItsAgentElseTheClientDoes) {
    const std::string id = stored("Tea");
    const json link{{"source_id", id}, {"target_id", stored("Cup")}};
    json named = link;
    named["agent_id"] = "alice";
    good("memory_link", named);
    EXPECT_EQ(good("memory_get_links", {{"id", id}})["links"][0]["observed_by"], "alice");
    const json entity =
        good("memory_entity_register", {{"canonical_name", "E"}, {"namespace", "n"}});
    EXPECT_EQ(good("memory_get", {{"id", entity["entity_id"]}})["metadata"]["agent_id"],
              "host:kestrel");
}

TEST_F(Tools, WebhooksKeepNoSecretAndBelongToTheirMaker) {
    const json hook{{"url", "https://example.org/h"}, {"secret", "s3cret"}};
    EXPECT_NE(bad("memory_subscribe", hook).find("not registered"), std::string::npos);
    good("memory_agent_register", {{"agent_id", "host:kestrel"}, {"agent_type", "human"}});
    const json made = good("memory_subscribe", hook);
    EXPECT_EQ(made["events"], "*");
    EXPECT_EQ(made["namespace_filter"], nullptr);
    EXPECT_EQ(made["created_by"], "host:kestrel");
    EXPECT_EQ(made.dump().find("s3cret"), std::string::npos);
    const auto kept =
        store_->ask([](sqlite::Database& db) { return query::subscriptions(db, std::nullopt); });
    ASSERT_EQ(kept->size(), 1u);
    EXPECT_TRUE(key_that_sealed(kept->front().secret_hash.value_or("")));
    EXPECT_EQ(WebhookKeys::read(WebhookKeys::file_of(store_->file()))
                  ->open(kept->front().secret_hash.value_or("")),
              sha256("s3cret"));
    const json list = good("memory_list_subscriptions", json::object());
    ASSERT_EQ(list["count"], 1);
    EXPECT_EQ(list["subscriptions"][0]["dispatch_count"], 0);
    EXPECT_FALSE(list["subscriptions"][0].contains("secret_hash"));
    EXPECT_EQ(as("mallory", "memory_unsubscribe", {{"id", made["id"]}}).value("isError", false),
              true);
    EXPECT_EQ(good("memory_unsubscribe", {{"id", made["id"]}})["removed"], true);
    EXPECT_EQ(good("memory_unsubscribe", {{"id", made["id"]}})["removed"], false);
    EXPECT_EQ(good("memory_capabilities", json::object())["hooks"]["registered_count"], 0);
}

TEST_F(Tools, ScopesHideFromThoseWhoAskForThem) {
    const std::string id = stored("Diary", {{"namespace", "me"}, {"scope", "private"}});
    EXPECT_EQ(good("memory_get", {{"id", id}, {"as_agent", "me"}})["id"], id);
    bad("memory_get", {{"id", id}, {"as_agent", "you"}});
    EXPECT_EQ(good("memory_get_many", {{"ids", {id}}, {"as_agent", "you"}})["missing"],
              json::array({id}));
    for (const auto& [tool, arguments] :
         std::vector<std::pair<std::string, json>>{{"memory_recall", {{"context", "diary"}}},
                                                   {"memory_search", {{"query", "diary"}}},
                                                   {"memory_list", json::object()},
                                                   {"memory_session_start", json::object()}}) {
        json asked = arguments;
        asked["as_agent"] = "you";
        EXPECT_EQ(good(tool, asked)["count"], 0) << tool;
        asked["as_agent"] = "me";
        EXPECT_EQ(good(tool, asked)["count"], 1) << tool;
    }
}

}  // namespace
}  // namespace aimem::mcp::test
