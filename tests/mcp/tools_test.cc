// Each core tool on a real store: good calls, every bad argument, and the shape of the answers.
// SPDX-License-Identifier: Apache-2.0
#include "mcp/protocol.h"
#include "mcp/schema_check.h"
#include "mcp/tool_registry.h"
#include "store/store.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

constexpr std::size_t kListBytesMax = 12'000;

class Tools : public testing::Test {
protected:
    Tools() {
        auto opened = Store::open({.file = dir_ / "memory.db"});
        if (!opened) throw std::runtime_error(opened.error().message);
        store_ = std::move(*opened);
    }

    json result(const std::string& tool, const json& arguments) {
        const json request{{"jsonrpc", "2.0"},
                           {"id", 1},
                           {"method", "tools/call"},
                           {"params", {{"name", tool}, {"arguments", arguments}}}};
        json reply = json::parse(protocol_.handle(request.dump()));
        EXPECT_TRUE(reply.contains("result")) << reply;
        return reply["result"];
    }

    // The structured answer of a call that must succeed; also checks it against the output schema.
    json good(const std::string& tool, const json& arguments) {
        const json got = result(tool, arguments);
        EXPECT_FALSE(got.contains("isError")) << tool << arguments << got;
        if (!got.contains("structuredContent")) return json::object();
        json answer = got["structuredContent"];
        const auto fits =
            check_arguments(json::parse(registry_.find(tool)->tool.output_schema), answer);
        EXPECT_TRUE(fits.has_value()) << tool << ": " << fits.error().message;
        return answer;
    }

    // The text of a call that must fail.
    std::string bad(const std::string& tool, const json& arguments) {
        const json got = result(tool, arguments);
        EXPECT_TRUE(got.value("isError", false)) << tool << arguments << got;
        return got["content"][0]["text"].get<std::string>();
    }

    std::string text(const std::string& tool, const json& arguments) {
        return result(tool, arguments)["content"][0]["text"].get<std::string>();
    }

    std::string stored(const std::string& title, json more = json::object()) {
        more["title"] = title;
        more.emplace("content", "content of " + title);
        return good("memory_store", more)["id"].get<std::string>();
    }

    std::size_t total() {
        return good("memory_list", {{"limit", 200}})["count"].get<std::size_t>();
    }

    aimem::test::TempDir dir_;
    std::unique_ptr<Store> store_;
    ToolRegistry registry_{core_tools()};
    ToolHost host_{[this]() -> Result<Store*> { return store_.get(); }, &registry_, "1.2.3"};
    Protocol protocol_{{.agent = {"", "kestrel"}}, host_};
};

TEST_F(Tools, TheListIsSmallAndSaysEverything) {
    const std::string& list = registry_.list_text(kLatestHandshake);
    EXPECT_LE(list.size(), kListBytesMax);
    const json parsed = json::parse(list);
    std::vector<std::string> names;
    for (const json& tool : parsed["tools"]) {
        names.push_back(tool["name"]);
        EXPECT_EQ(tool["inputSchema"]["additionalProperties"], false) << tool["name"];
        EXPECT_EQ(tool["outputSchema"]["type"], "object") << tool["name"];
        EXPECT_EQ(tool["annotations"].size(), 4U) << tool["name"];
        EXPECT_FALSE(tool["title"].get<std::string>().empty());
        EXPECT_TRUE(unknown_keywords(tool["inputSchema"]).empty()) << tool["name"];
        EXPECT_TRUE(unknown_keywords(tool["outputSchema"]).empty()) << tool["name"];
        for (const json& property : tool["inputSchema"].value("properties", json::object())) {
            EXPECT_TRUE(property["type"].is_string()) << tool["name"] << property;
        }
    }
    EXPECT_EQ(names, (std::vector<std::string>{"memory_store", "memory_recall", "memory_search",
                                               "memory_list", "memory_get", "memory_update",
                                               "memory_delete", "memory_promote", "memory_link",
                                               "memory_get_links", "memory_capabilities"}));
}

