// Faults of 0.6.3 that must not be ours, by the number they have in facts/mcp-tools.md section 11;
// docs/mcp.md says which test holds each of the others. SPDX-License-Identifier: Apache-2.0
#include "store/model/json.h"
#include "store/query/counts.h"
#include "tests/mcp/tools_fixture.h"

#include <nlohmann/json.hpp>

#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace aimem::mcp::test {
namespace {

using nlohmann::json;

constexpr const char* kLongAgo = "2020-01-01T00:00:00Z";

class Faults : public Tools {
protected:
    json got(const std::string& id) { return good("memory_get", {{"id", id}}); }
    std::uint64_t state() { return store_->digest().value().sum; }
    // Rules for "team" by alice: who is not she may delete there, but not write.
    std::string rules(const json& governance) {
        const auto id = stored("Rules", {{"namespace", "team"}, {"agent_id", "alice"}});
        good(
            "memory_namespace_set_standard",
            {{"namespace", "team"}, {"id", id}, {"governance", governance}, {"agent_id", "alice"}});
        return id;
    }
};

TEST_F(Faults, W1RecallNeverShortensALife) {
    for (const char* tier : {"short", "mid", "long"}) {
        const auto id = stored(std::string("kestrel ") + tier, {{"tier", tier}});
        const json before = got(id)["expires_at"];
        good("memory_recall", {{"context", tier}});
        store_->flush();
        EXPECT_EQ(got(id)["access_count"], 1) << "it was noted as used, once";
        EXPECT_EQ(got(id)["expires_at"], before) << tier;
    }
}

TEST_F(Faults, W2AWriteRenewsTheLife) {
    const auto merged = stored("merged", {{"tier", "short"}});
    EXPECT_EQ(stored("merged", {{"tier", "long"}}), merged);
    const auto updated = stored("updated", {{"tier", "short"}});
    good("memory_update", {{"id", updated}, {"tier", "long"}});
    for (const auto& id : {merged, updated}) {
        EXPECT_EQ(got(id)["tier"], "long");
        EXPECT_EQ(got(id)["expires_at"], nullptr);
    }
    // Expired, but nobody has collected it: stored again it is there again.
    const auto gone = stored("gone");
    good("memory_update", {{"id", gone}, {"expires_at", kLongAgo}});
    EXPECT_EQ(total(), 2U);
    stored("gone");
    EXPECT_EQ(total(), 3U);
    EXPECT_EQ(good("memory_gc", json::object())["collected"], 0);
}

TEST_F(Faults, W7WhatIsForgottenOrConsolidatedIsInTheArchiveWhole) {
    const json more{{"namespace", "n"},  {"tags", {"x"}},
                    {"priority", 9},     {"tier", "short"},
                    {"scope", "team"},   {"agent_id", "alice"},
                    {"confidence", 0.5}, {"metadata", {{"k", {1, 2}}}}};
    const auto id = stored("Tea", more);
    good("memory_link", {{"source_id", id}, {"target_id", stored("Cup")}});
    json before = got(id);
    good("memory_forget", {{"namespace", "n"}});
    good("memory_archive_restore", {{"id", id}});
    json after = got(id);
    for (json* one : {&before, &after}) one->erase("updated_at");
    EXPECT_EQ(after["metadata"]["written_by"], "host:kestrel") << "who took it away and back";
    after["metadata"].erase("written_by");
    EXPECT_EQ(after, before);
    const auto other = stored("Pot", more);
    good("memory_consolidate", {{"ids", {id, other}}, {"title", "Both"}, {"summary", "s"}});
    const json archive = good("memory_archive_list", json::object())["archived"];
    ASSERT_EQ(archive.size(), 2U);
    for (const json& one : archive) {
        EXPECT_EQ(one["metadata"].value("scope", ""), "team");
        EXPECT_EQ(one["metadata"].value("agent_id", ""), "alice");
        EXPECT_EQ(one["archive_reason"], "consolidate");
    }
}

// Whether others are alike changes nothing: what is given replaces, what is not stays.
TEST_F(Faults, W9OneRuleMergesWhateverElseIsThere) {
    const json first{{"tier", "long"},   {"priority", 9}, {"confidence", 0.9},
                     {"source", "user"}, {"tags", {"a"}}, {"metadata", {{"k", 1}}}};
    std::vector<json> ends;
    for (const char* ns : {"lonely", "crowded"}) {
        json given = first;
        given["namespace"] = ns;
        const auto id = stored("green tea", given);
        if (ns == std::string("crowded"))
            for (int i = 0; i < 12; ++i)
                stored("green tea " + std::to_string(i),
                       {{"namespace", ns}, {"priority", 10}, {"tier", "long"}});
        const json answer = good("memory_store", {{"title", "green tea"},
                                                  {"content", "new"},
                                                  {"namespace", ns},
                                                  {"tier", "short"},
                                                  {"priority", 2},
                                                  {"confidence", 0.2}});
        EXPECT_EQ(answer["id"], id);
        EXPECT_EQ(answer["duplicate"], true);
        EXPECT_EQ(answer["tier"], "long") << "what it is, not what was asked";
        json end = got(id);
        for (const char* own : {"id", "namespace", "created_at", "updated_at"}) end.erase(own);
        ends.push_back(end);
    }
    EXPECT_EQ(ends[0], ends[1]);
    EXPECT_EQ(ends[0]["priority"], 2);
    EXPECT_EQ(ends[0]["confidence"], 0.2);
    EXPECT_EQ(ends[0]["tags"], json::array({"a"}));
}

TEST_F(Faults, W10PromotionLeavesAnUnrelatedTitleAlone) {
    const auto above = stored("Tea", {{"namespace", "home"}});
    const auto below = stored("Tea", {{"namespace", "home/kitchen"}, {"content", "other"}});
    const auto before = state();
    bad("memory_promote", {{"id", below}, {"to_namespace", "home"}});
    EXPECT_EQ(state(), before);
    EXPECT_EQ(got(above)["content"], "content of Tea");
}

TEST_F(Faults, W11AConsolidationIsWholeAndTakesNoRulesAlong) {
    const json more{{"namespace", "n"}, {"scope", "team"}, {"metadata", {{"kind", "x"}, {"k", 1}}}};
    const auto a = stored("a", more);
    const auto b = stored("b", more);
    stored("taken", {{"namespace", "n"}});
    const auto before = state();
    const json wish{{"ids", {a, b}}, {"title", "taken"}, {"summary", "s"}};
    bad("memory_consolidate", wish);
    json missing = wish;
    missing["ids"] = {a, "nobody"};
    missing["title"] = "c";
    bad("memory_consolidate", missing);
    EXPECT_EQ(state(), before);
    json good_one = wish;
    good_one["title"] = "a";  // of one of the sources
    const json made = got(good("memory_consolidate", good_one)["id"]);
    EXPECT_EQ(made["namespace"], "n");
    EXPECT_EQ(made["metadata"]["k"], 1);
    EXPECT_EQ(made["metadata"]["derived_from"], json::array({a, b}));
    EXPECT_FALSE(made["metadata"].contains("scope"));
    EXPECT_FALSE(made["metadata"].contains("kind"));
    EXPECT_TRUE(good("memory_recall", {{"context", "b"}, {"namespace", "n"}})["memories"].empty() ||
                total() == 2U);
}

TEST_F(Faults, W12AnExpiryIsClearedByNullOrNothing) {
    for (const json& nothing : {json(nullptr), json("")}) {
        const auto id = stored("Tea", {{"tier", "short"}});
        EXPECT_NE(got(id)["expires_at"], nullptr);
        good("memory_update", {{"id", id}, {"expires_at", nothing}});
        EXPECT_EQ(got(id)["expires_at"], nullptr) << nothing;
        good("memory_delete", {{"id", id}});
    }
}

TEST_F(Faults, W15AnEntityTakesItsNamesWithItAndEveryNameIsChecked) {
    const auto entity = [&](const char* ns) {
        return good("memory_entity_register", {{"canonical_name", "Ada"},
                                               {"namespace", ns},
                                               {"aliases", {"AAL"}}})["entity_id"]
            .get<std::string>();
    };
    const auto first = entity("one");
    const auto second = entity("two");
    const auto named = [&](const json& more) {
        json asked{{"alias", "AAL"}};
        asked.update(more);
        return good("memory_entity_get_by_alias", asked);
    };
    // A name may be several's: the namespace tells them apart, and without one the newest is meant.
    EXPECT_EQ(named({{"namespace", "one"}})["entity_id"], first);
    EXPECT_EQ(named(json::object())["entity_id"], second);
    good("memory_delete", {{"id", second}});
    EXPECT_EQ(named(json::object())["entity_id"], first);
    good("memory_delete", {{"id", first}});
    EXPECT_EQ(named(json::object())["found"], false);
    const auto again = entity("one");
    EXPECT_NE(again, first);
    for (const auto& [field, value] : std::vector<std::pair<std::string, json>>{
             {"aliases", {std::string(600, 'x')}},
             {"aliases", {"a\x01z"}},
             {"metadata", {{"k", std::string(100'000, 'x')}}}}) {
        json wish{{"canonical_name", "Eve"}, {"namespace", "one"}};
        wish[field] = value;
        EXPECT_NE(bad("memory_entity_register", wish).find(field), std::string::npos);
    }
}

TEST_F(Faults, W16RulesGoOnlyWhenTheyAreNamed) {
    const auto standard = rules({{"write", "owner"}, {"delete", "any"}, {"promote", "any"}});
    stored("plain", {{"namespace", "team"}, {"agent_id", "alice"}});
    const json all{{"namespace", "team"}};
    json dry = all;
    dry["dry_run"] = true;
    EXPECT_EQ(good("memory_forget", dry)["would_delete"], 1);
    EXPECT_EQ(as("mallory", "memory_forget", all)["structuredContent"]["deleted"], 1);
    EXPECT_EQ(
        as("mallory", "memory_forget", {{"pattern", "rules"}})["structuredContent"]["deleted"], 0);
    EXPECT_EQ(got(standard)["expires_at"], nullptr) << "they do not run out";
    EXPECT_EQ(good("memory_namespace_get_standard", all)["standard_id"], standard);
    const json write{{"title", "x"}, {"content", "x"}, {"namespace", "team"}};
    EXPECT_EQ(as("mallory", "memory_store", write).value("isError", false), true);
    // Named by their owner they go, and leave nothing that points at them.
    EXPECT_FALSE(as("alice", "memory_delete", {{"id", standard}}).contains("isError"));
    EXPECT_EQ(good("memory_namespace_get_standard", all)["standard_id"], nullptr);
    EXPECT_FALSE(as("mallory", "memory_store", write).contains("isError"));
}

TEST_F(Faults, W28OthersMailIsNeitherRecalledNorCountedAsRead) {
    good("memory_notify", {{"target_agent_id", "bob"}, {"title", "kestrel"}, {"payload", "p"}});
    good("memory_agent_register", {{"agent_id", "kestrel"}, {"agent_type", "human"}});
    EXPECT_EQ(good("memory_recall", {{"context", "kestrel human"}})["count"], 0);
    store_->flush();
    EXPECT_EQ(good("memory_inbox", {{"agent_id", "bob"}, {"unread_only", true}})["count"], 1);
}

// Two processes on one file would do as these two stores do: nothing is read before the lock.
TEST_F(Faults, W31WritersOfOneMemoryLoseNothing) {
    const auto id = stored("Tea");
    auto opened = Store::open({.file = dir_ / "memory.db"});
    ASSERT_TRUE(opened) << opened.error().message;
    constexpr int rounds = 60;
    const auto tag_with = [&](Store& store, const std::string& mark) {
        for (int i = 0; i < rounds / 4; ++i) {
            UpdateMemory op;
            op.id = id;
            op.add_tags = {mark + std::to_string(i)};
            const auto done = store.commit(std::move(op));
            EXPECT_TRUE(done) << done.error().message;
        }
    };
    std::thread other([&] { tag_with(**opened, "b"); });
    tag_with(*store_, "a");
    other.join();
    EXPECT_EQ(got(id)["tags"].size(), 2U * (rounds / 4));
}

TEST_F(Faults, W32AnApprovalSaysWhetherItWasCarriedOut) {
    rules({{"write", "any"}, {"promote", "approve"}});
    const auto id = stored("Tea", {{"namespace", "team"}, {"agent_id", "alice"}});
    const json asked = as("bob", "memory_promote", {{"id", id}})["structuredContent"];
    ASSERT_EQ(asked["status"], "pending") << asked;
    good("memory_delete", {{"id", id}, {"agent_id", "alice"}});
    const json done =
        as("alice", "memory_pending_approve", {{"id", asked["pending_id"]}})["structuredContent"];
    EXPECT_EQ(done["approved"], true);
    EXPECT_EQ(done["executed"], false) << done;
    EXPECT_FALSE(done.contains("memory_id"));
}

// Every one of 24 memories points at every other: simple paths of five hops are five millions.
TEST_F(Faults, W34ADenseGraphIsWalkedOnce) {
    constexpr std::size_t nodes = 24;
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < nodes; ++i) ids.push_back(stored("n" + std::to_string(i)));
    std::vector<Op> links;
    for (const auto& from : ids)
        for (const auto& to : ids)
            if (from != to) links.emplace_back(LinkMemories{from, to, "related_to", {}, {}, {}});
    store_->commit_all(std::move(links), [](auto) {});
    store_->flush();
    const json found =
        good("memory_kg_query", {{"source_id", ids[0]}, {"max_depth", 5}, {"limit", 1000}});
    EXPECT_EQ(found["count"], nodes - 1) << "each once, by the shortest way";
    for (const json& one : found["memories"]) EXPECT_EQ(one["depth"], 1);
}

}  // namespace
}  // namespace aimem::mcp::test
