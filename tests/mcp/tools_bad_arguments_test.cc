// Every bad argument of every core tool: named in the answer, and nothing changes.
// SPDX-License-Identifier: Apache-2.0
#include "tests/mcp/tools_fixture.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

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
