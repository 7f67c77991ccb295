// Who may see what, by every tool there is: a tool without a row here fails.
// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "tests/mcp/tools_fixture.h"
#include "tests/support/scoped_world.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>

namespace aimem::mcp::test {
namespace {

using aimem::test::kPosition;
using nlohmann::json;

constexpr const char* kCaller = "ai:me";

// What a tool is asked, and what it must show; "" for nothing, "-" for an error.
struct Case {
    json arguments{};
    std::string shows{};
};

class Scopes : public Tools {
protected:
    Scopes() : world_(aimem::test::make_scoped_world(*store_)) {}

    json call(const std::string& method, const json& params, const std::string& agent,
              const std::optional<std::string>& position) {
        Protocol server{{.agent = {agent, "kestrel"}, .position = position}, host_};
        const json request{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}};
        return json::parse(server.handle(request.dump()));
    }
    json tool(const std::string& name, const json& arguments, const std::string& agent,
              const std::optional<std::string>& position) {
        return call("tools/call", {{"name", name}, {"arguments", arguments}}, agent,
                    position)["result"];
    }

    std::string leaked(const std::string& name, const json& asked, const json& got) const {
        const auto what = aimem::test::leaked(world_, asked.dump(), got.dump());
        return what.empty() ? what : name + ": " + what;
    }

    std::map<std::string, Case> reading() const {
        const std::string& seen = world_.seen.front();
        const std::string& hush = world_.hush.front();
        json ids = world_.hush;
        ids.push_back(seen);
        return {{"memory_recall", {{{"context", "kestrel"}}, "seen5"}},
                {"memory_search", {{{"query", "kestrel"}}, "seen4"}},
                {"memory_list", {json::object(), "seen3"}},
                {"memory_get", {{{"id", hush}}, "-"}},
                {"memory_get_many", {{{"ids", ids}}, "seen1"}},
                {"memory_session_start", {json::object(), "seen2"}},
                {"memory_get_taxonomy", {json::object(), "seen"}},
                {"memory_check_duplicate",
                 {{{"title", "kestrel"}, {"content", "kestrel text"}}, "seen"}},
                {"memory_entity_get_by_alias", {{{"alias", "alias of it"}}, ""}},
                {"memory_kg_timeline", {{{"source_id", seen}}, "seen2"}},
                {"memory_kg_query", {{{"source_id", seen}, {"max_depth", 3}}, "seen2"}},
                {"memory_get_links", {{{"id", seen}}, world_.seen[1]}},
                {"memory_stats", {json::object(), "acme/seen"}},
                {"memory_expand_query", {{{"query", "kestrel"}}, "seen2"}},
                {"memory_detect_contradiction", {{{"id_a", seen}, {"id_b", hush}}, "-"}},
                {"memory_archive_list", {json::object(), "seen6"}},
                {"memory_archive_stats", {json::object(), kPosition}},
                {"memory_namespace_get_standard", {{{"namespace", "elsewhere"}}, ""}},
                {"memory_pending_list", {json::object(), ""}},
                {"memory_inbox", {{{"agent_id", "ai:bob"}}, "-"}},
                {"memory_history", {{{"id", seen}}, "seen1"}},  // it lay elsewhere before
                // Who there is, and how many rows of the program's own, is nobody's secret.
                {"memory_agent_list", {json::object(), ""}},
                {"memory_list_subscriptions", {json::object(), ""}},
                {"memory_capabilities", {json::object(), ""}},
                {"memory_whoami", {json::object(), kCaller}}};
    }

    // Verbs that name a memory: one that is not seen is not there.
    std::map<std::string, json> naming() const {
        const std::string& seen = world_.seen.front();
        const std::string& hush = world_.hush.front();
        return {
            {"memory_update", {{"id", hush}, {"priority", 3}}},
            {"memory_delete", {{"id", hush}}},
            {"memory_promote", {{"id", hush}}},
            {"memory_link", {{"source_id", seen}, {"target_id", hush}}},
            {"memory_unlink", {{"source_id", hush}, {"target_id", seen}}},
            {"memory_kg_invalidate",
             {{"source_id", seen}, {"target_id", hush}, {"relation", "supersedes"}}},
            {"memory_consolidate", {{"ids", {seen, hush}}, {"title", "t"}, {"summary", "s"}}},
            {"memory_auto_tag", {{"id", hush}}},
            {"memory_archive_restore", {{"id", world_.hush_archived}}},
            {"memory_namespace_set_standard", {{"namespace", "n"}, {"id", hush}}},
            {"memory_forget", {{"namespace", "hush"}}},
            {"memory_archive_purge", json::object()},
            {"memory_pending_approve", {{"id", world_.hush_pending}}},
            {"memory_pending_reject", {{"id", world_.hush_pending}}},
            // A title that is taken there by what is not seen.
            {"memory_store", {{"title", "hush5 kestrel"}, {"content", "c"}, {"namespace", "hush"}}},
            {"memory_entity_register", {{"canonical_name", "hush thing"}, {"namespace", "hush"}}}};
    }