TEST_F(Tools, StoreAnswersWithWhatItKept) {
    const json answer = good("memory_store", {{"title", "Tea"},
                                              {"content", "Green"},
                                              {"tier", "long"},
                                              {"namespace", "home/kitchen"},
                                              {"tags", {"drink"}},
                                              {"priority", 9},
                                              {"confidence", 0.5},
                                              {"source", "user"},
                                              {"scope", "team"},
                                              {"metadata", {{"k", 1}}},
                                              {"agent_id", "alice"}});
    EXPECT_EQ(answer["tier"], "long");
    EXPECT_EQ(answer["namespace"], "home/kitchen");
    EXPECT_EQ(answer["agent_id"], "alice");
    EXPECT_FALSE(answer.contains("duplicate"));
    const json memory = good("memory_get", {{"id", answer["id"]}});
    EXPECT_EQ(memory["content"], "Green");
    EXPECT_EQ(memory["tags"], json::array({"drink"}));
    EXPECT_EQ(memory["priority"], 9);
    EXPECT_EQ(memory["confidence"], 0.5);
    EXPECT_EQ(memory["source"], "user");
    EXPECT_EQ(memory["metadata"]["scope"], "team");
    EXPECT_EQ(memory["metadata"]["k"], 1);
    EXPECT_EQ(memory["links"], json::array());
}

TEST_F(Tools, StoreHasTheDefaultsOfTheReference) {
    const json memory = good("memory_get", {{"id", stored("Tea")}});
    EXPECT_EQ(memory["tier"], "mid");
    EXPECT_EQ(memory["namespace"], "global");
    EXPECT_EQ(memory["priority"], 5);
    EXPECT_EQ(memory["confidence"], 1.0);
    EXPECT_EQ(memory["source"], "claude");
    EXPECT_EQ(memory["metadata"]["agent_id"], "host:kestrel");
    EXPECT_TRUE(memory.contains("expires_at"));
}

TEST_F(Tools, StoringATitleAgainUpdatesAndSaysWhatIsTrue) {
    const std::string id = stored("Tea", {{"tier", "long"}});
    const json again =
        good("memory_store", {{"title", "Tea"}, {"content", "Black"}, {"tier", "short"}});
    EXPECT_EQ(again["id"], id);
    EXPECT_EQ(again["duplicate"], true);
    EXPECT_EQ(again["action"], "updated existing memory");
    EXPECT_EQ(again["tier"], "long") << "what it is, not what was asked for";
    EXPECT_EQ(good("memory_get", {{"id", id}})["content"], "Black");
    EXPECT_EQ(total(), 1U);
}

TEST_F(Tools, StoreNamesMemoriesWithSimilarTitles) {
    const std::string first = stored("Database choice for billing");
    const json second =
        good("memory_store", {{"title", "Database choice for search"}, {"content", "x"}});
    EXPECT_EQ(second["potential_contradictions"], json::array({first}));
}

TEST_F(Tools, RecallCarriesContentScoresAndCounts) {
    const std::string id = stored("Tea", {{"content", "Green in the morning"}});
    stored("Unrelated", {{"content", "nothing here"}});
    const json answer =
        good("memory_recall", {{"context", "morning drinks"}, {"budget_tokens", 1000}});
    ASSERT_EQ(answer["count"], 1);
    EXPECT_EQ(answer["memories"][0]["id"], id);
    EXPECT_EQ(answer["memories"][0]["content"], "Green in the morning");
    EXPECT_TRUE(answer["memories"][0]["score"].is_number());
    EXPECT_EQ(answer["mode"], "keyword");
    EXPECT_EQ(answer["budget_tokens"], 1000);
    EXPECT_GT(answer["tokens_used"], 0);
}

TEST_F(Tools, RecallSkipsWhatExceedsTheBudgetAndTakesWhatFits) {
    stored("whale one", {{"content", std::string(4000, 'w')}, {"priority", 10}});
    const std::string small = stored("whale two", {{"content", "small"}, {"priority", 1}});
    const json answer = good("memory_recall", {{"context", "whale"}, {"budget_tokens", 50}});
    ASSERT_EQ(answer["count"], 1);
    EXPECT_EQ(answer["memories"][0]["id"], small);
    EXPECT_LE(answer["tokens_used"], 50);
}

TEST_F(Tools, RecallNarrowsByNamespaceTagAndTime) {
    stored("river a", {{"namespace", "a"}, {"tags", {"x"}}});
    stored("river b", {{"namespace", "b"}});
    EXPECT_EQ(good("memory_recall", {{"context", "river"}})["count"], 2);
    EXPECT_EQ(good("memory_recall", {{"context", "river"}, {"namespace", "b"}})["count"], 1);
    EXPECT_EQ(good("memory_recall", {{"context", "river"}, {"tags", "x"}})["count"], 1);
    EXPECT_EQ(good("memory_recall", {{"context", "river"}, {"limit", 1}})["count"], 1);
    EXPECT_EQ(
        good("memory_recall", {{"context", "river"}, {"until", "2020-01-01T00:00:00Z"}})["count"],
        0);
    EXPECT_EQ(
        good("memory_recall", {{"context", "river"}, {"since", "2020-01-01T00:00:00Z"}})["count"],
        2);
}

