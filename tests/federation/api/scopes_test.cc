// Who may see what, by every GET route there is, and the reads that are posted: a route without a
// row here fails. SPDX-License-Identifier: Apache-2.0
#include "tests/federation/api/api_fixture.h"
#include "tests/support/scoped_world.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace aimem::api {
namespace {

using test::kPosition;

struct Ask {
    std::string target{};  // as_agent comes behind it
    int status = 200;
    std::string shows{};  // "": nothing but the frame
};

// Reads that say for no viewer: a new one has to be looked at, and counted here.
std::map<std::string, int> reads_of_everything() {
    const std::regex one(R"(store\.read\(std::move\((?!viewer)\w+\)\))");
    std::map<std::string, int> out;
    for (const auto& entry : std::filesystem::directory_iterator(AIMEM_API_SOURCES)) {
        if (entry.path().extension() != ".cc") continue;
        std::stringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        const std::string all = text.str();
        const auto found = std::distance(std::sregex_iterator(all.begin(), all.end(), one),
                                         std::sregex_iterator());
        if (found > 0) out[entry.path().stem().string()] = static_cast<int>(found);
    }
    return out;
}

// Every handler of a GET, as "file:function", from the lines that add the routes.
std::set<std::string> get_handlers() {
    const std::regex line(
        R"(router\.add\(\s*(?:http::)?Verb::get,[^,]+,\s*with\(services,\s*(\w+)\)\))");
    std::set<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(AIMEM_API_SOURCES)) {
        if (entry.path().extension() != ".cc") continue;
        std::stringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        const std::string all = text.str();
        for (std::sregex_iterator at(all.begin(), all.end(), line); at != std::sregex_iterator();
             ++at)
            out.insert(entry.path().stem().string() + ":" + (*at)[1].str());
    }
    return out;
}

class ScopesTest : public ApiTest {
protected:
    ScopesTest() : world_(test::make_scoped_world(node_.file())) {}

    std::multimap<std::string, Ask> rows() const {
        const std::string seen = world_.seen.front();
        const std::string hush = world_.hush.front();
        return {{"search:recall_by_query", {"/api/v1/recall?context=kestrel", 200, "seen5"}},
                {"search:search", {"/api/v1/search?q=kestrel", 200, "seen4"}},
                {"memories:list_memories", {"/api/v1/memories?limit=100", 200, "seen3"}},
                {"memories:get_memory", {"/api/v1/memories/" + hush + "?", 404, ""}},
                {"memories:get_memory", {"/api/v1/memories/" + seen + "?", 200, world_.seen[1]}},
                {"memories:history_of", {"/api/v1/memories/" + seen + "/history?", 200, "seen1"}},
                {"memories:history_of", {"/api/v1/memories/" + hush + "/history?", 404, ""}},
                {"links:links_of", {"/api/v1/links/" + seen + "?", 200, world_.seen[1]}},
                {"links:links_of", {"/api/v1/links/" + hush + "?", 200, ""}},
                {"archive:list_archived", {"/api/v1/archive?limit=10", 200, "seen6"}},
                {"archive:archive_stats", {"/api/v1/archive/stats?", 200, kPosition}},
                {"graph:timeline", {"/api/v1/kg/timeline?source_id=" + seen, 200, "seen2"}},
                {"entities:entity_by_alias",
                 {"/api/v1/entities/by_alias?alias=alias%20of%20it", 200, "false"}},
                {"pending:list_pending", {"/api/v1/pending?limit=10", 200, ""}},
                {"namespaces:list_or_show", {"/api/v1/namespaces?", 200, "acme/seen"}},
                {"namespaces:list_or_show", {"/api/v1/namespaces?namespace=acme", 200, "seen7"}},
                {"namespaces:show_one", {"/api/v1/namespaces/elsewhere/standard?", 200, ""}},
                {"namespaces:taxonomy", {"/api/v1/taxonomy?", 200, "acme/seen"}},
                {"messages:inbox", {"/api/v1/inbox?agent_id=ai:bob", 403, ""}},
                {"transfer:send_all", {"/api/v1/export?", 200, "seen4"}},
                {"health:stats", {"/api/v1/stats?", 200, "acme/seen"}},
                {"similar:contradictions",
                 {"/api/v1/contradictions?topic=seen1%20kestrel", 200, "seen1"}},
                {"subscriptions:list", {"/api/v1/subscriptions?", 200, ""}}};
    }

    http::Response as_me(Verb verb, const std::string& target, const std::string& body = {}) {
        const std::string glue = target.find('?') == std::string::npos ? "?" : "&";
        http::Request request = request_to(verb, target + glue + "as_agent=" + kPosition, body);
        request.headers.emplace_back("x-agent-id", "ai:me");
        return node_.ask(std::move(request));
    }

    test::ScopedWorld world_;
};

TEST_F(ScopesTest, EveryGetRouteHasItsRow) {
    // What shows no memory of anybody's, and what peers and operators read, who hold everything
    // by themselves.
    const std::set<std::string> blind{
        "health:health",        "health:ready",        "health:capabilities", "metrics:metrics",
        "entities:list_agents", "operations:progress", "sync:since",          "sync:changes",
        "sync:peers",           "digest:digest",       "parked:list_parked"};
    const auto handlers = get_handlers();
    EXPECT_GE(handlers.size(), 20U) << "the lines that add routes are written in another way now";
    const auto known = rows();
    for (const std::string& one : handlers)
        EXPECT_TRUE(known.contains(one) || blind.contains(one))
            << one << " has no row: may it show what its caller must not see?";
}

