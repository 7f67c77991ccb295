// Every tool of the registry by table: what it does when all is well, and what it does for somebody
// who may not. A tool without a row fails. (Every bad argument: tools_bad_arguments_test.cc.)
// SPDX-License-Identifier: Apache-2.0
#include "tests/mcp/tools_fixture.h"

#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

constexpr std::string_view kMe = "host:kestrel";  // whom the fixture's client is taken for

struct Case {
    const char* tool;
    json arguments;
    json expected;          // members of the structured answer; "$name" stands for a kept id
    const char* keep = "";  // "name=member": what later rows call $name
    const char* agent = kMe.data();
};

class EveryTool : public Tools {
protected:
    std::string digest() {
        const auto digest = store_->digest();
        EXPECT_TRUE(digest.has_value());
        return std::to_string(digest->sum) + "/" + std::to_string(digest->count);
    }

    json filled(const json& value) const {
        json out = value;
        if (value.is_string() && value.get_ref<const std::string&>().starts_with('$'))
            return kept_.at(value.get<std::string>().substr(1));
        if (value.is_structured())
            for (auto& item : out.items()) item.value() = filled(item.value());
        return out;
    }

    json answer(const Case& one) {
        const json arguments = filled(one.arguments);
        if (one.agent == kMe) return good(one.tool, arguments);
        const json got = as(one.agent, one.tool, arguments);
        EXPECT_FALSE(got.contains("isError")) << one.tool << got;
        return got.value("structuredContent", json::object());
    }

    void keep(const Case& one, const json& answer) {
        const std::string rule = one.keep;
        const std::size_t at = rule.find('=');
        if (at != std::string::npos) kept_[rule.substr(0, at)] = answer[rule.substr(at + 1)];
    }

    void expect_all_have_rows(const std::set<std::string>& rows) {
        for (const RegisteredTool& tool : registry_.tools())
            EXPECT_TRUE(rows.contains(std::string(tool.tool.name)))
                << tool.tool.name << " has no row";
    }

    const Tool& tool(const std::string& name) { return registry_.find(name)->tool; }

    std::map<std::string, json> kept_;
};

std::vector<Case> reading_and_writing() {
    return {
        {"memory_whoami", json::object(), {{"agent_id", kMe}, {"registered", false}}},
        {"memory_agent_register",
         {{"agent_id", kMe}, {"agent_type", "human"}},
         {{"registered", true}}},
        {"memory_agent_list", json::object(), {{"count", 1}}},
        {"memory_store",
         {{"title", "Tea"}, {"content", "Green leaves"}, {"namespace", "home/kitchen"}},
         {{"title", "Tea"}, {"namespace", "home/kitchen"}, {"tier", "mid"}, {"agent_id", kMe}},
         "tea=id"},
        {"memory_store",
         {{"title", "Cup"}, {"content", "White"}, {"namespace", "home/kitchen"}, {"tier", "long"}},
         {{"tier", "long"}},
         "cup=id"},
        {"memory_get", {{"id", "$tea"}}, {{"id", "$tea"}, {"content", "Green leaves"}}},
        {"memory_get_many", {{"ids", {"$tea", "nobody"}}}, {{"count", 1}, {"missing", {"nobody"}}}},
        {"memory_list", {{"namespace", "home/kitchen"}}, {{"count", 2}}},
        {"memory_recall", {{"context", "which leaves"}}, {{"count", 1}}},
        {"memory_search", {{"query", "green leaves"}}, {{"count", 1}}},
        {"memory_session_start", {{"namespace", "home/kitchen"}}, {{"count", 2}}},
        {"memory_update", {{"id", "$tea"}, {"content", "Black leaves"}}, {{"updated", true}}},
        {"memory_history", {{"id", "$tea"}}, {{"id", "$tea"}, {"count", 2}}},
        {"memory_promote", {{"id", "$tea"}}, {{"promoted", true}, {"tier", "long"}}},
        {"memory_promote",
         {{"id", "$cup"}, {"to_namespace", "home"}},
         {{"promoted", true}, {"source_id", "$cup"}},
         "copy=clone_id"},
        {"memory_delete", {{"id", "$copy"}}, {{"deleted", true}, {"id", "$copy"}}},
        {"memory_auto_tag", {{"id", "$tea"}}, {{"id", "$tea"}, {"method", "keyword"}}},
        {"memory_expand_query", {{"query", "tea"}}, {{"original", "tea"}}},
        {"memory_detect_contradiction",
         {{"id_a", "$tea"}, {"id_b", "$cup"}},
         {{"contradicts", false}}},
        {"memory_check_duplicate",
         {{"title", "Tea"}, {"content", "Black leaves"}},
         {{"is_duplicate", true}, {"suggested_merge", "$tea"}}},
        {"memory_get_taxonomy", {{"namespace_prefix", "home"}}, {{"total_count", 2}}},
        {"memory_stats", json::object(), {{"links_count", 0}, {"archived_total", 0}}},
        {"memory_capabilities", json::object(), {{"version", "1.2.3"}, {"agent_id", kMe}}},
    };
}

