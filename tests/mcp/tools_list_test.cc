// tools/list: profiles, order, size, and what each tool says of itself. SPDX-License-Identifier:
// Apache-2.0
#include "mcp/schema_check.h"
#include "tests/mcp/fixture.h"
#include "tests/mcp/tools_fixture.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

constexpr std::size_t kCoreListBytesMax = 10'000;
constexpr std::size_t kCoreToolsMax = 8;

std::vector<std::string> names_in(const ToolRegistry& registry) {
    std::vector<std::string> names;
    for (const RegisteredTool& tool : registry.tools()) names.emplace_back(tool.tool.name);
    return names;
}

TEST(ToolList, EveryToolSaysEverything) {
    const ToolRegistry registry(all_tools());
    const json list = json::parse(registry.list_text(kLatestHandshake));
    for (const json& tool : list["tools"]) {
        EXPECT_EQ(tool["inputSchema"]["additionalProperties"], false) << tool["name"];
        EXPECT_EQ(tool["outputSchema"]["type"], "object") << tool["name"];
        EXPECT_EQ(tool["annotations"].size(), 4U) << tool["name"];
        EXPECT_FALSE(tool["title"].get<std::string>().empty());
        EXPECT_LT(tool["description"].get<std::string>().size(), 220U) << tool["name"];
        EXPECT_TRUE(unknown_keywords(tool["inputSchema"]).empty()) << tool["name"];
        EXPECT_TRUE(unknown_keywords(tool["outputSchema"]).empty()) << tool["name"];
        const json properties = tool["inputSchema"].value("properties", json::object());
        for (const json& property : properties)
            EXPECT_TRUE(property["type"].is_string()) << tool["name"] << property;
        for (const json& member : tool["inputSchema"].value("required", json::array()))
            EXPECT_TRUE(properties.contains(member.get<std::string>())) << tool["name"] << member;
    }
}

TEST(ToolList, TheFullProfileHasTheReferencesToolsInTheirOrderAndOurs) {
    EXPECT_EQ(names_in(ToolRegistry(all_tools())),
              (std::vector<std::string>{"memory_store",
                                        "memory_recall",
                                        "memory_search",
                                        "memory_list",
                                        "memory_get_taxonomy",
                                        "memory_check_duplicate",
                                        "memory_entity_register",
                                        "memory_entity_get_by_alias",
                                        "memory_kg_timeline",
                                        "memory_kg_invalidate",
                                        "memory_kg_query",
                                        "memory_delete",
                                        "memory_promote",
                                        "memory_forget",
                                        "memory_stats",
                                        "memory_update",
                                        "memory_get",
                                        "memory_link",
                                        "memory_get_links",
                                        "memory_consolidate",
                                        "memory_capabilities",
                                        "memory_expand_query",
                                        "memory_auto_tag",
                                        "memory_detect_contradiction",
                                        "memory_archive_list",
                                        "memory_archive_restore",
                                        "memory_archive_purge",
                                        "memory_archive_stats",
                                        "memory_gc",
                                        "memory_session_start",
                                        "memory_namespace_set_standard",
                                        "memory_namespace_get_standard",
                                        "memory_namespace_clear_standard",
                                        "memory_pending_list",
                                        "memory_pending_approve",
                                        "memory_pending_reject",
                                        "memory_agent_register",
                                        "memory_agent_list",
                                        "memory_notify",
                                        "memory_inbox",
                                        "memory_subscribe",
                                        "memory_unsubscribe",
                                        "memory_list_subscriptions",
                                        "memory_unlink",
                                        "memory_get_many",
                                        "memory_history",
                                        "memory_whoami"}));
}

TEST(ToolList, TheCoreProfileIsSmall) {
    const ToolRegistry core(all_tools(), Profile::core);
    EXPECT_LE(core.tools().size(), kCoreToolsMax);
    EXPECT_LE(core.list_text(kLatestHandshake).size(), kCoreListBytesMax);
    EXPECT_EQ(core.list_text(kLatestHandshake),
              ToolRegistry(all_tools(), Profile::core).list_text(kLatestHandshake));
}

TEST(ToolList, TheProfilesTogetherAreAllAndEachHasTheCore) {
    const auto core = names_in(ToolRegistry(all_tools(), Profile::core));
    std::set<std::string> together;
    for (const Profile profile : {Profile::graph, Profile::admin}) {
        const auto names = names_in(ToolRegistry(all_tools(), profile));
        const std::set<std::string> set(names.begin(), names.end());
        for (const std::string& name : core) EXPECT_TRUE(set.contains(name)) << name;
        EXPECT_LT(set.size(), all_tools().size());
        together.insert(set.begin(), set.end());
    }
    EXPECT_EQ(together.size(), all_tools().size());
}

TEST(ToolList, ProfilesHaveNames) {
    EXPECT_EQ(*profile_from("admin"), Profile::admin);
    EXPECT_EQ(name_of(Profile::full), "full");
    EXPECT_NE(profile_from("everything").error().message.find("core, graph, admin, full"),
              std::string::npos);
}

TEST_F(Tools, AToolOfAnotherProfileIsRefusedWithTheWayToIt) {
    const ToolRegistry core(all_tools(), Profile::core);
    const ToolHost host{host_.store, &core, "1"};
    Protocol protocol({.agent = {"", "kestrel"}}, host);
    const json reply = json::parse(
        protocol.handle(tool_request(1, "memory_link", {{"source_id", "a"}, {"target_id", "b"}})));
    EXPECT_EQ(reply["result"]["isError"], true);
    EXPECT_EQ(reply["result"]["content"][0]["text"],
              "memory_link is not in profile core; start the server with --profile and one of "
              "graph, full");
    const json known = json::parse(protocol.handle(
        tool_request(1, "memory_capabilities")))["result"]["structuredContent"]["tools"];
    EXPECT_EQ(known["profile"], "core");
    EXPECT_EQ(known["available"].size(), core.tools().size());
    const json graph = known["more"]["graph"];
    EXPECT_NE(std::find(graph.begin(), graph.end(), "memory_link"), graph.end());
    EXPECT_NE(known["how"].get<std::string>().find("--profile"), std::string::npos);
    const json unknown = json::parse(protocol.handle(tool_request(1, "memory_dream")));
    EXPECT_EQ(unknown["error"]["code"], -32602);
}

}  // namespace
}  // namespace aimem::mcp::test