    std::string scoped(const std::string& id, const std::string& ns) {
        StoreMemory op{.title = id, .content = "c", .ns = ns, .agent_id = "ai:other"};
        op.new_id = id;
        return aimem::test::must_commit(*store_, std::move(op)).id;
    }

    aimem::test::ScopedWorld world_;
};

TEST_F(Scopes, EveryToolHasItsRow) {
    const std::vector<std::string> blind{"memory_gc",
                                         "memory_namespace_clear_standard",
                                         "memory_agent_register",
                                         "memory_notify",
                                         "memory_subscribe",
                                         "memory_unsubscribe"};
    const auto read = reading();
    const auto named = naming();
    for (const Tool& one : all_tools()) {
        const std::string name(one.name);
        const bool known = read.contains(name) || named.contains(name) ||
                           std::find(blind.begin(), blind.end(), name) != blind.end();
        EXPECT_TRUE(known) << name << " has no row: may it show what its caller must not see?";
        if (one.effect == Effect::reads) {
            EXPECT_TRUE(read.contains(name)) << name;
        }
    }
}

TEST_F(Scopes, NoToolShowsWhatItsCallerMayNotSee) {
    for (const auto& [name, row] : reading()) {
        const json got = tool(name, row.arguments, kCaller, kPosition);
        EXPECT_EQ(leaked(name, row.arguments, got), "");
        EXPECT_EQ(got.value("isError", false), row.shows == "-") << name << got;
        if (row.shows != "-") {
            EXPECT_NE(got.dump().find(row.shows), std::string::npos) << name << got;
        }
    }
}

// The same place by the argument, on a server of which nothing was said.
TEST_F(Scopes, AsAgentOfACallIsAsGood) {
    for (const auto& [name, row] : reading()) {
        const auto schema = json::parse(registry_.find(name)->tool.input_schema);
        if (!schema.value("properties", json::object()).contains("as_agent")) continue;
        if (name == "memory_inbox") continue;  // whose it is, is another question: see below
        json arguments = row.arguments;
        arguments["as_agent"] = kPosition;
        const json got = tool(name, arguments, "", std::nullopt);
        EXPECT_EQ(leaked(name, row.arguments, got), "");
    }
    const json other = tool("memory_list", {{"as_agent", "elsewhere"}}, kCaller,
                            std::optional<std::string>(kPosition));
    EXPECT_TRUE(other.value("isError", false)) << "the place of the server is not left by asking";
}

TEST_F(Scopes, WithoutAPlaceAndAnAgentEverythingIsSeen) {
    for (const auto& [name, row] : reading()) {
        const json got = tool(name, row.arguments, "", std::nullopt);
        EXPECT_FALSE(got.value("isError", false)) << name << got;
    }
    EXPECT_NE(tool("memory_list", {{"limit", 200}}, "", std::nullopt).dump().find("hush5"),
              std::string::npos);
}

TEST_F(Scopes, WhatIsNotSeenCannotBeNamed) {
    const auto before = store_->digest().value().sum;
    for (const auto& [name, arguments] : naming()) {
        const json got = tool(name, arguments, kCaller, kPosition);
        EXPECT_TRUE(got.value("isError", false)) << name << got;
        EXPECT_EQ(leaked(name, arguments, got), "");
    }
    EXPECT_EQ(store_->digest().value().sum, before);
}

TEST_F(Scopes, CountsAreOfWhatIsSeen) {
    const json stats =
        tool("memory_stats", json::object(), kCaller, kPosition)["structuredContent"];
    // Five by scope, an entity, the standard of a place above, a message.
    EXPECT_EQ(stats["total"], 8);
    EXPECT_EQ(stats["links_count"], 4);
    EXPECT_EQ(stats["archived_total"], 1);
    const json about =
        tool("memory_capabilities", json::object(), kCaller, kPosition)["structuredContent"];
    EXPECT_EQ(about["approval"]["pending_requests"], 0);
    EXPECT_EQ(tool("memory_gc", {{"dry_run", true}}, kCaller,
                   kPosition)["structuredContent"]["collected"],
              0);
}

TEST_F(Scopes, WhatAStoreSaysOfOthersIsOfThoseThatAreSeen) {
    json wish{{"title", "kestrel hush5"}, {"content", "c"}, {"namespace", "hush"}};
    const json all = tool("memory_store", wish, "", std::nullopt);
    EXPECT_NE(all.dump().find(world_.hush.back()), std::string::npos) << "the test can fail";
    wish["title"] = "kestrel hush5 too";
    const json got = tool("memory_store", wish, kCaller, kPosition);
    EXPECT_FALSE(got.value("isError", false)) << got;
    EXPECT_EQ(leaked("memory_store", wish, got), "");
    // Who wrote it may go on, seen or not.
    const json again = tool("memory_store", wish, kCaller, kPosition)["structuredContent"];
    EXPECT_EQ(again["duplicate"], true) << again;
}

// A beginning that is unique among what is seen is enough, whatever else begins so.
TEST_F(Scopes, APrefixIsJudgedByWhatIsSeen) {
    const auto seen = scoped("aaaa1", kPosition);
    const auto hush = scoped("aaaa2", "hush");
    const json got = tool("memory_update", {{"id", "aaaa"}, {"priority", 9}}, kCaller, kPosition);
    EXPECT_FALSE(got.value("isError", false)) << got;
    EXPECT_EQ(store_->get(seen)->priority, 9);
    EXPECT_EQ(store_->get(hush)->priority, 5);
}

TEST_F(Scopes, MessagesAreForSenderAndReceiver) {
    const auto inbox = [&](const std::string& agent, const std::string& whose) {
        return tool("memory_inbox", {{"agent_id", whose}}, agent, std::nullopt);
    };
    EXPECT_NE(inbox("ai:bob", "ai:bob").dump().find("hush9"), std::string::npos);
    EXPECT_TRUE(inbox(kCaller, "ai:bob").value("isError", false));
    EXPECT_NE(inbox(kCaller, kCaller).dump().find("seen8"), std::string::npos);
    for (const auto& [name, arguments] : std::vector<std::pair<std::string, json>>{
             {"memory_list", {{"namespace", "_messages/ai:bob"}}},
             {"memory_search", {{"query", "hush9"}, {"namespace", "_messages/ai:bob"}}},
             {"memory_recall", {{"context", "hush9"}, {"namespace", "_messages/ai:bob"}}}}) {
        EXPECT_EQ(tool(name, arguments, kCaller, std::nullopt)["structuredContent"]["count"], 0)
            << name;
        EXPECT_EQ(tool(name, arguments, "ai:hush", std::nullopt)["structuredContent"]["count"], 1)
            << name << ": he sent it";
    }
}

TEST_F(Scopes, ResourcesAndCompletionKeepToThem) {
    const std::string list = call("resources/list", json::object(), kCaller, kPosition).dump();
    EXPECT_EQ(list.find("hush"), std::string::npos) << list;
    EXPECT_NE(list.find("seen2"), std::string::npos) << list;
    const json hidden =
        call("resources/read", {{"uri", "memory://acme/eng/api/hush/" + world_.hush.front()}},
             kCaller, kPosition);
    EXPECT_TRUE(hidden.contains("error")) << hidden;
    for (const char* argument : {"namespace", "tag", "agent"}) {
        const json params{{"ref", {{"type", "ref/prompt"}, {"name", "recall-first"}}},
                          {"argument", {{"name", argument}, {"value", ""}}}};
        const std::string got = call("completion/complete", params, kCaller, kPosition).dump();
        EXPECT_EQ(got.find("hush"), std::string::npos) << got;
        EXPECT_NE(got.find("seen"), std::string::npos) << got;
    }
    const json ids{{"ref", {{"type", "ref/resource"}, {"uri", "memory://{+namespace}/{id}"}}},
                   {"argument", {{"name", "id"}, {"value", world_.hush.front()}}}};
    EXPECT_EQ(
        call("completion/complete", ids, kCaller, kPosition)["result"]["completion"]["values"],
        json::array());
}

}  // namespace
}  // namespace aimem::mcp::test