TEST_F(Tools, AQueryOfNoWordsFindsNothing) {
    stored("empty glass");
    EXPECT_EQ(good("memory_recall", {{"context", "***"}})["count"], 0);
    EXPECT_EQ(good("memory_search", {{"query", "\"()"}})["count"], 0);
}

TEST_F(Tools, FormatChangesTheTextAndNotTheStructure) {
    stored("Tea", {{"content", "Green: always"}});
    for (const auto& [tool, arguments] :
         std::vector<std::pair<std::string, json>>{{"memory_recall", {{"context", "tea"}}},
                                                   {"memory_search", {{"query", "tea"}}},
                                                   {"memory_list", {}}}) {
        json with = arguments.is_null() ? json::object() : arguments;
        EXPECT_EQ(json::parse(text(tool, with)), result(tool, with)["structuredContent"]);
        with["format"] = "toon_compact";
        EXPECT_NE(text(tool, with).find("|agent_id|content]:\n"), std::string::npos) << tool;
        EXPECT_NE(text(tool, with).find("|Green\\: always\n"), std::string::npos) << tool;
        good(tool, with);
        with["format"] = "toon";
        EXPECT_NE(text(tool, with).find("|metadata|content]:\n"), std::string::npos) << tool;
    }
}

TEST_F(Tools, SearchNeedsEveryWord) {
    const std::string id = stored("Tea kettle", {{"tier", "long"}, {"agent_id", "alice"}});
    stored("Tea cup");
    const json found = good("memory_search", {{"query", "kettle tea"}});
    ASSERT_EQ(found["count"], 1);
    EXPECT_EQ(found["results"][0]["id"], id);
    EXPECT_EQ(good("memory_search", {{"query", "tea"}})["count"], 2);
    EXPECT_EQ(good("memory_search", {{"query", "tea"}, {"tier", "long"}})["count"], 1);
    EXPECT_EQ(good("memory_search", {{"query", "tea"}, {"agent_id", "alice"}})["count"], 1);
    EXPECT_EQ(good("memory_search", {{"query", "tea"}, {"limit", 1}})["count"], 1);
    EXPECT_EQ(good("memory_search", {{"query", "tea"}, {"namespace", "elsewhere"}})["count"], 0);
}

TEST_F(Tools, ListPagesToTheEnd) {
    for (int i = 0; i < 5; ++i) stored("note " + std::to_string(i));
    std::set<std::string> seen;
    json arguments{{"limit", 2}};
    for (int page = 0; page < 3; ++page) {
        const json answer = good("memory_list", arguments);
        for (const json& memory : answer["memories"]) seen.insert(memory["id"].get<std::string>());
        EXPECT_EQ(answer.contains("next_offset"), page < 2);
        arguments["offset"] = answer.value("next_offset", 0);
    }
    EXPECT_EQ(seen.size(), 5U);
    EXPECT_EQ(good("memory_list", {{"limit", 5}}).contains("next_offset"), false);
}

TEST_F(Tools, GetTakesABeginningOfAnId) {
    const std::string id = stored("Tea");
    EXPECT_EQ(good("memory_get", {{"id", id.substr(0, 8)}})["id"], id);
    EXPECT_NE(bad("memory_get", {{"id", "zzzz"}}).find("memory_search"), std::string::npos);
}

TEST_F(Tools, UpdateKeepsExactlyWhatIsGiven) {
    const std::string id = stored(
        "Tea",
        {{"priority", 9}, {"tags", {"a"}}, {"metadata", {{"old", 1}}}, {"agent_id", "alice"}});
    const json answer = good("memory_update", {{"id", id},
                                               {"priority", 1},
                                               {"confidence", 0},
                                               {"title", "Coffee"},
                                               {"tags", json::array()},
                                               {"expires_at", nullptr},
                                               {"metadata", {{"fresh", true}}}});
    EXPECT_EQ(answer["updated"], true);
    EXPECT_EQ(answer["memory"]["title"], "Coffee");
    EXPECT_EQ(answer["memory"]["priority"], 1);
    EXPECT_EQ(answer["memory"]["tags"], json::array());
    EXPECT_EQ(answer["memory"]["content"], "content of Tea");
    EXPECT_EQ(answer["memory"]["metadata"], (json{{"agent_id", "alice"}, {"fresh", true}}));
    EXPECT_FALSE(answer["memory"].contains("expires_at"));
    EXPECT_EQ(good("memory_get", {{"id", id}})["priority"], 1);
}

