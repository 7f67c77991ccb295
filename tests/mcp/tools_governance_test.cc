// Standards shown with recall, policies that deny or queue each mutation, and decisions.
// SPDX-License-Identifier: Apache-2.0
#include "tests/mcp/tools_fixture.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

class Governed : public Tools {
protected:
    // Rules for "team", written by alice.
    std::string rules(const json& governance) {
        const std::string id = stored(
            "Rules", {{"namespace", "team"}, {"content", "Be kind."}, {"agent_id", "alice"}});
        good(
            "memory_namespace_set_standard",
            {{"namespace", "team"}, {"id", id}, {"governance", governance}, {"agent_id", "alice"}});
        return id;
    }
    std::string said(const json& result) { return result["content"][0]["text"]; }
    json structured(const json& result) {
        EXPECT_FALSE(result.contains("isError")) << result;
        return result.value("structuredContent", json::object());
    }
};

TEST_F(Governed, RecallAndSessionStartBringTheRulesApart) {
    const std::string root = stored("All", {{"content", "tea rule"}});
    good("memory_namespace_set_standard", {{"namespace", "*"}, {"id", root}});
    const std::string team = stored("Team", {{"namespace", "team"}, {"content", "tea rule"}});
    good("memory_namespace_set_standard", {{"namespace", "team"}, {"id", team}});
    stored("Tea", {{"namespace", "team/x"}, {"content", "tea"}});
    for (const auto& [tool, arguments] : std::vector<std::pair<std::string, json>>{
             {"memory_recall", {{"context", "tea"}, {"namespace", "team/x"}}},
             {"memory_session_start", {{"namespace", "team/x"}}}}) {
        const json answer = good(tool, arguments);
        ASSERT_EQ(answer["standards"].size(), 2U) << answer;
        EXPECT_EQ(answer["standards"][0]["id"], root);
        EXPECT_EQ(answer["standards"][1]["id"], team);
        EXPECT_EQ(answer["count"], 1);
        EXPECT_EQ(answer["memories"][0]["title"], "Tea");
        EXPECT_NE(text(tool, arguments).find("standards[id|title|content]:\n" + root + "|All|"),
                  std::string::npos);
    }
    const json everywhere = good("memory_recall", {{"context", "tea"}});
    EXPECT_EQ(everywhere["standard"]["id"], root);
    EXPECT_EQ(everywhere["count"], 2);
}

TEST_F(Governed, StandardsAreReadWithTheirChainAndCleared) {
    EXPECT_EQ(good("memory_namespace_get_standard", {{"namespace", "team"}}),
              (json{{"namespace", "team"}, {"standard_id", nullptr}}));
    const std::string id = rules({{"write", "any"}});
    const json own = good("memory_namespace_get_standard", {{"namespace", "team"}});
    EXPECT_EQ(own["standard_id"], id);
    EXPECT_EQ(own["content"], "Be kind.");
    EXPECT_EQ(own["governance"]["write"], "any");
    const json chain =
        good("memory_namespace_get_standard", {{"namespace", "team/a/b"}, {"inherit", true}});
    EXPECT_EQ(chain["chain"], json::array({"team"}));
    EXPECT_EQ(chain["count"], 1);
    EXPECT_EQ(good("memory_namespace_clear_standard",
                   {{"namespace", "team"}, {"agent_id", "alice"}})["cleared"],
              true);
    EXPECT_EQ(good("memory_namespace_clear_standard", {{"namespace", "team"}})["cleared"], false);
}