std::vector<Case> links_and_entities() {
    const json link{{"source_id", "$tea"}, {"target_id", "$cup"}, {"relation", "derived_from"}};
    return {
        {"memory_link", link, {{"linked", true}, {"existed", false}}},
        {"memory_get_links", {{"id", "$tea"}}, {{"count", 1}}},
        {"memory_kg_query", {{"source_id", "$tea"}}, {{"count", 1}, {"source_id", "$tea"}}},
        {"memory_kg_timeline", {{"source_id", "$tea"}}, {{"count", 1}}},
        {"memory_kg_invalidate", link, {{"found", true}}},
        {"memory_unlink", link, {{"unlinked", true}, {"removed", 1}}},
        {"memory_entity_register",
         {{"canonical_name", "Ada"}, {"namespace", "people"}, {"aliases", {"A."}}},
         {{"created", true}}},
        {"memory_entity_get_by_alias",
         {{"alias", "A."}},
         {{"found", true}, {"canonical_name", "Ada"}}},
        {"memory_notify",
         {{"target_agent_id", kMe}, {"title", "Hi"}, {"payload", "one"}},
         {{"from", kMe}, {"to", kMe}}},
        {"memory_session_start", json::object(), {{"unread_messages", 1}}},
        {"memory_inbox", json::object(), {{"count", 1}, {"agent_id", kMe}}},
        {"memory_subscribe", {{"url", "https://example.org/h"}}, {{"events", "*"}}, "hook=id"},
        {"memory_list_subscriptions", json::object(), {{"count", 1}}},
        {"memory_unsubscribe", {{"id", "$hook"}}, {{"removed", true}}},
    };
}

std::vector<Case> rules_and_ends() {
    const json mine{{"title", "Pot"}, {"content", "Iron"}, {"namespace", "home"}};
    return {
        {"memory_namespace_set_standard",
         {{"namespace", "home"}, {"id", "$cup"}, {"governance", {{"write", "approve"}}}},
         {{"set", true}, {"standard_id", "$cup"}}},
        {"memory_namespace_get_standard", {{"namespace", "home"}}, {{"standard_id", "$cup"}}},
        {"memory_namespace_get_standard",
         {{"namespace", "home"}, {"inherit", true}},
         {{"chain", {"home"}}, {"count", 1}}},
        {"memory_store", mine, {{"status", "pending"}}, "first=pending_id", "bob"},
        {"memory_store", mine, {{"status", "pending"}}, "second=pending_id", "carol"},
        {"memory_pending_list", {{"status", "pending"}}, {{"count", 2}}},
        {"memory_pending_approve", {{"id", "$first"}}, {{"approved", true}, {"executed", true}}},
        {"memory_pending_reject", {{"id", "$second"}}, {{"rejected", true}, {"id", "$second"}}},
        {"memory_namespace_clear_standard", {{"namespace", "home"}}, {{"cleared", true}}},
        {"memory_consolidate",
         {{"ids", {"$tea", "$cup"}}, {"title", "Tea time"}, {"summary", "Leaves in a cup"}},
         {{"consolidated", 2}, {"namespace", "home/kitchen"}}},
        {"memory_archive_list", json::object(), {{"count", 2}}},
        {"memory_archive_stats", json::object(), {{"archived_total", 2}}},
        {"memory_archive_restore", {{"id", "$tea"}}, {{"restored", true}, {"tier", "long"}}},
        {"memory_archive_purge", json::object(), {{"purged", 1}}},
        {"memory_gc", json::object(), {{"collected", 0}, {"dry_run", false}}},
        {"memory_gc", {{"dry_run", true}}, {{"collected", 0}, {"dry_run", true}}},
        {"memory_forget", {{"namespace", "people"}, {"dry_run", true}}, {{"would_delete", 1}}},
        {"memory_forget", {{"namespace", "people"}}, {{"deleted", 1}, {"archived", true}}},
        {"memory_delete", {{"id", "$tea"}}, {{"deleted", true}}},
    };
}

