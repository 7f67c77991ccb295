// Every bad argument of every tool: named in the answer, and nothing changes.
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
        {"memory_update", change("colour", "me"), "colour"},
        {"memory_store", with("on_conflict", "maybe"), "merge, version, error"},
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

std::vector<BadCall> bad_rare_verbs() {
    return {
        {"memory_forget", json::object(), "at least one of namespace, pattern, tier"},
        {"memory_forget", {{"pattern", "***"}}, "no word"},
        {"memory_forget", {{"namespace", "global"}, {"dry_run", "true"}}, "dry_run"},
        {"memory_forget", {{"namespace", "global"}, {"tier", "lng"}}, "tier"},
        {"memory_archive_purge", {{"older_than_days", "30"}}, "older_than_days"},
        {"memory_archive_purge", {{"older_than_days", -1}}, "older_than_days"},
        {"memory_archive_purge", {{"older_than_days", 1e18}}, "older_than_days"},
        {"memory_archive_restore", {{"id", "nobody"}}, "not found"},
        {"memory_consolidate", {{"ids", {"a", "b"}}, {"title", "t"}}, "summary"},
        {"memory_consolidate", {{"ids", {"a"}}, {"title", "t"}, {"summary", "s"}}, "ids"},
        {"memory_promote", {{"id", "x"}, {"to_namespace", "a b"}}, "to_namespace"},
        {"memory_kg_query", {{"source_id", "x"}, {"max_depth", 6}}, "1 to 5"},
        {"memory_kg_query", {{"source_id", "x"}, {"valid_at", "now"}}, "valid_at"},
        {"memory_kg_query", {{"source_id", "x"}, {"allowed_agents", {"a b"}}}, "allowed_agents"},
        {"memory_kg_timeline", {{"source_id", "x"}, {"since", "now"}}, "since"},
        {"memory_kg_invalidate",
         {{"source_id", "a"}, {"target_id", "b"}, {"relation", "likes"}},
         "relation"},
        {"memory_entity_register", {{"canonical_name", "x"}}, "namespace"},
        {"memory_entity_get_by_alias", {{"alias", "x"}, {"namespace", "a b"}}, "namespace"},
        {"memory_get_taxonomy", {{"namespace_prefix", "a b"}}, "namespace_prefix"},
        {"memory_check_duplicate",
         {{"title", "t"}, {"content", "c"}, {"threshold", 0.1}},
         "0.5 to 1"},
        {"memory_pending_list", {{"status", "done"}}, "pending, approved, rejected"},
        {"memory_pending_approve", {{"id", "nobody"}}, "not found"},
        {"memory_namespace_set_standard", {{"namespace", "a"}, {"id", "nobody"}}, "not found"},
        {"memory_namespace_set_standard",
         {{"namespace", "a"}, {"id", "x"}, {"governance", {{"write", "some"}}}},
         "governance.write"},
        {"memory_agent_register", {{"agent_id", "a"}, {"agent_type", "robot"}}, "agent_type"},
        {"memory_notify",
         {{"target_agent_id", "a/../b c"}, {"title", "t"}, {"payload", "p"}},
         "target_agent_id"},
        {"memory_subscribe", {{"url", "http://x"}}, "not registered"},
        {"memory_auto_tag", {{"id", "nobody"}}, "not found"},
        {"memory_detect_contradiction", {{"id_a", "nobody"}, {"id_b", "x"}}, "id_a"},
        {"memory_history", {{"id", "nobody"}}, "not found"},
        {"memory_get_many", {{"ids", json::array()}}, "ids"},
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
        {"memory_list", {{"cursor", "5"}}, "next_cursor"},
        {"memory_list", {{"cursor", 5}}, "cursor"},
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
    for (const auto& table : {bad_writes(), bad_rare_verbs(), bad_reads()}) {
        for (const BadCall& call : table) {
            const std::string message = bad(call.tool, call.arguments);
            EXPECT_NE(message.find(call.fragment), std::string::npos)
                << call.tool << call.arguments << " said: " << message;
            EXPECT_LT(message.size(), 400U) << message;
        }
    }
    EXPECT_EQ(total(), 1U);
}

// A value that fits, so that the mistake beside it is the only one.
json fitting(const json& schema) {
    if (schema.contains("enum")) return schema["enum"][0];
    const std::string type = schema.value("type", "");
    if (type == "integer" || type == "number") return schema.value("minimum", json(1));
    if (type == "boolean") return false;
    if (type == "object") return {{"write", "any"}};
    if (type != "array") return "x";
    json list = json::array();
    for (int i = 0; i < schema.value("minItems", 1); ++i) list.push_back("x" + std::to_string(i));
    return list;
}

// Values that no schema of this kind lets through.
json misfits(const json& schema) {
    json list = json::array({nullptr});
    if (schema.value("nullable", false)) list = json::array();
    const std::string type = schema.value("type", "");
    if (type == "string") {
        list.push_back(5);
        list.push_back(json::array({"x"}));
        if (schema.contains("enum")) list.push_back("no such word");
        if (schema.contains("minLength")) list.push_back("");
        if (schema.contains("maxLength"))
            list.push_back(std::string(schema["maxLength"].get<std::size_t>() + 1, 'x'));
    } else if (type == "integer" || type == "number") {
        list.push_back("5");
        if (type == "integer") list.push_back(1.5);
        if (schema.contains("minimum")) list.push_back(schema["minimum"].get<double>() - 1);
        if (schema.contains("maximum")) list.push_back(schema["maximum"].get<double>() + 1);
        list.push_back(1e300);
    } else if (type == "array") {
        list.push_back("x");
        list.push_back(json::array({5}));
        if (schema.contains("maxItems"))
            list.push_back(json(schema["maxItems"].get<std::size_t>() + 1, "x"));
    } else {
        list.push_back("true");
        list.push_back(1);
    }
    return list;
}

TEST_F(Tools, WhatDoesNotFitItsSchemaIsRefusedByName) {
    std::size_t calls = 0;
    for (const RegisteredTool& tool : registry_.tools()) {
        const std::string name(tool.tool.name);
        const json schema = json::parse(tool.tool.input_schema);
        const json properties = schema.value("properties", json::object());
        json good = json::object();
        for (const json& member : schema.value("required", json::array()))
            good[member.get<std::string>()] = fitting(properties[member.get<std::string>()]);
        for (const json& member : schema.value("required", json::array())) {
            json less = good;
            less.erase(member.get<std::string>());
            const std::string said = bad(name, less);
            EXPECT_TRUE(said.find("missing") != std::string::npos) << name << less << said;
        }
        for (const auto& [member, property] : properties.items()) {
            if (!property.contains("type")) continue;
            for (const json& wrong : misfits(property)) {
                json arguments = good;
                arguments[member] = wrong;
                const std::string said = bad(name, arguments);
                EXPECT_EQ(said.substr(0, member.size()), member) << name << arguments << said;
                EXPECT_NE(said.find("must be"), std::string::npos) << said;
                calls += 1;
            }
        }
        json more = good;
        more["no_such_argument"] = 1;
        EXPECT_EQ(bad(name, more).substr(0, 16), "no_such_argument") << name;
    }
    EXPECT_GT(calls, 500U);
    EXPECT_EQ(total(), 0U);
}

}  // namespace
}  // namespace aimem::mcp::test