TEST_F(ScopesTest, WhatReadsEverythingIsKnown) {
    const std::map<std::string, int> known{
        {"certificates", 1},   // which peers have which
        {"digest", 1},         // for peers
        {"entities", 1},       // who there is
        {"feed", 1},           // for peers
        {"health", 2},         // is it alive, is it ready
        {"metrics", 1},        // numbers of the node
        {"namespaces", 1},     // which memory is the standard already, for a write that is checked
        {"operations", 1},     // one's own request, by its key
        {"parked", 2},         // for the operator
        {"pending", 1},        // how far a decision is that was let in
        {"subscriptions", 2},  // is the caller registered; the keys beside the file
        {"sync", 1}};          // for peers
    EXPECT_EQ(reads_of_everything(), known);
}

TEST_F(ScopesTest, NoRouteShowsWhatItsCallerMayNotSee) {
    for (const auto& [name, ask] : rows()) {
        const auto got = as_me(Verb::get, ask.target);
        EXPECT_EQ(got.status, ask.status) << name << got.body;
        EXPECT_EQ(test::leaked(world_, ask.target, got.body), "") << name;
        EXPECT_NE(got.body.find(ask.shows), std::string::npos) << name << got.body;
    }
    const json hop{{"source_id", world_.seen.front()}, {"max_depth", 3}};
    for (const auto& [target, body] :
         std::vector<std::pair<std::string, json>>{{"/api/v1/recall", {{"context", "kestrel"}}},
                                                   {"/api/v1/kg/query", hop},
                                                   {"/api/v1/session/start", json::object()}}) {
        json asked = body;
        asked["as_agent"] = kPosition;
        const auto got = node_.ask(Verb::post, target, asked);
        EXPECT_EQ(got.status, 200) << target << got.body;
        EXPECT_EQ(test::leaked(world_, asked.dump(), got.body), "") << target;
        EXPECT_NE(got.body.find("seen2"), std::string::npos) << target << got.body;
    }
    const json dry{{"pattern", "kestrel"}, {"dry_run", true}, {"as_agent", kPosition}};
    const auto forgettable = node_.ask(Verb::post, "/api/v1/forget", dry);
    EXPECT_EQ(test::leaked(world_, "", forgettable.body), "");
    const json alike{{"title", "kestrel hush"}, {"content", "hush text"}, {"as_agent", kPosition}};
    const auto nearest = node_.ask(Verb::post, "/api/v1/check_duplicate", alike);
    EXPECT_NE(nearest.body.find("seen"), std::string::npos) << nearest.body;
    EXPECT_EQ(test::leaked(world_, "", nearest.body), "");
}

TEST_F(ScopesTest, WithoutAPlaceAndAnAgentEverythingIsSeen) {
    EXPECT_NE(node_.ask(Verb::get, "/api/v1/export").body.find("hush5"), std::string::npos);
    EXPECT_EQ(node_.ask(Verb::get, "/api/v1/inbox?agent_id=ai:bob").status, 200);
    const std::string recall = "/api/v1/recall?context=hush9";
    EXPECT_EQ(parsed(node_.ask(Verb::get, recall)).at("count"), 0) << "others' mail is no memory";
    EXPECT_EQ(parsed(node_.ask(Verb::get, recall + "&namespace=_messages/ai:bob")).at("count"), 1);
}

TEST_F(ScopesTest, WhatIsNotSeenCannotBeNamed) {
    const std::string before = node_.digest();
    const std::string hush = world_.hush.front();
    EXPECT_EQ(as_me(Verb::put, "/api/v1/memories/" + hush, R"({"priority":1})").status, 404);
    EXPECT_EQ(as_me(Verb::del, "/api/v1/memories/" + hush).status, 404);
    EXPECT_EQ(as_me(Verb::post, "/api/v1/memories/" + hush + "/promote", "{}").status, 404);
    EXPECT_EQ(as_me(Verb::post, "/api/v1/archive/" + world_.hush_archived + "/restore").status,
              404);
    const auto archived = as_me(Verb::post, "/api/v1/archive", R"({"ids":[")" + hush + R"("]})");
    EXPECT_EQ(parsed(archived).at("missing"), json::array({hush})) << archived.body;
    EXPECT_EQ(as_me(Verb::post, "/api/v1/forget", R"({"namespace":"hush"})").status, 403);
    EXPECT_EQ(node_.digest(), before);
}

// The second time it is gone for everybody, which is no reason to call it unseen.
TEST_F(ScopesTest, ARequestThatComesAgainIsAnsweredAsBefore) {
    const std::string place = std::string("?as_agent=") + kPosition;
    std::string first;
    for (int i = 0; i < 2; ++i) {
        http::Request request =
            request_to(Verb::del, "/api/v1/memories/" + world_.seen.front() + place);
        request.headers.emplace_back("x-agent-id", "ai:me");
        request.headers.emplace_back("idempotency-key", "once");
        const auto got = node_.ask(std::move(request));
        EXPECT_EQ(got.status, 200) << got.body;
        if (i == 0) first = got.body;
        EXPECT_EQ(got.body, first);
    }
}

}  // namespace
}  // namespace aimem::api