// Declared, and only in answers that no row here gives.
const std::set<std::string> kSometimes{
    "next_cursor", "tokens_used", "duplicate", "potential_contradictions",
    "votes",       "quorum",      "status",    "pending_id"};

TEST_F(EveryTool, DoesItsWorkAndAnswersWhatItsOutputSchemaSays) {
    std::set<std::string> rows;
    std::map<std::string, std::set<std::string>> seen;
    for (const auto& table : {reading_and_writing(), links_and_entities(), rules_and_ends()}) {
        for (const Case& one : table) {
            const std::string before = digest();
            const json got = answer(one);
            const json expected = filled(one.expected);
            for (const auto& [name, value] : expected.items())
                EXPECT_EQ(got.value(name, json()), value) << one.tool << one.arguments << got;
            const bool only_looks =
                tool(one.tool).effect == Effect::reads || one.arguments.value("dry_run", false);
            if (only_looks) {
                EXPECT_EQ(digest(), before) << one.tool << " changed something";
            }
            keep(one, got);
            rows.insert(one.tool);
            for (const auto& item : got.items()) seen[one.tool].insert(item.key());
        }
    }
    expect_all_have_rows(rows);
    for (const RegisteredTool& tool : registry_.tools()) {
        const std::string name(tool.tool.name);
        const json schema = json::parse(tool.tool.output_schema);
        for (const auto& item : schema["properties"].items()) {
            EXPECT_TRUE(kSometimes.contains(item.key()) || seen[name].contains(item.key()))
                << name << " declares " << item.key() << " and never answers it";
        }
    }
}

enum class Stranger {
    refused,   // with a reason; nothing changes
    spares,    // a sweep: it leaves out what is not for him, so that nothing changes
    answered,  // anybody may
};

struct Visit {
    const char* tool;
    json arguments;
    Stranger outcome;
};

std::vector<Visit> refused_visits() {
    const json a{{"id", "$a"}};
    const json link{{"source_id", "$a"}, {"target_id", "$b"}, {"relation", "related_to"}};
    const auto no = Stranger::refused;
    return {
        {"memory_store", {{"title", "C"}, {"content", "c"}, {"namespace", "team/x"}}, no},
        {"memory_update", {{"id", "$a"}, {"content", "c"}}, no},
        {"memory_delete", a, no},
        {"memory_promote", a, no},
        {"memory_consolidate", {{"ids", {"$a", "$b"}}, {"title", "t"}, {"summary", "s"}}, no},
        {"memory_link", link, no},
        {"memory_unlink", link, no},
        {"memory_kg_invalidate", link, no},
        {"memory_entity_register", {{"canonical_name", "E"}, {"namespace", "team/x"}}, no},
        {"memory_auto_tag", a, no},
        {"memory_namespace_set_standard", {{"namespace", "team"}, {"id", "$a"}}, no},
        {"memory_namespace_clear_standard", {{"namespace", "team"}}, no},
        {"memory_archive_restore", {{"id", "$gone"}}, no},
        {"memory_pending_approve", {{"id", "$asked"}}, no},
        {"memory_pending_reject", {{"id", "$asked"}}, no},
        {"memory_subscribe", {{"url", "https://example.org/h"}}, no},
        {"memory_unsubscribe", {{"id", "$hook"}}, no},
        {"memory_forget", {{"namespace", "team/x"}}, Stranger::spares},
        {"memory_archive_purge", {{"namespace", "team/x/old"}}, Stranger::spares},
        {"memory_gc", json::object(), Stranger::spares},  // what has expired is nobody's
    };
}