TEST_F(Governed, EveryMutationIsDeniedToWhomThePolicyDoesNotName) {
    const std::string a = stored("A", {{"namespace", "team/x"}, {"agent_id", "alice"}});
    const std::string b = stored("B", {{"namespace", "team/x"}, {"agent_id", "alice"}});
    good("memory_link", {{"source_id", a}, {"target_id", b}});
    const std::string standard =
        rules({{"write", "owner"}, {"promote", "owner"}, {"delete", "owner"}});
    const std::vector<std::pair<std::string, json>> denied{
        {"memory_store", {{"title", "C"}, {"content", "c"}, {"namespace", "team/x"}}},
        {"memory_update", {{"id", a}, {"content", "c"}}},
        {"memory_update", {{"id", standard}, {"metadata", json::object()}}},
        {"memory_delete", {{"id", a}}},
        {"memory_delete", {{"id", standard}}},
        {"memory_promote", {{"id", a}}},
        {"memory_promote", {{"id", a}, {"to_namespace", "team"}}},
        {"memory_consolidate", {{"ids", {a, b}}, {"title", "t"}, {"summary", "s"}}},
        {"memory_link", {{"source_id", a}, {"target_id", b}}},
        {"memory_unlink", {{"source_id", a}, {"target_id", b}}},
        {"memory_kg_invalidate", {{"source_id", a}, {"target_id", b}, {"relation", "related_to"}}},
        {"memory_entity_register", {{"canonical_name", "E"}, {"namespace", "team/x"}}},
        {"memory_auto_tag", {{"id", a}}},
        {"memory_namespace_set_standard", {{"namespace", "team"}, {"id", a}}},
        {"memory_namespace_clear_standard", {{"namespace", "team"}}},
        {"memory_store", {{"title", "agent:x"}, {"content", "c"}, {"namespace", "_agents"}}},
        {"memory_store", {{"title", "m"}, {"content", "c"}, {"namespace", "_messages/alice"}}},
    };
    for (const auto& [tool, arguments] : denied) {
        const json answer = as("mallory", tool, arguments);
        EXPECT_EQ(answer.value("isError", false), true) << tool << arguments << answer;
    }
    EXPECT_EQ(structured(as("mallory", "memory_forget", {{"namespace", "team/x"}}))["deleted"], 0);
    EXPECT_EQ(good("memory_get", {{"id", a}})["content"], "content of A");
    EXPECT_EQ(good("memory_get_links", {{"id", a}})["count"], 1);
    EXPECT_EQ(structured(as("alice", "memory_delete", {{"id", a}}))["deleted"], true);
}

TEST_F(Governed, WhatNeedsApprovalWaitsAndIsCarriedOut) {
    rules({{"write", "approve"}, {"delete", "approve"}, {"promote", "approve"}});
    const json queued = structured(
        as("bob", "memory_store", {{"title", "C"}, {"content", "c"}, {"namespace", "team"}}));
    EXPECT_EQ(queued["status"], "pending");
    EXPECT_EQ(queued["action"], "store");
    EXPECT_EQ(queued["reason"], "governance requires approval");
    EXPECT_EQ(queued["namespace"], "team");
    const std::string id = queued["pending_id"];
    const json waiting = good("memory_pending_list", {{"status", "pending"}});
    ASSERT_EQ(waiting["count"], 1);
    EXPECT_EQ(waiting["pending"][0]["requested_by"], "bob");
    EXPECT_EQ(waiting["pending"][0]["payload"]["title"], "C");
    EXPECT_EQ(as("bob", "memory_pending_approve", {{"id", id}}).value("isError", false), true)
        << "one's own request is for others to approve";
    const json done = structured(as("alice", "memory_pending_approve", {{"id", id}}));
    EXPECT_EQ(done["approved"], true);
    EXPECT_EQ(done["executed"], true);
    EXPECT_EQ(done["decided_by"], "alice");
    EXPECT_EQ(good("memory_get", {{"id", done["memory_id"]}})["title"], "C");
    EXPECT_EQ(as("carol", "memory_pending_approve", {{"id", id}}).value("isError", false), true);

    const json removal = structured(as("bob", "memory_delete", {{"id", done["memory_id"]}}));
    EXPECT_EQ(removal["action"], "delete");
    EXPECT_EQ(removal["memory_id"], done["memory_id"]);
    const json refused =
        structured(as("alice", "memory_pending_reject", {{"id", removal["pending_id"]}}));
    EXPECT_EQ(refused["rejected"], true);
    EXPECT_EQ(good("memory_get", {{"id", done["memory_id"]}})["title"], "C");
    EXPECT_EQ(good("memory_pending_list", json::object())["count"], 2);
}

TEST_F(Governed, AConsensusCountsVoices) {
    rules({{"write", "approve"}, {"approver", {{"consensus", 2}}}});
    for (const char* agent : {"carol", "dave"})
        good("memory_agent_register", {{"agent_id", agent}, {"agent_type", "human"}});
    const std::string id = structured(as("bob", "memory_store",
                                         {{"title", "Tea"},
                                          {"content", "c"},
                                          {"namespace", "team"},
                                          {"on_conflict", "version"}}))["pending_id"];
    const json first = structured(as("carol", "memory_pending_approve", {{"id", id}}));
    EXPECT_EQ(first["approved"], false);
    EXPECT_EQ(first["votes"], 1);
    EXPECT_EQ(first["quorum"], 2);
    EXPECT_EQ(structured(as("carol", "memory_pending_approve", {{"id", id}}))["votes"], 1);
    EXPECT_EQ(structured(as("dave", "memory_pending_approve", {{"id", id}}))["approved"], true);
}

}  // namespace
}  // namespace aimem::mcp::test