TEST_F(Tools, UpdateRefusesATakenTitle) {
    stored("Tea");
    const std::string id = stored("Coffee");
    EXPECT_FALSE(bad("memory_update", {{"id", id}, {"title", "Tea"}}).empty());
    EXPECT_EQ(good("memory_get", {{"id", id}})["title"], "Coffee");
}

TEST_F(Tools, DeleteRemovesOnce) {
    const std::string id = stored("Tea");
    EXPECT_EQ(good("memory_delete", {{"id", id}}), (json{{"deleted", true}, {"id", id}}));
    bad("memory_delete", {{"id", id}});
    bad("memory_get", {{"id", id}});
    EXPECT_EQ(total(), 0U);
}

TEST_F(Tools, PromoteMakesItLast) {
    const std::string id = stored("Tea", {{"tier", "short"}});
    const json answer = good("memory_promote", {{"id", id}});
    EXPECT_EQ(answer, (json{{"promoted", true}, {"mode", "tier"}, {"id", id}, {"tier", "long"}}));
    EXPECT_FALSE(good("memory_get", {{"id", id}}).contains("expires_at"));
}

TEST_F(Tools, LinksAreSeenFromBothEnds) {
    const std::string tea = stored("Tea");
    const std::string cup = stored("Cup");
    const json link{{"source_id", tea}, {"target_id", cup}, {"relation", "supersedes"}};
    EXPECT_EQ(good("memory_link", link)["existed"], false);
    EXPECT_EQ(good("memory_link", link)["existed"], true);
    for (const auto& id : {tea, cup}) {
        const json links = good("memory_get_links", {{"id", id}});
        ASSERT_EQ(links["count"], 1);
        EXPECT_EQ(links["links"][0]["relation"], "supersedes");
        EXPECT_EQ(good("memory_get", {{"id", id}})["links"], links["links"]);
    }
    EXPECT_EQ(good("memory_get_links", {{"id", "nobody"}})["count"], 0);
    bad("memory_link", {{"source_id", tea}, {"target_id", tea}});
    bad("memory_link", {{"source_id", tea}, {"target_id", "nobody"}});
}

TEST_F(Tools, CapabilitiesTellWhatIsReal) {
    const json answer = good("memory_capabilities", json::object());
    EXPECT_EQ(answer["schema_version"], "2");
    EXPECT_EQ(answer["version"], "1.2.3");
    EXPECT_EQ(answer["features"]["keyword_search"], true);
    EXPECT_EQ(answer["features"]["semantic_search"], false);
    EXPECT_EQ(answer["tools"]["available"].size(), core_tools().size());
}

struct BadCall {
    const char* tool;
    json arguments;
    const char* fragment;
};