std::vector<Visit> answered_visits() {
    const json none = json::object();
    const json a{{"id", "$a"}};
    const json source{{"source_id", "$a"}};
    const auto yes = Stranger::answered;
    return {
        {"memory_recall", {{"context", "c"}}, yes},
        {"memory_search", {{"query", "c"}}, yes},
        {"memory_list", none, yes},
        {"memory_get", a, yes},
        {"memory_get_many", {{"ids", {"$a"}}}, yes},
        {"memory_session_start", none, yes},
        {"memory_get_links", a, yes},
        {"memory_kg_query", source, yes},
        {"memory_kg_timeline", source, yes},
        {"memory_history", a, yes},
        {"memory_detect_contradiction", {{"id_a", "$a"}, {"id_b", "$b"}}, yes},
        {"memory_check_duplicate", {{"title", "t"}, {"content", "c"}}, yes},
        {"memory_expand_query", {{"query", "c"}}, yes},
        {"memory_get_taxonomy", none, yes},
        {"memory_entity_get_by_alias", {{"alias", "E"}}, yes},
        {"memory_archive_list", none, yes},
        {"memory_archive_stats", none, yes},
        {"memory_namespace_get_standard", {{"namespace", "team"}}, yes},
        {"memory_pending_list", none, yes},
        {"memory_agent_list", none, yes},
        {"memory_inbox", none, yes},
        {"memory_list_subscriptions", none, yes},
        {"memory_whoami", none, yes},
        {"memory_stats", none, yes},
        {"memory_capabilities", none, yes},
        {"memory_agent_register", {{"agent_id", "mallory"}, {"agent_type", "human"}}, yes},
        {"memory_notify", {{"target_agent_id", "alice"}, {"title", "t"}, {"payload", "p"}}, yes},
    };
}

// alice's: two linked memories, an archived one, a webhook, and rules that name her alone.
std::vector<Case> what_is_alices() {
    const json team{{"write", "owner"},
                    {"promote", "owner"},
                    {"delete", "owner"},
                    {"approver", {{"agent", "alice"}}}};
    const json asks{{"write", "approve"}, {"approver", {{"agent", "alice"}}}};
    const auto note = [](const char* title, const char* ns) {
        return json{{"title", title}, {"content", "a kestrel hovers"}, {"namespace", ns}};
    };
    return {
        {"memory_agent_register",
         {{"agent_id", "alice"}, {"agent_type", "human"}},
         {},
         "",
         "alice"},
        {"memory_store", note("A", "team/x"), {}, "a=id", "alice"},
        {"memory_store", note("B", "team/x"), {}, "b=id", "alice"},
        {"memory_store", note("Gone", "team/x/old"), {}, "gone=id", "alice"},
        {"memory_forget", {{"namespace", "team/x/old"}}, {{"deleted", 1}}, "", "alice"},
        {"memory_link", {{"source_id", "$a"}, {"target_id", "$b"}}, {}, "", "alice"},
        {"memory_subscribe", {{"url", "https://example.org/a"}}, {}, "hook=id", "alice"},
        {"memory_store", note("Rules", "team"), {}, "rules=id", "alice"},
        {"memory_namespace_set_standard",
         {{"namespace", "team"}, {"id", "$rules"}, {"governance", team}},
         {},
         "",
         "alice"},
        {"memory_store", note("Asks", "asks"), {}, "asks=id", "alice"},
        {"memory_namespace_set_standard",
         {{"namespace", "asks"}, {"id", "$asks"}, {"governance", asks}},
         {},
         "",
         "alice"},
        {"memory_store", note("New", "asks"), {{"status", "pending"}}, "asked=pending_id", "bob"},
    };
}

TEST_F(EveryTool, RefusesAStrangerWhatIsNotForHim) {
    for (const Case& one : what_is_alices()) {
        const json got = answer(one);
        for (const auto& [name, value] : one.expected.items())
            EXPECT_EQ(got[name], value) << one.tool;
        keep(one, got);
    }
    std::set<std::string> rows;
    for (const auto& table : {refused_visits(), answered_visits()}) {
        for (const Visit& visit : table) {
            const std::string before = digest();
            const json got = as("mallory", visit.tool, filled(visit.arguments));
            const std::string said = got["content"][0]["text"];
            EXPECT_EQ(got.value("isError", false), visit.outcome == Stranger::refused)
                << visit.tool << ": " << said;
            if (visit.outcome == Stranger::refused) {
                EXPECT_EQ(said.find("failed"), std::string::npos) << visit.tool << ": " << said;
                EXPECT_EQ(said.find("not found"), std::string::npos) << visit.tool << ": " << said;
            }
            if (visit.outcome != Stranger::answered || tool(visit.tool).effect == Effect::reads) {
                EXPECT_EQ(digest(), before) << visit.tool << " changed something: " << said;
            }
            rows.insert(visit.tool);
        }
    }
    expect_all_have_rows(rows);
}

}  // namespace
}  // namespace aimem::mcp::test