std::vector<BadCall> bad_writes() {
    const json ok{{"title", "t"}, {"content", "c"}};
    const auto with = [&ok](const char* name, const json& value) {
        json arguments = ok;
        arguments[name] = value;
        return arguments;
    };
    const auto change = [](const char* name, const json& value) {
        return json{{"id", "x"}, {name, value}};
    };
    return {
        {"memory_store", {{"content", "c"}}, "title"},
        {"memory_store", {{"title", "t"}}, "content"},
        {"memory_store", with("title", ""), "title"},
        {"memory_store", with("title", "   "), "title"},
        {"memory_store", with("title", std::string(513, 'x')), "512"},
        {"memory_store", with("title", "a\x01"), "title"},
        {"memory_store", with("content", ""), "content"},
        {"memory_store", with("content", std::string(65'537, 'x')), "65536"},
        {"memory_store", with("content", 5), "content"},
        {"memory_store", with("tier", "forever"), "short, mid, long"},
        {"memory_store", with("namespace", "a b"), "namespace"},
        {"memory_store", with("namespace", "/a"), "namespace"},
        {"memory_store", with("namespace", "a/../b"), "namespace"},
        {"memory_store", with("namespace", ""), "namespace"},
        {"memory_store", with("tags", "x"), "tags"},
        {"memory_store", with("tags", {1}), "tags[0]"},
        {"memory_store", with("tags", json(51, "x")), "tags"},
        {"memory_store", with("tags", {std::string(129, 'x')}), "tags[0]"},
        {"memory_store", with("priority", 0), "1 to 10"},
        {"memory_store", with("priority", 11), "1 to 10"},
        {"memory_store", with("priority", "5"), "priority"},
        {"memory_store", with("priority", 4'294'967'301), "priority"},
        {"memory_store", with("confidence", 1.5), "confidence"},
        {"memory_store", with("confidence", "1"), "confidence"},
        {"memory_store", with("source", "nobody"), "source"},
        {"memory_store", with("scope", "galaxy"), "scope"},
        {"memory_store", with("metadata", "x"), "metadata"},
        {"memory_store", with("metadata", {{"k", std::string(70'000, 'x')}}), "metadata"},
        {"memory_store", with("agent_id", "a b"), "agent_id"},
        {"memory_store", with("agent_id", ""), "agent_id"},
        {"memory_store", with("colour", "red"), "colour"},
        {"memory_update", json::object(), "id"},
        {"memory_update", change("priority", 99), "priority"},
        {"memory_update", change("expires_at", "tomorrow"), "expires_at"},
        {"memory_update", change("tier", "forever"), "tier"},
        {"memory_update", change("agent_id", "me"), "agent_id"},
        {"memory_update", change("title", "new"), "not found"},
        {"memory_delete", json::object(), "id"},
        {"memory_delete", {{"id", 5}}, "id"},
        {"memory_delete", {{"id", ""}}, "id"},
        {"memory_delete", {{"id", std::string(129, 'x')}}, "id"},
        {"memory_promote", {{"id", "nobody"}}, "not found"},
        {"memory_link", {{"source_id", "a"}}, "target_id"},
        {"memory_link",
         {{"source_id", "a"}, {"target_id", "b"}, {"relation", "likes"}},
         "relation"},
    };
}

std::vector<BadCall> bad_reads() {
    const auto recall = [](const char* name, const json& value) {
        return json{{"context", "x"}, {name, value}};
    };
    return {
        {"memory_recall", json::object(), "context"},
        {"memory_recall", {{"context", 5}}, "context"},
        {"memory_recall", {{"context", ""}}, "context"},
        {"memory_recall", recall("limit", 0), "1 to 50"},
        {"memory_recall", recall("limit", 51), "1 to 50"},
        {"memory_recall", recall("limit", "5"), "limit"},
        {"memory_recall", recall("budget_tokens", 0), "budget_tokens"},
        {"memory_recall", recall("budget_tokens", -1), "budget_tokens"},
        {"memory_recall", recall("since", "yesterday"), "since"},
        {"memory_recall", recall("until", "5"), "until"},
        {"memory_recall", recall("as_agent", "a b"), "as_agent"},
        {"memory_recall", recall("tags", {"a"}), "tags"},
        {"memory_recall", recall("format", "xml"), "toon_compact"},
        {"memory_recall", recall("namespace", "a b"), "namespace"},
        {"memory_search", json::object(), "query"},
        {"memory_search", {{"query", "x"}, {"limit", 201}}, "1 to 200"},
        {"memory_search", {{"query", "x"}, {"tier", "x"}}, "tier"},
        {"memory_search", {{"query", "x"}, {"agent_id", "a b"}}, "agent_id"},
        {"memory_list", {{"limit", -5}}, "limit"},
        {"memory_list", {{"offset", -1}}, "offset"},
        {"memory_list", {{"tier", 3}}, "tier"},
        {"memory_list", {{"page", 2}}, "page"},
        {"memory_get", json::object(), "id"},
        {"memory_get", {{"id", nullptr}}, "id"},
        {"memory_get_links", json::object(), "id"},
        {"memory_capabilities", {{"verbose", true}}, "verbose"},
    };
}

TEST_F(Tools, EveryBadArgumentIsNamedAndChangesNothing) {
    stored("There before");
    for (const auto& table : {bad_writes(), bad_reads()}) {
        for (const BadCall& call : table) {
            const std::string message = bad(call.tool, call.arguments);
            EXPECT_NE(message.find(call.fragment), std::string::npos)
                << call.tool << call.arguments << " said: " << message;
            EXPECT_LT(message.size(), 400U) << message;
        }
    }
    EXPECT_EQ(total(), 1U);
}

}  // namespace
}  // namespace aimem::mcp::test
